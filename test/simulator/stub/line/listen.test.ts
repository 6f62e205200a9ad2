import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeAcknowledge, encodeData, INITIAL_ID, PACKET } from '../../../../src/kd/wire/packet.js';
import { PacketReader, type Received } from '../../../../src/kd/wire/packet-reader.js';
import { createClock } from '../../../../src/simulator/clock.js';
import { measured } from '../../../../src/simulator/stub/kd-variant.js';
import {
  type CablePlace,
  type HostEnd,
  type Listening,
  listenForHost,
} from '../../../../src/simulator/stub/line/listen.js';
import { parsePlace } from '../../../../src/simulator/stub/places.js';
import { TargetStub } from '../../../../src/simulator/stub/target-stub.js';
import { FakeMachine } from '../fake-machine.js';
import { request } from '../host-end.js';

let folder: string;
const open: Listening[] = [];
const stubs: TargetStub[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'stub-'));
});
afterEach(async () => {
  for (const stub of stubs.splice(0)) stub.stop();
  for (const listening of open.splice(0)) await listening.close();
  rmSync(folder, { recursive: true });
});

async function target(place: string): Promise<{ stub: TargetStub; listening: Listening }> {
  const machine = new FakeMachine({ architecture: 'x64', processors: 1 });
  const stub: TargetStub = new TargetStub(machine, measured, createClock(1), (bytes) => listening.send(bytes));
  const listening = await listenForHost(parsePlace(place) as CablePlace, 0, stub);
  open.push(listening);
  stubs.push(stub);
  stub.start();
  return { stub, listening };
}

/** The packets that come over a socket, one at a time. */
async function* packets(socket: Socket): AsyncGenerator<Received> {
  const reader = new PacketReader();
  for await (const chunk of socket) yield* reader.push(chunk as Buffer);
}

async function next(from: AsyncGenerator<Received>, kind: Received['kind']): Promise<Received> {
  for (;;) {
    const { value, done } = await from.next();
    if (done) throw new Error('the connection ended');
    if (value.kind === kind) return value;
  }
}

const local = process.platform === 'win32' ? 'tcp:0' : 'unix';

describe('a target to connect to', () => {
  it.each([local, 'tcp:127.0.0.1:0'])('attaches, answers, resumes, and takes the next client (%s)', async (kind) => {
    const place = kind === 'unix' ? `unix:${join(folder, 'com1')}` : kind;
    const { stub, listening } = await target(place);
    for (let session = 1; session <= 2; session++) {
      const socket =
        kind === 'unix' ? connect(listening.place) : connect(Number(listening.place.split(':')[1]), '127.0.0.1');
      const coming = packets(socket);
      socket.write('b');
      const stop = await next(coming, 'data');
      if (stop.kind !== 'data') throw new Error('no data');
      expect(stop.type).toBe(PACKET.stateChange64);
      socket.write(encodeAcknowledge(stop.id));
      // The second session continues the ids of the first: four requests went there.
      socket.write(encodeData(PACKET.stateManipulate, INITIAL_ID, request(0x3146)));
      const version = await next(coming, 'data');
      if (version.kind !== 'data') throw new Error('no data');
      expect(version.payload.readUInt16LE(24)).toBe(0x8664);
      socket.write(encodeAcknowledge(version.id));
      const slice = request(0x315f, (header) => header.writeUInt32LE(0xf8, 16));
      socket.write(encodeData(PACKET.stateManipulate, INITIAL_ID + 1, slice));
      const unlocked = await next(coming, 'data');
      if (unlocked.kind === 'data') socket.write(encodeAcknowledge(unlocked.id));
      const pc = Buffer.alloc(8);
      pc.writeBigUInt64LE((stub.machine as FakeMachine).breakAt + 1n);
      const moved = request(0x3160, (header) => {
        header.writeUInt32LE(0xf8, 16);
        header.writeUInt32LE(8, 20);
      });
      socket.write(encodeData(PACKET.stateManipulate, INITIAL_ID, Buffer.concat([moved, pc])));
      const written = await next(coming, 'data');
      if (written.kind === 'data') socket.write(encodeAcknowledge(written.id));
      const resume = request(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
      socket.write(encodeData(PACKET.stateManipulate, INITIAL_ID + 1, resume));
      await next(coming, 'control');
      await expect.poll(() => stub.books.target.state).toBe('running');
      socket.end();
      await expect.poll(() => stub.books.target.connected).toBe(false);
      expect(stub.books.connections).toBe(session);
    }
    expect(stub.books.violations).toEqual([]);
    expect(stub.books.breaks).toBe(2);
  });

  it('lets nobody in while somebody is there', async () => {
    const { stub, listening } = await target('tcp:0');
    const port = Number(listening.place.split(':')[1]);
    const first = connect(port, '127.0.0.1');
    await expect.poll(() => stub.books.target.connected).toBe(true);
    const second = connect(port, '127.0.0.1');
    await new Promise((resolve) => second.on('close', resolve));
    expect(first.destroyed).toBe(false);
    expect(stub.books.connections).toBe(1);
    first.destroy();
  });

  it('says so when the place is taken', async () => {
    const { listening } = await target('tcp:0');
    const place = parsePlace(`tcp:${listening.place.split(':')[1]}`) as CablePlace;
    await expect(listenForHost(place, 0, nobody)).rejects.toMatchObject({ code: 'place-busy', exitCode: 6 });
  });

  it.runIf(process.platform !== 'win32')('takes the place of a socket that is left over, and no other', async () => {
    const path = join(folder, 'com1');
    const { listening } = await target(`unix:${path}`);
    await expect(listenForHost({ kind: 'path', path }, 0, nobody)).rejects.toMatchObject({ code: 'place-busy' });
    await listening.close();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(listenForHost({ kind: 'path', path: file }, 0, nobody)).rejects.toMatchObject({ code: 'place-busy' });
    expect(existsSync(file)).toBe(true);
  });

  it('says so when the place cannot be had', async () => {
    const path = join(folder, 'none', 'com1');
    const nowhere = { kind: 'path', path } as const;
    await expect(listenForHost(nowhere, 0, nobody)).rejects.toMatchObject({
      exitCode: process.platform === 'win32' ? 2 : 3,
    });
    await expect(listenForHost({ kind: 'tty', path: join(folder, 'tty') }, 0, nobody)).rejects.toMatchObject({
      exitCode: 3,
    });
  });
});

const nobody: HostEnd = { connect: () => undefined, disconnect: () => undefined, receive: () => undefined };

describe('a place', () => {
  it.each([
    ['unix:/tmp/com1', 'linux', { kind: 'path', path: '/tmp/com1' }],
    ['pipe:com1', 'win32', { kind: 'path', path: '\\\\.\\pipe\\com1' }],
    ['pipe:\\\\.\\pipe\\com1', 'win32', { kind: 'path', path: '\\\\.\\pipe\\com1' }],
    ['tcp:5000', 'linux', { kind: 'tcp', host: '127.0.0.1', port: 5000 }],
    ['tcp:lab:5000', 'linux', { kind: 'tcp', host: 'lab', port: 5000 }],
    ['tcp:[::1]:5000', 'linux', { kind: 'tcp', host: '::1', port: 5000 }],
    ['tty:/dev/ttyUSB0', 'linux', { kind: 'tty', path: '/dev/ttyUSB0' }],
  ] as const)('%s on %s', (text, platform, place) => {
    expect(parsePlace(text, platform)).toEqual(place);
  });

  it.each(['', 'com1', 'unix:', 'tcp:', 'tcp:70000', 'tcp:x', 'pipe:com1', 'http://x'])('is not %j', (text) => {
    expect(() => parsePlace(text, 'linux')).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
