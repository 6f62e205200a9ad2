import { existsSync } from 'node:fs';
import { InvalidArgumentError, Option } from 'commander';
import { EXIT, Fault } from '../fault.js';
import { SETTINGS, type SettingKind, type SettingName } from './session/settings.js';
import { kebab, readSettingsFile, refuseSwallowed, type SettingsFile } from './settings-file.js';
import { LOCAL_FILE, userFile } from './settings-place.js';

/** What `--config` and `--profile` are, in the help of every command that has them. */
export const CONFIG_HELP = 'settings file (default: livedebug.toml here, and your own)';
export const PROFILE_HELP = 'table [profiles.NAME] of the settings file';

/** What `--profile` was called before: it goes on to be understood. */
export function olderProfile(): Option {
  return new Option('--target <name>', 'the same as --profile').hideHelp();
}

type Value = string | number | boolean;

/** A value, and where it was given: `--max-hits`, `LIVEDEBUG_MAX_HITS`, `max-hits in livedebug.toml`. */
interface Given {
  readonly value: unknown;
  readonly where: string;
}

interface FileFlags {
  readonly config?: string;
  readonly profile?: string;
  /** The older name of `--profile`. */
  readonly target?: string;
}

/**
 * Adds what the environment and the settings files say to what the flags said, and checks all of it: flags > LIVEDEBUG_* >
 * livedebug.toml here > the user's own; a profile comes before what a file says to all.
 * @param flags only those that were given
 * @param wanted the settings of this command; of others a file may speak, and they are left out
 * @throws Fault `bad-value`, `bad-config` for a file that is not understood or has a key that nobody knows, `no-such-profile`
 */
export async function withSettings<Flags extends object>(
  flags: Flags & FileFlags,
  wanted: readonly SettingName[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Flags> {
  const files = await settingsFiles(flags.config ?? env.LIVEDEBUG_CONFIG, env);
  const profile = flags.profile ?? flags.target ?? env.LIVEDEBUG_PROFILE ?? env.LIVEDEBUG_TARGET;
  const all = { ...ofFiles(files, profile), ...ofEnvironment(wanted, env), ...ofFlags(flags, wanted) };
  const checked = wanted.flatMap((name) => {
    const given = all[name];
    return given === undefined ? [] : [[name, checkedValue(name, given)] as const];
  });
  return { ...flags, ...(Object.fromEntries(checked) as Partial<Flags>) };
}

/** The settings files that count, the user's own first. @param config the only one, if it was named */
export async function settingsFiles(config: string | undefined, env: NodeJS.ProcessEnv): Promise<SettingsFile[]> {
  const names = config === undefined ? [userFile(env), LOCAL_FILE].filter((name) => existsSync(name)) : [config];
  return Promise.all(names.map(readSettingsFile));
}

function ofFiles(files: readonly SettingsFile[], profile: string | undefined): Record<string, Given> {
  const tables = files.map(({ name, defaults }) => ({ name, table: defaults, inside: '' }));
  if (profile !== undefined) {
    const found = files.flatMap(({ name, profiles }) => {
      const table = profiles.get(profile);
      return table === undefined ? [] : [{ name, table, inside: ` (profile ${profile})` }];
    });
    if (found.length === 0) throw noProfile(profile, files);
    tables.push(...found);
  }
  return Object.fromEntries(
    tables.flatMap(({ name, table, inside }) =>
      Object.entries(table).map(([key, value]) => {
        refuseSwallowed(name, key, value);
        return [key, { value, where: `${kebab(key)} in ${name}${inside}` }];
      }),
    ),
  );
}

function ofEnvironment(wanted: readonly string[], env: NodeJS.ProcessEnv): Record<string, Given> {
  return Object.fromEntries(
    wanted.flatMap((name) => {
      const where = `LIVEDEBUG_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
      const value = env[where];
      return value === undefined || value === '' ? [] : [[name, { value, where }]];
    }),
  );
}

function ofFlags(flags: object, wanted: readonly string[]): Record<string, Given> {
  return Object.fromEntries(
    Object.entries(flags).flatMap(([name, value]) =>
      value === undefined || !wanted.includes(name) ? [] : [[name, { value, where: `--${kebab(name)}` }]],
    ),
  );
}

const ON = /^(?:1|true|yes|on)$/i;
const OFF = /^(?:0|false|no|off)$/i;

function checkedValue(name: SettingName, { value, where }: Given): Value | readonly string[] {
  const kind: SettingKind = SETTINGS[name];
  // Patterns may have commas between them, images stay a list.
  if (Array.isArray(value)) return name === 'wrapper' ? value.join(', ') : (value as string[]);
  if (kind === 'switch') {
    if (ON.test(String(value))) return true;
    if (OFF.test(String(value))) return false;
    throw badValue(where, value, 'Write true or false.');
  }
  if (typeof value === 'boolean') throw badValue(where, value, 'It takes a value, in quotes where it is text.');
  if (kind === 'text') return String(value);
  try {
    kind(String(value));
    return value as Value;
  } catch (error) {
    if (error instanceof InvalidArgumentError) throw badValue(where, value, error.message);
    throw error;
  }
}

function badValue(where: string, value: unknown, remedy: string): Fault {
  return new Fault('bad-value', EXIT.usage, `${where}: ${JSON.stringify(String(value))} is not understood.`, remedy);
}

function noProfile(profile: string, files: readonly SettingsFile[]): Fault {
  const known = files.flatMap(({ profiles }) => [...profiles.keys()]);
  const why =
    files.length === 0
      ? `there is no ${LOCAL_FILE} here, and no ${userFile()}`
      : `${files.map(({ name }) => name).join(' and ')} ${files.length === 1 ? 'has' : 'have'} ${known.join(', ') || 'none'}`;
  return new Fault(
    'no-such-profile',
    EXIT.usage,
    `No profile "${profile}": ${why}.`,
    'Add a table [profiles.NAME] to it.',
  );
}
