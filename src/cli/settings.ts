import { existsSync, readFileSync } from 'node:fs';
import { EXIT, Fault, messageOf } from '../fault.js';
import { settingsText, swallowedBackslash } from './settings-text.js';

/** Settings that may come from flags, LIVEDEBUG_* and livedebug.toml. Keys are the long flags' names. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

const DEFAULT_FILE = 'livedebug.toml';

/**
 * Adds what the environment and livedebug.toml say to what the flags said: flags > LIVEDEBUG_* > livedebug.toml.
 * @param flags only those that were given
 * @param known the names of all settings, in camel case as commander gives them
 * @throws Fault `bad-config` for a file that is not understood or has a key that nobody knows
 */
export async function withSettings<Flags extends object>(
  flags: Flags & { config?: string; target?: string },
  known: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Flags> {
  const fromFile = await readConfig(flags.config ?? env.LIVEDEBUG_CONFIG, flags.target ?? env.LIVEDEBUG_TARGET, known);
  const fromEnv = Object.fromEntries(
    known.flatMap((name) => {
      const value = env[`LIVEDEBUG_${kebab(name).replaceAll('-', '_').toUpperCase()}`];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  return { ...fromFile, ...fromEnv, ...flags };
}

async function readConfig(
  file: string | undefined,
  target: string | undefined,
  known: readonly string[],
): Promise<Settings> {
  const name = file ?? DEFAULT_FILE;
  if (file === undefined && !existsSync(DEFAULT_FILE)) {
    if (target !== undefined) throw noTarget(target, `there is no ${DEFAULT_FILE} here`);
    return {};
  }
  const [{ parse }, { z }] = await Promise.all([import('smol-toml'), import('zod')]);
  // A list is what a flag is that may be given several times.
  const list = z.array(z.string()).transform((items) => items.join(', '));
  const value = z.union([z.string(), z.number(), z.boolean(), list]);
  const settings = z.strictObject(Object.fromEntries(known.map((key) => [kebab(key), value.optional()])));
  const schema = z.strictObject({ ...settings.shape, targets: z.record(z.string(), settings).optional() });
  const parsed = schema.safeParse(parseToml(name, parse));
  if (!parsed.success) throw badConfig(name, parsed.error.issues.map((issue) => describe(issue)).join('; '));
  const { targets, ...defaults } = parsed.data;
  const chosen = target === undefined ? {} : targets?.[target];
  if (chosen === undefined)
    throw noTarget(target ?? '', `${name} has ${Object.keys(targets ?? {}).join(', ') || 'none'}`);
  const all = { ...defaults, ...chosen };
  refuseSwallowed(name, all);
  return camelKeys(all);
}

function parseToml(name: string, parse: (text: string) => unknown): unknown {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(name);
  } catch (error) {
    throw badConfig(name, messageOf(error));
  }
  const text = settingsText(bytes);
  if (text === undefined)
    throw badConfig(name, 'it is not saved as UTF-8', 'Save it as UTF-8; in Notepad: Save as, Encoding.');
  try {
    return parse(text);
  } catch (error) {
    const hint = /escape/i.test(messageOf(error)) ? 'a backslash in double quotes begins an escape sequence. ' : '';
    throw badConfig(name, `${hint}${messageOf(error)}`);
  }
}

function refuseSwallowed(name: string, settings: object): void {
  for (const [key, value] of Object.entries(settings)) {
    const meant = swallowedBackslash(value);
    if (meant !== undefined)
      throw badConfig(
        name,
        `${key} has a control character in it: in double quotes TOML reads a backslash as an escape sequence`,
        `Write it in single quotes: ${key} = '${meant}'.`,
      );
  }
}

function describe(issue: { code?: string; path: PropertyKey[]; message: string; keys?: string[] }): string {
  const where = issue.path.length > 0 ? `in ${issue.path.join('.')}: ` : '';
  return issue.keys
    ? `${where}unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    : `${where}${issue.message}`;
}

function camelKeys(settings: object): Settings {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const QUOTES =
  "Keys are the names of the long flags; a Windows path is written in single quotes: kd = 'C:\\Debuggers\\kd.exe'.";

function badConfig(file: string, message: string, remedy = QUOTES): Fault {
  return new Fault('bad-config', EXIT.usage, `${file} is not understood: ${message}`, remedy);
}

function noTarget(target: string, why: string): Fault {
  return new Fault('no-such-target', EXIT.usage, `No target "${target}": ${why}.`, 'Add a table [targets.NAME] to it.');
}
