import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenStream } from '../../../src/kd/stream/byte-stream.js';
import { ReconnectingStream } from '../../../src/kd/stream/reconnecting-stream.js';
import { serialStream } from '../../../src/kd/stream/serial-stream.js';
import { socketStream } from '../../../src/kd/stream/socket-stream.js';
import { realTimers } from '../../../src/kd/wire/timers.js';
import { Cable, hasSocat } from './other-ends.js';

const posix = process.platform !== 'win32';
/** Root may open everything: what others may not is tried as nobody. */
const NOBODY = 65_534;
const root = process.getuid?.() === 0;

const folder = posix ? mkdtempSync(path.join(os.tmpdir(), 'no streams ')) : '';
const at = (name: string): string => path.join(folder, name);

function open(stream: OpenStream): Promise<unknown> {
  return stream({
    bytes: () => expect.unreachable('bytes of a stream that did not open'),
    gone: () => expect.unreachable('the end of a stream that did not open'),
  });
}

async function asNobody(work: () => Promise<void>): Promise<void> {
  process.seteuid?.(NOBODY);
  try {
    await work();
  } finally {
    process.seteuid?.(0);
  }
}

/** A socket whose owner takes nobody in; its queue of one is full after two. */
async function deafSocket(file: string): Promise<ChildProcess> {
  const code = `
    const server = require('node:net').createServer();
    server.listen({ path: process.argv[1], backlog: 1 }, () => {
      require('node:fs').writeSync(1, 'up');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
  `;
  const child = spawn(process.execPath, ['-e', code, file], { stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  return child;
}

describe.skipIf(!posix)('a socket that does not open', () => {
  beforeAll(() => {
    chmodSync(folder, 0o755);
    mkdirSync(at('a folder'));
    writeFileSync(at('a file'), 'not a socket');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const refusal = (place: Parameters<typeof socketStream>[0], expected: object): Promise<void> =>
    expect(open(socketStream(place))).rejects.toMatchObject({ name: 'Fault', ...expected });

  it('is missing, and may be waited for', async () => {
    for (const name of ['none', 'a file/none'])
      await refusal(
        { path: at(name) },
        {
          code: 'pipe-missing',
          exitCode: 3,
          message: `${at(name)} is not there.`,
          remedy: expect.stringContaining(',reconnect'),
        },
      );
  });

  it('has nobody behind it', async () => {
    // The file of a socket outlives a process that is killed.
    const owner = await deafSocket(at('left over'));
    owner.kill('SIGKILL');
    await new Promise((resolve) => owner.once('exit', resolve));
    const message = `${at('left over')} has nothing listening on it.`;
    await refusal({ path: at('left over') }, { code: 'pipe-missing', exitCode: 3, message });
  });

  it('is something else', async () => {
    for (const name of ['a folder', 'a file'])
      await refusal(
        { path: at(name) },
        { code: 'pipe-broken', exitCode: 3, message: `${at(name)} is ${name}, and no socket.` },
      );
  });

  it('has a path that is too long, which is not cut to one that is there', async () => {
    const long = at('x'.repeat(120));
    const limit = process.platform === 'linux' ? 107 : 103;
    const server = createServer(() => expect.unreachable('a connection to the cut path'));
    await new Promise<void>((resolve) => server.listen(Buffer.from(long).subarray(0, limit).toString(), resolve));
    const message = `${long} has ${long.length} bytes, and the path of a socket at most ${limit} on this system.`;
    await refusal({ path: long }, { code: 'pipe-name-long', exitCode: 2, message });
    await new Promise((resolve) => server.close(resolve));
  });

  it('counts the bytes of its path, not its letters', async () => {
    await refusal({ path: at('ä'.repeat(60)) }, { code: 'pipe-name-long', exitCode: 2 });
  });

  it('is taken, when its owner takes nobody else', async () => {
    const owner = await deafSocket(at('taken'));
    const others = [1, 2].map(() => socketStream({ path: at('taken') })({ bytes: () => {}, gone: () => {} }));
    const streams = await Promise.all(others);
    await refusal({ path: at('taken') }, { code: 'pipe-busy', exitCode: 6, message: `${at('taken')} is taken.` });
    owner.kill('SIGKILL');
    await Promise.all(streams.map((stream) => stream.close()));
  });

  it.skipIf(!root)('is denied', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('mine alone'), resolve));
    chmodSync(at('mine alone'), 0o600);
    await asNobody(() =>
      refusal(
        { path: at('mine alone') },
        { code: 'pipe-denied', exitCode: 3, message: `${at('mine alone')} may not be opened by this user.` },
      ),
    );
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a TCP port that does not open', () => {
  it('has nobody behind it, by any name of this host', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    );
    await new Promise((resolve) => server.close(resolve));
    for (const host of ['127.0.0.1', 'localhost'])
      await expect(open(socketStream({ host, port }))).rejects.toMatchObject({
        code: 'pipe-missing',
        exitCode: 3,
        message: `${host}:${port} has nothing listening on it.`,
      });
  });

  it('has a number that no port has', async () => {
    await expect(open(socketStream({ host: 'localhost', port: 70_000 }))).rejects.toMatchObject({
      name: 'Fault',
      code: 'pipe-broken',
      exitCode: 3,
      message: expect.stringContaining('localhost:70000'),
    });
  });
});

describe.skipIf(!posix)('a serial port that does not open', () => {
  const refusal = (port: string, expected: object): Promise<void> =>
    expect(open(serialStream(port, 19_200))).rejects.toMatchObject({ name: 'Fault', ...expected });

  it('is missing', async () => {
    await refusal('/dev/no such port', {
      code: 'port-missing',
      exitCode: 3,
      message: expect.stringContaining('There is no /dev/no such port here.'),
    });
  });

  it('is something else', async () => {
    const place = mkdtempSync(path.join(os.tmpdir(), 'no ports '));
    writeFileSync(path.join(place, 'a file'), '');
    mkdirSync(path.join(place, 'a folder'));
    symlinkSync(path.join(place, 'a folder'), path.join(place, 'a link'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path.join(place, 'a socket'), resolve));
    for (const [name, kind] of [
      ['a file', 'a file'],
      ['a folder', 'a folder'],
      ['a link', 'a folder'],
      ['a socket', 'a socket'],
    ] as const)
      await refusal(path.join(place, name), {
        code: 'port-not-serial',
        exitCode: 3,
        message: `${path.join(place, name)} is ${kind}, and no serial port.`,
        remedy: expect.stringContaining(kind === 'a socket' ? `com:pipe,port=${place}/a socket` : 'livedebug ports'),
      });
    await new Promise((resolve) => server.close(resolve));
    rmSync(place, { recursive: true });
  });

  it('is a device of another kind', async () => {
    await refusal('/dev/null', {
      code: 'port-broken',
      exitCode: 3,
      message: expect.stringMatching(/^\/dev\/null cannot be opened: .+\.$/),
    });
  });

  it('has a name or a speed that no port can have', async () => {
    await refusal('', { code: expect.stringMatching(/^port-/), exitCode: 3 });
    await refusal('/dev/null', { code: 'port-broken', exitCode: 3 });
  });

  describe.skipIf(!hasSocat)('on a pseudo terminal', () => {
    let cable: Cable;
    beforeAll(async () => {
      cable = await new Cable().plug();
      chmodSync(cable.folder, 0o755);
    });
    afterAll(() => cable.close());

    it('is busy while somebody has it', async () => {
      const [port] = cable.ends;
      const stream = await serialStream(port, 19_200)({ bytes: () => {}, gone: () => {} });
      await refusal(port, { code: 'port-busy', exitCode: 6, message: expect.stringContaining(`${port} is held by`) });
      await stream.close();
      const again = await serialStream(port, 19_200)({ bytes: () => {}, gone: () => {} });
      await again.close();
    });

    it('is let go of when nobody wants it any more by the time it is open', async () => {
      const [port] = cable.ends;
      const reason = new Error('no longer');
      const late = { throwIfAborted: () => undefined, aborted: true, reason } as unknown as AbortSignal;
      const nobody = { bytes: () => {}, gone: () => {} };
      await expect(serialStream(port, 19_200)(nobody, late)).rejects.toBe(reason);
      const stream = await serialStream(port, 19_200)(nobody);
      await stream.close();
    });

    it.skipIf(!root)('is denied', async () => {
      const [, port] = cable.ends;
      chmodSync(port, 0o600);
      await asNobody(() =>
        refusal(port, { code: 'port-denied', exitCode: 3, message: `${port} may not be opened by this user.` }),
      );
    });

    it('is opened again by a line when it is plugged in again', async () => {
      const again = await new Cable().plug();
      const told: string[] = [];
      let look = (): void => undefined;
      const tell = (text: string): void => {
        told.push(text);
        look();
      };
      const until = (count: number): Promise<void> =>
        new Promise((resolve) => {
          look = () => told.filter((text) => text === 'up').length >= count && resolve();
          look();
        });
      const listener = { bytes: () => undefined, up: () => tell('up'), down: () => tell('down') };
      const line = new ReconnectingStream(serialStream(again.ends[0], 19_200), true, listener, realTimers);
      await line.start(false);
      again.pull();
      await again.plug();
      await until(2);
      expect(told.slice(0, 2)).toEqual(['up', 'down']);
      await line.close();
      await again.close();
    });
  });
});
