import path from 'node:path';
import type { ReadRegistry } from '../platform/windows/registry.js';
import { oemReadings } from './oem-text.js';

type Env = Readonly<Record<string, string | undefined>>;
/** A file that may be a kd, and what to call the place it is in. */
export type KdPlace = readonly [file: string, source: string];

const { join } = path.win32;

/**
 * Architectures whose kd runs on this host, the best first: kd may be of another width than the target.
 * The environment of a 32-bit process names the machine's own in PROCESSOR_ARCHITEW6432. Source: "WOW64 Implementation Details".
 */
export function architectures(env: Env): readonly string[] {
  switch ((env.PROCESSOR_ARCHITEW6432 ?? env.PROCESSOR_ARCHITECTURE ?? 'AMD64').toUpperCase()) {
    case 'ARM64':
      return ['arm64', 'x64', 'x86'];
    case 'X86':
      return ['x86'];
    default:
      return ['x64', 'x86'];
  }
}

/** The folders where Windows Kits, older Debugging Tools and the WDK of Windows 7 install by themselves, the newest first. */
export function* usualPlaces(env: Env): Generator<KdPlace> {
  const bases = [env['ProgramFiles(x86)'], env.ProgramFiles, env.ProgramW6432].filter((base) => base !== undefined);
  const kinds = architectures(env);
  const kits = ['11', '10', '8.1', '8.0'].flatMap((version) =>
    kinds.flatMap((kind) => bases.map((base) => join(base, 'Windows Kits', version, 'Debuggers', kind))),
  );
  const name = 'Debugging Tools for Windows';
  const old = kinds.flatMap((kind) => (kind === 'x64' ? [`${name} (x64)`, `${name} 64-bit`] : [`${name} (${kind})`]));
  const drive = env.SystemDrive ?? 'C:';
  const roots = ['Debuggers', 'Debug', 'DbgTools', join('WinDDK', '7600.16385.1', 'Debuggers')];
  const folders = [
    ...kits,
    ...[...old, name].flatMap((each) => bases.map((base) => join(base, each))),
    ...roots.flatMap((root) => ['', ...kinds].map((kind) => join(`${drive}\\`, root, kind))),
  ];
  for (const folder of new Set(folders)) yield [join(folder, 'kd.exe'), folder];
}

/** The aliases that the WinDbg of the Microsoft Store puts on the user's path: `kdX64.exe` and its like. */
export function* storeAliases(env: Env): Generator<KdPlace> {
  if (env.LOCALAPPDATA === undefined) return;
  const folder = join(env.LOCALAPPDATA, 'Microsoft', 'WindowsApps');
  for (const kind of architectures(env)) {
    const suffix = kind === 'arm64' ? 'ARM64' : kind.toUpperCase();
    yield [join(folder, `kd${suffix}.exe`), 'WinDbg of the Microsoft Store'];
  }
}

const SOFTWARE = ['HKLM\\SOFTWARE', 'HKLM\\SOFTWARE\\WOW6432Node'];
const ROOTS = 'Microsoft\\Windows Kits\\Installed Roots';
const PACKAGES =
  'HKCU\\Software\\Classes\\Local Settings\\Software\\Microsoft\\Windows\\CurrentVersion\\AppModel\\Repository\\Packages';

/** What the registry knows of kits that were installed elsewhere, and of the Store's package. Slow: the last thing to ask. */
export function* registeredPlaces(env: Env, read: ReadRegistry): Generator<KdPlace> {
  for (const software of SOFTWARE) yield* kitsOf(env, read(`${software}\\${ROOTS}`)?.values ?? new Map());
  const packages = read(PACKAGES)?.subkeys ?? [];
  for (const key of packages.filter((each) => /\\Microsoft\.WinDbg[.\w]*_[^\\]+$/i.test(each)).reverse()) {
    const root = read(key)?.values.get('PackageRootFolder');
    if (root !== undefined) yield* inArchitectures(env, root, 'WinDbg of the Microsoft Store');
  }
}

// `WindowsDebuggersRoot10` names the folder Debuggers itself, `KitsRoot10` the one above it.
function* kitsOf(env: Env, values: ReadonlyMap<string, string>): Generator<KdPlace> {
  const newestFirst = [...values].sort(([a], [b]) => versionOf(b) - versionOf(a));
  for (const [name, data] of newestFirst) {
    if (!/^(?:KitsRoot|WindowsDebuggersRoot)\d*$/i.test(name)) continue;
    const folder = /^Kits/i.test(name) ? join(data, 'Debuggers') : data;
    yield* inArchitectures(env, folder, `registry, ${name}`);
  }
}

// KitsRoot without a number is 8.0, KitsRoot81 is 8.1.
function versionOf(name: string): number {
  const digits = Number(/\d+$/.exec(name)?.[0] ?? 8);
  return digits > 80 ? digits / 10 : digits;
}

function* inArchitectures(env: Env, folder: string, source: string): Generator<KdPlace> {
  for (const reading of oemReadings(folder))
    for (const kind of architectures(env))
      for (const spelled of kind === 'x64' ? ['x64', 'amd64'] : [kind])
        yield [join(reading, spelled, 'kd.exe'), source];
}
