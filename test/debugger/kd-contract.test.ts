import path from 'node:path';
import { CTRL_F } from '../../src/debugger/break-in.js';
import { type Launch, serverLaunch } from '../../src/debugger/command-line.js';
import { findKd, type KdProgram } from '../../src/debugger/find-kd.js';
import { startKept } from '../../src/debugger/kept-kd.js';
import { serverName } from '../../src/debugger/server-name.js';
import { parseTransport } from '../../src/debugger/transport.js';
import { kdContract } from './kd-contract.js';

let pipes = 0;

function launchOf(program: KdProgram, port: string, baud: number, folder: string, env: Record<string, string>): Launch {
  const launch = serverLaunch(program, {
    server: serverName(`contract${process.pid}x${pipes++}`),
    transport: parseTransport(port, baud),
    symbolPath: process.env._NT_SYMBOL_PATH ?? 'srv*',
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
  name: 'the simulated kd, under a keeper',
  symbol: 'nt!MmAllocateSpecialPool',
  launch: (folder) =>
    launchOf(dist(findKd('sim:fast')), 'com1', 115200, folder, {
      LIVEDEBUG_SIM_BOOKS: path.join(folder, 'books.json'),
    }),
  start: (kd, onOutput, cwd) => {
    const nothing = { command: process.execPath, args: ['-e', '0'], env: {} };
    const orders = { kd, cwd, log: path.join(cwd, 'debug.log'), rescue: nothing, rescueLog: path.join(cwd, 'r.log') };
    return startKept(`keeper-contract${process.pid}x${pipes}`, orders, onOutput);
  },
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
