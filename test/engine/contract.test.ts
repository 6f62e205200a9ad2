import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { serverLaunch } from '../../src/debugger/command-line.js';
import { findKd } from '../../src/debugger/find-kd.js';
import type { KdProcess } from '../../src/debugger/kd-process.js';
import { serverName } from '../../src/debugger/server-name.js';
import { parseTransport } from '../../src/debugger/transport.js';
import { CTRL_F } from '../../src/kd-text/control-keys.js';
import type { TargetBooks } from '../../src/simulator/stub/statistics/target-statistics.js';
import { kdContract } from '../debugger/kd-contract.js';
import { MAIN } from '../e2e/run.js';
import { endProcess } from '../end-process.js';
import { imagesOf } from './laboratory.js';

const folder = mkdtempSync(path.join(tmpdir(), 'livedebug-engine-contract-'));
const books = path.join(folder, 'books.json');
let target: ChildProcess;
let port = '';
let pipes = 0;

// One target for all: each kd leaves it running, and the next one finds it so.
beforeAll(async () => {
  const words = ['simulate', 'target', '--personality', 'windows', '--listen', 'tcp:127.0.0.1:0', '--books', books];
  target = spawn(process.execPath, [MAIN, ...words, '--hits-per-second', '0'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [said] = (await once(target.stderr as NodeJS.ReadableStream, 'data')) as [Buffer];
  port = /listens at (\S+)/.exec(said.toString())?.[1] ?? '';
});
afterAll(async () => {
  await endProcess(target);
  rmSync(folder, { recursive: true, force: true });
});

// A press between `g` and the Continue that follows it is one that this kd swallows.
async function press(kd: KdProcess, way: 'SIGINT' | 'CTRL+F'): Promise<void> {
  const running = () => (JSON.parse(readFileSync(books, 'utf8')) as TargetBooks).target.state === 'running';
  await expect.poll(running).toBe(true);
  if (way === 'SIGINT') kd.interrupt(() => kd.type(CTRL_F));
  else kd.type(CTRL_F);
}

describe.each(['SIGINT', 'CTRL+F'] as const)('with break-ins by %s', (way) => {
  kdContract({
    name: `Microsoft’s engine, by ${way}`,
    symbol: 'nt!MmAllocateSpecialPool',
    launch: (folder) =>
      serverLaunch(findKd(process.env.LIVEDEBUG_TEST_ENGINE ?? ''), {
        server: serverName(`engine-contract-${process.pid}-${pipes++}`),
        transport: parseTransport(`tcp:${port}`),
        symbolPath: imagesOf('x64'),
        kdLog: path.join(folder, 'kd.log'),
        // Of a target that is up and says nothing this kd hears nothing: it connects by breaking in.
        extra: ['-b'],
      }),
    ready: async (kd, until) => {
      await until('prompt');
      kd.type('g');
    },
    breakIn: (kd) => void press(kd, way),
  });
});
