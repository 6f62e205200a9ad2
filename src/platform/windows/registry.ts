import path from 'node:path';
import { execaSync } from 'execa';

/** What `reg query` says of one key: its own values, and the keys right below it. Texts are bytes, read as Latin-1. */
export interface RegistryKey {
  readonly values: ReadonlyMap<string, string>;
  readonly subkeys: readonly string[];
}

/** Reads a key; undefined where there is none, or where the answer took too long. */
export type ReadRegistry = (key: string) => RegistryKey | undefined;

/** A registry that hangs (a broken profile, a filter driver) must not keep a session from its start. */
const LIMIT_MS = 3000;

export interface RegistryReaderOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** For all queries of this reader together. */
  readonly limitMs?: number;
  /** The program that is asked. Default: `reg.exe` of this Windows, wherever PATH points. */
  readonly reg?: string;
}

/** Reads keys by Windows' own `reg.exe`: no native code, and nothing is changed. */
export function registryReader(options: RegistryReaderOptions = {}): ReadRegistry {
  const { env = process.env, limitMs = LIMIT_MS } = options;
  const reg = options.reg ?? path.win32.join(env.SystemRoot ?? 'C:\\Windows', 'System32', 'reg.exe');
  const until = performance.now() + limitMs;
  return (key) => {
    const timeout = Math.floor(until - performance.now());
    if (timeout <= 0) return undefined;
    const { stdout, exitCode } = execaSync(reg, ['query', key], {
      env,
      extendEnv: false,
      stdin: 'ignore',
      encoding: 'buffer',
      reject: false,
      timeout,
      windowsHide: true,
    });
    return exitCode === 0 ? parseRegQuery(Buffer.from(stdout).toString('latin1'), key) : undefined;
  };
}

/**
 * Reads the text of `reg query KEY`. Fields are parted by four blanks (XP: by tabs), so that names may have blanks.
 * Source: "reg query".
 */
export function parseRegQuery(text: string, key: string): RegistryKey {
  const values = new Map<string, string>();
  const subkeys: string[] = [];
  const leaf = key.slice(key.lastIndexOf('\\')).toLowerCase();
  for (const line of text.split(/\r*\n/)) {
    const [, name, data] = /^(?: {4}|\t)(.*?)(?: {4}|\t)REG_\w+(?: {4}|\t)(.*)$/.exec(line) ?? [];
    if (name !== undefined && data !== undefined) values.set(name, data);
    else if (/^HKEY_/.test(line) && !line.toLowerCase().endsWith(leaf)) subkeys.push(line);
  }
  return { values, subkeys };
}
