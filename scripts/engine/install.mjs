// Puts the engine, its host program and a Wine for them into a folder, where they stay until one of the three changes.
// `node scripts/engine/install.mjs` prints the path of the launcher, which is a kd for `--kd` and for a shell.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { whyNoWine } from '../windows/wine.mjs';
import { compileHost, findCompiler, hostSources } from './host.mjs';
import { fetchEngine, PACKAGE } from './package.mjs';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/livedebug-engine', import.meta.url));
/** Serial ports that exist in this Wine. Behind each is a file of that name in the folder of ports: a link to a terminal. */
export const PORTS = ['COM1', 'COM2', 'COM3', 'COM4'];
// Wine has a dbgeng and a dbghelp of its own, in which next to nothing is implemented.
const OVERRIDES = 'dbgeng,dbghelp=n;mscoree=;mshtml=;winemenubuilder.exe=';
const LAUNCHER_REVISION = 1;

/** What is missing here, in words; undefined when the engine can be installed. */
export function whyNoEngine() {
  const wine = whyNoWine();
  if (wine) return wine;
  if (findCompiler() === undefined) return 'there is no MinGW (apt-get install g++-mingw-w64-x86-64-win32)';
  if (spawnSync('dotnet', ['--version'], { stdio: 'ignore' }).status !== 0)
    return 'there is no dotnet to restore the package of the engine with';
  return undefined;
}

/**
 * Installs the engine, or finds it installed.
 * @returns {{kd: string, ports: string, prefix: string}} the launcher; the folder for links to terminals; Wine's folder
 * @throws Error in words when something cannot be had
 */
export function installEngine() {
  const folder = path.join(CACHE, installKey());
  if (!existsSync(folder)) {
    mkdirSync(CACHE, { recursive: true });
    const making = mkdtempSync(path.join(CACHE, 'making-'));
    try {
      make(making, folder);
      renameSync(making, folder);
    } catch (error) {
      // Somebody else may have been faster.
      if (!existsSync(folder)) throw error;
    } finally {
      rmSync(making, { recursive: true, force: true });
    }
  }
  return { kd: path.join(folder, 'kd'), ports: path.join(folder, 'ports'), prefix: path.join(folder, 'prefix') };
}

function installKey() {
  const wine = spawnSync('wine', ['--version'], { encoding: 'utf8' }).stdout.trim();
  const parts = [PACKAGE.version, hostSources(), OVERRIDES, PORTS.join(), LAUNCHER_REVISION, wine, CACHE];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

function make(folder, final) {
  const scratch = path.join(folder, 'package');
  const engine = fetchEngine(scratch);
  for (const name of readdirSync(engine)) copyFileSync(path.join(engine, name), path.join(folder, name));
  rmSync(scratch, { recursive: true });
  compileHost(findCompiler(), path.join(folder, 'kd.exe'));
  mkdirSync(path.join(folder, 'ports'));
  makePrefix(path.join(folder, 'prefix'), path.join(final, 'ports'), folder);
  writeFileSync(path.join(folder, 'kd'), launcher(final), { mode: 0o755 });
}

// The first program that starts in a new prefix makes it; it may as well be the one that enters the ports.
function makePrefix(prefix, ports, scratch) {
  const entries = PORTS.map((port) => `"${port}"="${path.join(ports, port)}"`);
  const file = path.join(scratch, 'ports.reg');
  writeFileSync(file, ['REGEDIT4', '', '[HKEY_LOCAL_MACHINE\\Software\\Wine\\Ports]', ...entries, ''].join('\r\n'));
  const env = { ...process.env, WINEPREFIX: prefix, WINEARCH: 'win64', WINEDEBUG: '-all', WINEDLLOVERRIDES: OVERRIDES };
  delete env.DISPLAY;
  const words = ['reg', 'import', `Z:${file.replaceAll('/', '\\')}`];
  const made = spawnSync('wine', words, { env, stdio: 'ignore', timeout: 120_000, killSignal: 'SIGKILL' });
  // Its server still writes into the folder.
  spawnSync('wineserver', ['-w'], { env, stdio: 'ignore', timeout: 30_000 });
  if (made.status !== 0) throw new Error(`Wine made no prefix (exit code ${made.status ?? made.signal})`);
}

// Replaces itself by Wine, whose process is then kd's own: a SIGINT to it is CTRL+C in kd's console.
function launcher(folder) {
  return `#!/bin/sh
WINEPREFIX='${path.join(folder, 'prefix')}' WINEARCH=win64 WINEDEBUG=-all WINEDLLOVERRIDES='${OVERRIDES}'
export WINEPREFIX WINEARCH WINEDEBUG WINEDLLOVERRIDES
unset DISPLAY
exec wine '${path.join(folder, 'kd.exe')}' "$@"
`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const missing = whyNoEngine();
  if (missing) {
    process.stderr.write(`No engine here: ${missing}\n`);
    process.exit(3);
  }
  process.stdout.write(`${installEngine().kd}\n`);
}
