import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { parseNetConnection } from '../../../src/kd/net/connection.js';
import { unseal } from '../../../src/kd/net/datagram.js';
import { netStream } from '../../../src/kd/net/net-stream.js';
import type { ByteListener, ByteStream } from '../../../src/kd/stream/byte-stream.js';
import { encodeControl, PACKET } from '../../../src/kd/wire/packet.js';
import { freePort } from '../../free-port.js';
import { keysOf } from './captures.js';
import { HostBench, KEY, NetPeer } from './net-peer.js';

const ACK = encodeControl(PACKET.acknowledge, 0);
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A socket of a target, and what comes to it. */
class TargetSocket {
  readonly came: Buffer[] = [];
  readonly peer = new NetPeer(new HostBench());
  #look: () => void = () => undefined;

  constructor(readonly socket: Socket) {
    socket.on('message', (datagram) => {
      this.came.push(datagram);
      this.#look();
    });
  }

  static async at(address: string): Promise<TargetSocket> {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
    await new Promise<void>((resolve) => socket.bind(0, address, resolve));
    ends.push(() => socket.close());
    return new TargetSocket(socket);
  }

  send(datagram: Buffer, port: number): void {
    this.socket.send(datagram, port, this.socket.address().address);
  }

  async until(count: number): Promise<Buffer> {
    while (this.came.length < count)
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    return this.came[count - 1] as Buffer;
  }
}

interface Told extends ByteListener {
  readonly packets: Buffer[];
  readonly begun: ByteListener['begun'] & {};
  readonly first: Promise<unknown>;
}

function listener(): Told {
  const packets: Buffer[] = [];
  let begin: (value: unknown) => void = () => undefined;
  const first = new Promise((resolve) => {
    begin = resolve;
  });
  return {
    packets,
    first,
    begun: begin,
    gone: () => undefined,
    note: () => undefined,
    bytes: (chunk) => void packets.push(chunk),
  };
}

async function opened(options: string, told: ByteListener = listener()): Promise<ByteStream> {
  const stream = await netStream(parseNetConnection(`${options},key=${KEY}`, {}))(told);
  ends.push(() => stream.close());
  return stream;
}

describe('a host that listens for KDNET', () => {
  it.each(['127.0.0.1', '::1'])('has a session with a target at %s', async (address) => {
    const port = await freePort();
    const told = listener();
    const stream = await opened(`port=${port}`, told);
    const target = await TargetSocket.at(address);
    target.send(target.peer.poke(), port);
    target.peer.answered(await target.until(1));
    target.send(target.peer.data(Buffer.alloc(12)), port);
    expect(await told.first).toMatchObject({ target: { address }, anew: true });
    stream.write(ACK);
    expect(target.peer.opened(await target.until(2))).toMatchObject({ sequence: 1n, body: ACK });
  });

  it('says so when the port is taken', async () => {
    const port = await freePort();
    await opened(`port=${port}`);
    await expect(opened(`port=${port}`)).rejects.toMatchObject({
      code: 'udp-busy',
      exitCode: 6,
      message: `UDP port ${port} of this host is in use.`,
      remedy: expect.stringMatching(/Another debugger waits there/),
    });
  });

  it('takes one family where the other is taken', async () => {
    const other = createSocket('udp4');
    await new Promise<void>((resolve) => other.bind(0, resolve));
    ends.push(() => other.close());
    const { port } = other.address();
    const notes: string[] = [];
    await opened(`port=${port}`, { ...listener(), note: (text) => void notes.push(text) });
    expect(notes).toEqual([expect.stringContaining(`Another program has UDP port ${port} of this host for IPv4`)]);
    const target = await TargetSocket.at('::1');
    target.send(target.peer.poke(), port);
    target.peer.answered(await target.until(1));
  });
});

describe('a host that hears no target', () => {
  /** A host whose 20 s are over when somebody says so, and what it has said. */
  async function waiting(): Promise<{ port: number; notes: string[]; over(): void; noted: Promise<void> }> {
    const port = await freePort();
    const notes: string[] = [];
    const waits: (() => void)[] = [];
    const timers = {
      now: () => 0,
      after: (_ms: number, call: () => void) => {
        waits.push(call);
        return () => undefined;
      },
    };
    let note: () => void = () => undefined;
    const noted = new Promise<void>((resolve) => {
      note = resolve;
    });
    const hears = (text: string): void => {
      notes.push(text);
      note();
    };
    const stream = await netStream(
      parseNetConnection(`port=${port},key=9.9.9.9`, {}),
      timers,
    )({ ...listener(), note: hears });
    ends.push(() => stream.close());
    return { port, notes, noted, over: () => waits[0]?.() };
  }

  it('says what may be wrong', async () => {
    const { notes, over, port } = await waiting();
    over();
    expect(notes).toEqual([expect.stringContaining(`Nothing has come to UDP port ${port}`)]);
  });

  it('does not say that nothing came where the key was another one', async () => {
    const { notes, over, port, noted } = await waiting();
    const target = await TargetSocket.at('127.0.0.1');
    target.send(target.peer.poke(), port);
    await noted;
    over();
    expect(notes).toEqual([expect.stringContaining('does not authenticate')]);
  });
});

describe('a host that calls its target', () => {
  it('says the same 38 bytes until a poke comes', async () => {
    const target = await TargetSocket.at('127.0.0.1');
    await opened(`port=${target.socket.address().port},target=127.0.0.1`);
    const call = await target.until(2);
    expect(target.came[0]).toEqual(call);
    expect(call).toHaveLength(38);
    expect(unseal(keysOf(KEY), call)).toMatchObject({ version: 2, channel: 1, sequence: 0n, fromHost: true });
  });

  it('says so when there is no such host', async () => {
    await expect(opened('port=50000,target=nowhere.invalid')).rejects.toMatchObject({
      code: 'net-target-missing',
      exitCode: 3,
      message: expect.stringContaining('"nowhere.invalid"'),
    });
  });
});
