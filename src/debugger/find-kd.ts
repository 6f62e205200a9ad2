import { accessSync, constants, lstatSync, statSync } from 'node:fs';
import path from 'node:path';
import { EXIT, Fault } from '../fault.js';
import { selfCommand } from '../platform/self.js';
import { type ReadRegistry, registryReader } from '../platform/windows/registry.js';
import { architectures, type KdPlace, registeredPlaces, storeAliases, usualPlaces } from './kd-places.js';

/** A kd that can be started, and where it was found. */
export interface KdProgram {
  readonly command: string;
  /** Arguments that come before kd's own: the simulated and the built-in kd are commands of this program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly kind: 'program' | 'simulated' | 'built-in';
  /** Why this one: `--kd`, `LIVEDEBUG_KD`, a folder, `PATH`, the registry, the Store. */
  readonly foundBy: string;
}

/** What the search looks at; given in so that it can be tried on any platform. */
export interface SearchPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly isFile: (file: string) => boolean;
  /** Called when everything else was in vain; makes what reads the registry. */
  readonly registry?: () => ReadRegistry;
}

export const thisMachine: SearchPlace = {
  env: process.env,
  platform: process.platform,
  isFile: isExecutable,
  registry: () => registryReader(),
};

/**
 * Finds kd: as told, by LIVEDEBUG_KD, in the folders of the Windows Kits and Debugging Tools, on PATH, among the Store's
 * aliases, by the registry.
 * `sim`, `sim:NAME` and `sim:FILE` are the simulated kd with a scenario, `builtin` is the built-in kd,
 * `builtin:careful` the same with breakpoints as Microsoft's kd has them, `builtin:code-slack` with copies of their instructions.
 * @throws Fault `kd-not-found`, `kd-is-script`, `kd-is-other`
 */
export function findKd(wanted: string | undefined, place: SearchPlace = thisMachine): KdProgram {
  const told = unquoted(wanted ?? place.env.LIVEDEBUG_KD ?? '');
  const foundBy = wanted === undefined ? 'LIVEDEBUG_KD' : '--kd';
  if (told) return toldKd(told, foundBy, place);
  for (const [file, source] of candidates(place)) if (place.isFile(file)) return programOf(file, source);
  throw notFound('No kd was found in the usual folders, on PATH or in the registry.');
}

function programOf(command: string, foundBy: string): KdProgram {
  return { command, args: [], env: {}, kind: 'program', foundBy };
}

// Explorer's "Copy as path" adds quotes, and `set LIVEDEBUG_KD="C:\…"` keeps them.
function unquoted(text: string): string {
  return text.trim().replace(/^"(.*?)"?$/, '$1');
}

function toldKd(told: string, foundBy: string, place: SearchPlace): KdProgram {
  const simulated = /^sim(?::(.+))?$/.exec(told);
  if (simulated) return simulatedKd(simulated[1], foundBy);
  if (told === 'builtin') return builtInKd(foundBy);
  const ways = /^builtin:(careful|code-slack)$/.exec(told)?.[1];
  if (ways !== undefined) return builtInKd(foundBy, `--${ways}`);
  const { platform } = place;
  if (platform === 'win32') refuseOthers(told, foundBy);
  const bare = !/[\\/:]/.test(told);
  const files = [...namedBy(told, place), ...(bare ? [...onPath(told, place)].map(([file]) => file) : [])];
  const file = files.find((each) => place.isFile(each));
  if (file !== undefined) return programOf(file, foundBy);
  throw notFound(`${foundBy} names ${told}, which is not a program that can be run.`);
}

// A file, with or without its extension; the folder it is in; the folder above those of the architectures.
function namedBy(told: string, { platform, env }: SearchPlace): string[] {
  const paths = pathsOf(platform);
  const file = paths.resolve(told);
  if (platform !== 'win32') return [file, paths.join(file, 'kd.exe')];
  const folders = ['', ...architectures(env).flatMap((kind) => (kind === 'x64' ? ['x64', 'amd64'] : [kind]))];
  return [file, `${file}.exe`, ...folders.map((folder) => paths.join(file, folder, 'kd.exe'))];
}

// Node starts no batch file without a shell (CVE-2024-27980), and between a shell and kd no Ctrl+C would find its way.
function refuseOthers(told: string, foundBy: string): void {
  const name = path.win32.basename(told);
  if (/\.(?:cmd|bat|ps1|vbs|js)$/i.test(name))
    throw new Fault(
      'kd-is-script',
      EXIT.usage,
      `${foundBy} names ${told}, which is a script: a session needs the debugger's own process.`,
      'Name kd.exe itself. What the script sets goes into the environment first; kd inherits it.',
    );
  if (/^(?:windbg|windbgx|dbgx\.shell|cdb|cdb(?:x64|x86|arm64)|ntsd)(?:\.exe)?$/i.test(name))
    throw new Fault(
      'kd-is-other',
      EXIT.usage,
      `${foundBy} names ${told}, which is not the console kernel debugger.`,
      'Name the kd.exe that stands in the same folder (kdX64.exe among the aliases of the Store), or the folder.',
    );
}

/**
 * As findKd, with the built-in kd where nobody said which and there is no other.
 * @throws Fault `kd-not-found` for one that was named, `kd-is-script`, `kd-is-other`
 */
export function anyKd(wanted: string | undefined, place: SearchPlace = thisMachine): KdProgram {
  try {
    return findKd(wanted, place);
  } catch (error) {
    const told = wanted ?? place.env.LIVEDEBUG_KD;
    if (told || !(error instanceof Fault) || error.code !== 'kd-not-found') throw error;
    return builtInKd('no other kd is here');
  }
}

/** The built-in kd, which every host has. */
export function builtInKd(foundBy: string, ...options: string[]): KdProgram {
  const { command, args } = selfCommand('kd', ...options);
  return { command, args, env: {}, kind: 'built-in', foundBy };
}

/** A kd in a few words for people. */
export function kdName({ kind, command }: KdProgram): string {
  return kind === 'program' ? command : kind === 'simulated' ? 'the simulated kd' : 'the built-in kd';
}

function simulatedKd(scenario: string | undefined, foundBy: string): KdProgram {
  const { command, args } = selfCommand('simulate', 'kd');
  // kd is started in its run directory, so a scenario given as a file must not depend on the folder we are in.
  const isPath = scenario !== undefined && /[\\/]|\.toml$/.test(scenario);
  const env: Record<string, string> = scenario
    ? { LIVEDEBUG_SIM_SCENARIO: isPath ? path.resolve(scenario) : scenario }
    : {};
  return { command, args, env, kind: 'simulated', foundBy };
}

// The cheap places first: asking the registry starts a program for every key.
function* candidates(place: SearchPlace): Generator<KdPlace> {
  const { env, platform } = place;
  if (platform === 'win32') yield* usualPlaces(env);
  yield* onPath('kd', place);
  if (platform !== 'win32') return;
  yield* storeAliases(env);
  if (place.registry) yield* registeredPlaces(env, place.registry());
}

// cmd takes an entry of PATH in quotes, and looks for `kd.exe` when told `kd`. A `kd.cmd` there is not for us.
function* onPath(name: string, { env, platform }: SearchPlace): Generator<KdPlace> {
  const paths = pathsOf(platform);
  const file = platform !== 'win32' || /\.(?:exe|com)$/i.test(name) ? name : `${name}.exe`;
  const folders = (env.PATH ?? env.Path ?? '').split(paths.delimiter).map(unquoted);
  for (const folder of folders.filter(Boolean)) yield [paths.join(folder, file), 'PATH'];
}

function pathsOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    // An execution alias of the Store is a reparse point that cannot be followed, only started.
    return process.platform === 'win32' && lstatSync(file).isSymbolicLink() ? !isFolder(file) : statSync(file).isFile();
  } catch {
    return false;
  }
}

function isFolder(file: string): boolean {
  try {
    return statSync(file).isDirectory();
  } catch {
    return false;
  }
}

function notFound(message: string): Fault {
  return new Fault(
    'kd-not-found',
    EXIT.missing,
    message,
    'Install "Debugging Tools for Windows" from the Windows SDK (or: winget install Microsoft.WinDbg), or name kd with --kd PATH or LIVEDEBUG_KD; --kd sim rehearses without one.',
  );
}
