import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT, Fault } from '../fault.js';

/** A kd that can be started, and where it was found. */
export interface KdProgram {
  readonly command: string;
  /** Arguments that come before kd's own: the simulated kd is a command of this program. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly kind: 'program' | 'simulated';
  /** Why this one: `--kd`, `LIVEDEBUG_KD`, a folder, `PATH`. */
  readonly foundBy: string;
}

/** What the search looks at; given in so that it can be tried on any platform. */
export interface SearchPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  readonly isFile: (file: string) => boolean;
}

export const thisMachine: SearchPlace = { env: process.env, platform: process.platform, isFile: isExecutable };

/**
 * Finds kd: as told, by LIVEDEBUG_KD, in the folders of the Windows Kits and Debugging Tools, on PATH.
 * `sim`, `sim:NAME` and `sim:FILE` are the simulated kd with a scenario.
 * @throws Fault `kd-not-found`
 */
export function findKd(wanted: string | undefined, place: SearchPlace = thisMachine): KdProgram {
  const told = wanted ?? place.env.LIVEDEBUG_KD;
  const foundBy = wanted === undefined ? 'LIVEDEBUG_KD' : '--kd';
  if (told) return toldKd(told, foundBy, place);
  for (const [file, source] of candidates(place))
    if (place.isFile(file)) return { command: file, args: [], env: {}, kind: 'program', foundBy: source };
  throw notFound('No kd was found in the usual folders or on PATH.');
}

function toldKd(told: string, foundBy: string, place: SearchPlace): KdProgram {
  const simulated = /^sim(?::(.+))?$/.exec(told);
  if (simulated) return simulatedKd(simulated[1], foundBy);
  const paths = pathsOf(place.platform);
  const file = paths.resolve(told);
  for (const each of [file, paths.join(file, 'kd.exe')])
    if (place.isFile(each)) return { command: each, args: [], env: {}, kind: 'program', foundBy };
  throw notFound(`${foundBy} names ${told}, which is no program that can be run.`);
}

function simulatedKd(scenario: string | undefined, foundBy: string): KdProgram {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  // kd is started in its run directory, so a scenario given as a file must not depend on the folder we are in.
  const isPath = scenario !== undefined && /[\\/]|\.toml$/.test(scenario);
  const env: Record<string, string> = scenario
    ? { LIVEDEBUG_SIM_SCENARIO: isPath ? path.resolve(scenario) : scenario }
    : {};
  return { command: process.execPath, args: [main, 'simulate', 'kd'], env, kind: 'simulated', foundBy };
}

function* candidates(place: SearchPlace): Generator<readonly [file: string, source: string]> {
  const { env, platform } = place;
  const paths = pathsOf(platform);
  if (platform === 'win32') {
    for (const folder of windowsFolders(env)) yield [paths.join(folder, 'kd.exe'), folder];
  }
  const name = platform === 'win32' ? 'kd.exe' : 'kd';
  for (const folder of (env.PATH ?? env.Path ?? '').split(paths.delimiter).filter(Boolean))
    yield [paths.join(folder, name), 'PATH'];
}

// Windows Kits 10, 8.1 and 8.0, then the stand-alone Debugging Tools of older years. The newest and the machine's own width first.
function windowsFolders(env: SearchPlace['env']): string[] {
  const bases = [env['ProgramFiles(x86)'], env.ProgramFiles, env.ProgramW6432].filter((base) => base !== undefined);
  const architectures = env.PROCESSOR_ARCHITECTURE === 'ARM64' ? ['arm64', 'x64', 'x86'] : ['x64', 'x86'];
  const kits = ['10', '8.1', '8.0'].flatMap((version) =>
    architectures.flatMap((width) =>
      bases.map((base) => path.win32.join(base, 'Windows Kits', version, 'Debuggers', width)),
    ),
  );
  const old = ['Debugging Tools for Windows (x64)', 'Debugging Tools for Windows (x86)', 'Debugging Tools for Windows'];
  const drive = env.SystemDrive ?? 'C:';
  const roots = ['Debuggers', 'Debug', 'DbgTools'].map((folder) => `${drive}\\${folder}`);
  return [...new Set([...kits, ...old.flatMap((name) => bases.map((base) => path.win32.join(base, name))), ...roots])];
}

function pathsOf(platform: NodeJS.Platform): path.PlatformPath {
  return platform === 'win32' ? path.win32 : path.posix;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function notFound(message: string): Fault {
  return new Fault(
    'kd-not-found',
    EXIT.missing,
    message,
    'Install "Debugging Tools for Windows" from the Windows SDK, or name it with --kd PATH or LIVEDEBUG_KD; --kd sim rehearses without one.',
  );
}
