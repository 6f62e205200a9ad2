import { readFileSync } from 'node:fs';
import { EXIT, Fault, messageOf } from '../fault.js';
import { SETTINGS } from './session/settings.js';
import { settingsText, swallowedBackslash } from './settings-text.js';

/** Settings by the long flags' names, in commander's spelling. */
type Table = Readonly<Record<string, unknown>>;

/** A settings file: what it says to all sessions, and to those with a profile. */
export interface SettingsFile {
  readonly name: string;
  readonly defaults: Table;
  readonly profiles: ReadonlyMap<string, Table>;
}

/** Reads a settings file. @throws Fault `bad-config` for one that is not understood or has a key that nobody knows */
export async function readSettingsFile(name: string): Promise<SettingsFile> {
  const [{ parse }, { z }] = await Promise.all([import('smol-toml'), import('zod')]);
  // A list is what a flag is that may be given several times.
  const list = z.array(z.string());
  const value = z.union([z.string(), z.number(), z.boolean(), list]);
  const settings = z.strictObject(
    Object.fromEntries(Object.keys(SETTINGS).map((key) => [kebab(key), value.optional()])),
  );
  const profiles = z.record(z.string(), settings).optional();
  // [targets.NAME] is what profiles were called before.
  const schema = z.strictObject({ ...settings.shape, profiles, targets: profiles });
  const parsed = schema.safeParse(parseToml(name, parse));
  if (!parsed.success) throw badConfig(name, parsed.error.issues.map((issue) => describe(issue)).join('; '));
  const { profiles: named = {}, targets = {}, ...defaults } = parsed.data;
  const tables = Object.entries({ ...targets, ...named });
  return {
    name,
    defaults: camelKeys(defaults),
    profiles: new Map(tables.map(([profile, table]) => [profile, camelKeys(table)])),
  };
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
    return isJson(name) ? JSON.parse(text.replace(/^\uFEFF/, '')) : parse(text);
  } catch (error) {
    const hint = /escape/i.test(messageOf(error)) ? 'a backslash in double quotes begins an escape sequence. ' : '';
    throw badConfig(name, `${hint}${messageOf(error)}`);
  }
}

/** Programs write JSON more easily; its keys are the same. */
function isJson(name: string): boolean {
  return /\.json$/i.test(name);
}

function describe(issue: { code?: string; path: PropertyKey[]; message: string; keys?: string[] }): string {
  const where = issue.path.length > 0 ? `in ${issue.path.join('.')}: ` : '';
  return issue.keys
    ? `${where}unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`
    : `${where}${issue.message}`;
}

function camelKeys(settings: object): Table {
  const entries = Object.entries(settings).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries.map(([key, value]) => [camel(key), value]));
}

/** Refuses a path whose backslashes TOML has taken for escape sequences. @param key in commander's spelling @throws Fault `bad-config` */
export function refuseSwallowed(name: string, key: string, value: unknown): void {
  const meant = swallowedBackslash(value);
  if (meant === undefined) return;
  throw badConfig(
    name,
    `${kebab(key)} has a control character in it: in double quotes TOML reads a backslash as an escape sequence`,
    `Write it in single quotes: ${kebab(key)} = '${meant}'.`,
  );
}

function camel(key: string): string {
  return key.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** `maxHits` as it is typed: `max-hits`. */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

const QUOTES =
  "Keys are the names of the long flags; a Windows path is written in single quotes: kd = 'C:\\Debuggers\\kd.exe'.";

function badConfig(file: string, message: string, remedy = QUOTES): Fault {
  return new Fault('bad-config', EXIT.usage, `${file} is not understood: ${message}`, remedy);
}
