import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, watch } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listPorts } from '../../src/serial/list-ports.js';
import { holderOf } from '../../src/serial/port-holder.js';
import { preflightPort } from '../../src/serial/preflight.js';
import { endProcess } from '../end-process.js';

describe('a port that is not there', () => {
  it('is missing, with a way on', async () => {
    await expect(preflightPort('/dev/no-such-port', 19200)).rejects.toMatchObject({
      code: 'port-missing',
      exitCode: 3,
      remedy: expect.stringContaining('livedebug ports'),
    });
  });
});

it('ports are listed without opening any', async () => {
  for (const port of await listPorts()) expect(port.path.length).toBeGreaterThan(0);
});

const socat = process.platform !== 'win32' && spawnSync('socat', ['-V']).status === 0;

describe.skipIf(!socat)('a port on a pseudo terminal', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'serial '));
  const [ours, theirs] = [path.join(folder, 'a'), path.join(folder, 'b')];
  let pair: ChildProcess;

  beforeAll(async () => {
    const both = new Promise<void>((resolve) => {
      const watcher = watch(folder, () => {
        if (!existsSync(ours) || !existsSync(theirs)) return;
        watcher.close();
        resolve();
      });
    });
    const end = (link: string) => `pty,raw,echo=0,link=${link}`;
    pair = spawn('socat', [end(ours), end(theirs)], { stdio: 'ignore' });
    await both;
  });

  afterAll(async () => {
    await endProcess(pair, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('passes, and is free again for kd', async () => {
    await preflightPort(ours, 19200);
    await preflightPort(ours, 115200);
  });

  it('is busy while another program has it locked, and that program is named', async () => {
    const code = `
      const { SerialPort } = await import('serialport');
      const port = new SerialPort({ path: process.argv[1], baudRate: 19200 });
      port.on('open', () => console.log('open'));
      setInterval(() => port.isOpen, 1000);
    `;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code, ours], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise((resolve) => holder.stdout?.once('data', resolve));
      await expect(preflightPort(ours, 19200)).rejects.toMatchObject({ code: 'port-busy', exitCode: 6 });
      if (process.platform === 'linux') expect(holderOf(ours)).toContain(String(holder.pid));
    } finally {
      holder.kill('SIGKILL');
    }
  });
});
