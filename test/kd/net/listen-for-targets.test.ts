import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import { listenForTargets } from '../../../src/kd/net/listen-for-targets.js';
import { freePort } from '../../free-port.js';
import { keysOf } from './captures.js';
import { HostBench, KEY, NetPeer } from './net-peer.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function bound(family: 'udp4' | 'udp6', port = 0, address?: string): Promise<Socket> {
  const socket = createSocket(family);
  await new Promise<void>((resolve) => socket.bind(port, address, resolve));
  ends.push(() => socket.close());
  return socket;
}

/** Sends again and again, as a target does that asks for its host. */
async function asks(port: number, datagrams: readonly Buffer[]): Promise<Socket> {
  const socket = await bound('udp4', 0, '127.0.0.1');
  const timer = setInterval(() => {
    for (const each of datagrams) socket.send(each, port, '127.0.0.1');
  }, 20);
  ends.push(() => clearInterval(timer));
  return socket;
}

const peer = () => new NetPeer(new HostBench());
const keys = keysOf(KEY);
const other = keysOf('9.9.9.9');

describe('listening for targets', () => {
  it('hears one with the key, and answers it with nothing', async () => {
    const port = await freePort();
    const target = await asks(port, [Buffer.from('hello'), peer().poke()]);
    const came: Buffer[] = [];
    target.on('message', (datagram) => came.push(datagram));
    const heard = await listenForTargets({ keys, port, target: undefined, ms: 60_000 });
    const at = { address: '127.0.0.1', port: target.address().port };
    expect(heard).toMatchObject({ targets: [{ place: at }], foreign: [], strangers: ['127.0.0.1'], taken: [] });
    expect(came).toEqual([]);
  });

  it('tells one with another key from silence', async () => {
    const port = await freePort();
    await asks(port, [peer().poke()]);
    const listening = { port, target: undefined, ms: 300 };
    expect(await listenForTargets({ ...listening, keys: other })).toMatchObject({
      targets: [],
      foreign: ['127.0.0.1'],
    });
    const silence = await listenForTargets({ ...listening, port: await freePort(), keys });
    expect(silence).toEqual({ targets: [], foreign: [], strangers: [], taken: [] });
  });

  it('calls a target that waits to be called', async () => {
    const target = await bound('udp4', 0, '127.0.0.1');
    target.on('message', (_call, { address, port }) => target.send(peer().poke(), port, address));
    const place = { address: '127.0.0.1', port: target.address().port };
    expect(await listenForTargets({ keys, port: 1, target: place, ms: 60_000 })).toMatchObject({
      targets: [{ place }],
    });
  });

  it('says which family another program has, and throws where it has both', async () => {
    const { port } = (await bound('udp4')).address();
    expect(await listenForTargets({ keys, port, target: undefined, ms: 50 })).toMatchObject({ taken: [4] });
    const six = createSocket({ type: 'udp6', ipv6Only: true });
    await new Promise<void>((resolve) => six.bind(port, resolve));
    ends.push(() => six.close());
    await expect(listenForTargets({ keys, port, target: undefined, ms: 50 })).rejects.toMatchObject({
      code: 'udp-busy',
    });
  });
});
