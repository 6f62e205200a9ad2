import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Launch, serverLaunch } from '../../src/debugger/command-line.js';
import { findKd, type KdProgram } from '../../src/debugger/find-kd.js';
import { serverName } from '../../src/debugger/server-name.js';
import { startSupervisedKd } from '../../src/debugger/supervised-kd.js';
import { parseTransport } from '../../src/debugger/transport.js';
import { CTRL_F } from '../../src/kd-text/control-keys.js';
import { endProcess } from '../end-process.js';
import { kdContract } from './kd-contract.js';

const WINDOWS = process.platform === 'win32';
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const IMAGES = fileURLToPath(new URL('../../fixtures/images', import.meta.url));

let pipes = 0;

function launchOf(
  program: KdProgram,
  port: string,
  baud: number,
  folder: string,
  env: Record<string, string>,
  symbolPath = process.env._NT_SYMBOL_PATH ?? 'srv*',
): Launch {
  const launch = serverLaunch(program, {
    server: serverName(`contract${process.pid}x${pipes++}`),
    transport: parseTransport(port, baud),
    symbolPath,
    kdLog: path.join(folder, 'kd.log'),
  });
  return { ...launch, env: { ...launch.env, ...env } };
}

const dist = (program: KdProgram): KdProgram => ({
  ...program,
  args: program.args.map((arg) => arg.replace(`${path.sep}src${path.sep}main.js`, `${path.sep}dist${path.sep}main.js`)),
});

kdContract({
  name: 'the simulated kd, by console interrupt',
  symbol: 'nt!MmAllocateSpecialPool',
  launch: (folder) =>
    launchOf(dist(findKd('sim:fast')), 'com1', 115200, folder, {
      LIVEDEBUG_SIM_BOOKS: path.join(folder, 'books.json'),
    }),
  breakIn: (kd) => kd.interrupt(() => kd.type(CTRL_F)),
});

kdContract({
  name: 'the simulated kd, by CTRL+F',
  symbol: 'nt!MmAllocateSpecialPool',
  launch: (folder) =>
    launchOf(dist(findKd('sim:fast')), 'com1', 115200, folder, {
      LIVEDEBUG_SIM_BOOKS: path.join(folder, 'books.json'),
    }),
  breakIn: (kd) => kd.type(CTRL_F),
});

kdContract({
  name: 'the simulated kd, under a supervisor',
  symbol: 'nt!MmAllocateSpecialPool',
  launch: (folder) =>
    launchOf(dist(findKd('sim:fast')), 'com1', 115200, folder, {
      LIVEDEBUG_SIM_BOOKS: path.join(folder, 'books.json'),
    }),
  start: (kd, onOutput, cwd) => {
    const nothing = { command: process.execPath, args: ['-e', '0'], env: {} };
    const orders = { kd, cwd, log: path.join(cwd, 'debug.log'), rescue: nothing, rescueLog: path.join(cwd, 'r.log') };
    return startSupervisedKd(`keeper-contract${process.pid}x${pipes}`, orders, onOutput);
  },
  breakIn: (kd) => kd.interrupt(() => kd.type(CTRL_F)),
});

let target: ChildProcess | undefined;
kdContract({
  name: 'the built-in kd at a simulated target',
  symbol: 'nt!MmAllocateSpecialPool',
  launch: (folder) => {
    const name = `contract${process.pid}x${pipes}-vm`;
    const [place, port] = WINDOWS
      ? [`pipe:${name}`, `\\\\.\\pipe\\${name}`]
      : [`unix:${path.join(folder, 'vm.sock')}`, path.join(folder, 'vm.sock')];
    // One that boots is heard; one that only runs is silent. kd waits for the pipe.
    const state = ['--arch', 'x64', '--state', 'off', '--script', 'switched-on'];
    target = spawn(process.execPath, [MAIN, 'simulate', 'target', '--listen', place, ...state], {
      stdio: 'ignore',
      windowsHide: true,
    });
    return launchOf(dist(findKd('builtin')), `pipe:${port}`, 115200, folder, {}, path.join(IMAGES, 'x64'));
  },
  end: () => endProcess(target),
  breakIn: (kd) => kd.interrupt(() => kd.type(CTRL_F)),
});

// LIVEDEBUG_REAL_KD=PATH LIVEDEBUG_REAL_PORT=com1 LIVEDEBUG_REAL_BAUD=115200, with a target of your own that may be stopped.
const real = process.env.LIVEDEBUG_REAL_KD;
if (real) {
  kdContract({
    name: `kd at ${real}`,
    symbol: process.env.LIVEDEBUG_REAL_SYMBOL ?? 'nt!KeBugCheckEx',
    launch: (folder) =>
      launchOf(
        findKd(real),
        process.env.LIVEDEBUG_REAL_PORT ?? 'com1',
        Number(process.env.LIVEDEBUG_REAL_BAUD ?? 19200),
        folder,
        {},
      ),
    breakIn: (kd) => kd.interrupt(() => kd.type(CTRL_F)),
  });
}
