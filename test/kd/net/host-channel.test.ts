import { beforeEach, describe, expect, it } from 'vitest';
import { encodeControl, PACKET } from '../../../src/kd/wire/packet.js';
import { keysOf } from './captures.js';
import { HostBench, NetPeer, TARGET } from './net-peer.js';

const ACK = encodeControl(PACKET.acknowledge, 0);
const ELSEWHERE = { address: '10.0.0.8', port: 50_000 };

let bench: HostBench;
let target: NetPeer;
beforeEach(() => {
  bench = new HostBench();
  target = new NetPeer(bench);
});

describe('a host’s answer to a poke', () => {
  it('has the poke’s sequence number, the host’s flags, both random numbers, and zeros', () => {
    const answer = target.asks({ sequence: 77n });
    expect(answer).toMatchObject({ version: 4, channel: 1, sequence: 77n, fromHost: true });
    const { body } = answer as NonNullable<typeof answer>;
    expect(body).toHaveLength(322);
    expect(body.subarray(0, 10).toString('hex')).toBe('01020100000000000000');
    expect(body.subarray(10, 34)).toEqual(Buffer.alloc(24, 1));
    expect(body.subarray(34, 66)).toEqual(Buffer.alloc(32, 1));
    expect(body.subarray(66)).toEqual(Buffer.alloc(256));
  });

  it.each([
    [2, 2],
    [3, 2],
    [4, 4],
    [5, 5],
  ])('to version %i is of version %i, and so is what follows', (spoken, answered) => {
    expect(target.asks({ version: spoken })?.version).toBe(answered);
    target.says(Buffer.alloc(12));
    bench.channel.send(ACK);
    expect(target.opened(bench.take()[0]?.datagram as Buffer)?.version).toBe(answered);
  });

  it.each([
    { version: 1 },
    { version: 6 },
    { bytes: 343 },
    { bytes: 345 },
    { bytes: 88 },
    { head: 0x0102 },
    { fromHost: true },
  ])('is not given to %j', (wish) => {
    expect(target.asks(wish)).toBeUndefined();
    expect(bench.channel.dropped.stray).toBe(1);
  });

  it('is the same for a poke that the network has doubled, so that the target may take either', () => {
    const poke = target.poke();
    for (let times = 0; times < 2; times++) bench.channel.receive(poke, TARGET);
    const [one, other] = bench.take();
    expect(one?.datagram).toEqual(other?.datagram);
    target.answered(one?.datagram as Buffer);
    target.says(Buffer.alloc(12));
    expect(bench.begun).toHaveLength(1);
  });

  it('is good as long as it may be under way, whatever was answered since', () => {
    target.asks();
    const first = target.keys;
    target.asks();
    bench.channel.receive(target.data(Buffer.alloc(12), 1n, first), TARGET);
    expect(bench.begun).toHaveLength(1);
  });

  it('that is never taken is told', () => {
    for (let times = 0; times < 8; times++) {
      target.asks();
      bench.now += 3000;
    }
    expect(bench.notes).toEqual([expect.stringMatching(/does not take the answers/)]);
  });
});

describe('a session of a host', () => {
  it.each([8, 12])('begins with a body of %i bytes', (bytes) => {
    target.asks();
    target.says(Buffer.alloc(bytes));
    expect(bench.begun).toEqual([{ target: TARGET, host: '10.0.0.1', anew: true }]);
    expect(bench.packets).toEqual([]);
  });

  it('begins with a packet where the hello was lost, or overtaken', () => {
    target.asks();
    const hello = target.data(Buffer.alloc(12));
    target.says(ACK);
    bench.channel.receive(hello, TARGET);
    expect(bench.begun).toHaveLength(1);
    expect(bench.packets).toEqual([ACK]);
  });

  it('goes on after a hello that comes twice, or later', () => {
    target.asks();
    const hello = target.data(Buffer.alloc(12));
    for (let times = 0; times < 3; times++) bench.channel.receive(hello, TARGET);
    target.says(ACK);
    target.says(Buffer.alloc(8));
    target.says(ACK);
    bench.channel.receive(hello, TARGET);
    expect(bench.begun).toHaveLength(1);
    expect(bench.packets).toEqual([ACK, ACK]);
    expect(bench.channel.dropped.old).toBe(3);
  });

  it('takes each datagram once, in rising order, whatever is left out', () => {
    target.connects();
    for (const sequence of [5n, 5n, 4n, 900n, 6n, 2n ** 56n - 1n])
      bench.channel.receive(target.data(Buffer.from(`${sequence}`), sequence), TARGET);
    expect(bench.packets.map(String)).toEqual(['5', '900', `${2n ** 56n - 1n}`]);
    expect(bench.channel.dropped.old).toBe(3);
  });

  it('counts what it sends from 1, with every new key', () => {
    target.connects();
    for (let times = 0; times < 2; times++) bench.channel.send(ACK);
    const sent = bench.take().map(({ datagram }) => target.opened(datagram));
    expect(sent.map((each) => each?.sequence)).toEqual([1n, 2n]);
    expect(sent[0]).toMatchObject({ fromHost: true, channel: 0, body: ACK });
  });

  it('is not given another key while it works', () => {
    target.connects();
    for (const keyed of [true, false, true]) expect(target.asks({ keyed })).toBeUndefined();
    bench.now += 20_000;
    expect(target.asks({ keyed: true })).toBeUndefined();
  });

  it('is given another key when the target says that it has none', () => {
    target.connects();
    bench.now += 3000;
    expect(target.asks({ keyed: false })).toBeDefined();
    target.says(Buffer.alloc(12));
    expect(bench.begun.map(({ anew }) => anew)).toEqual([true, false]);
  });

  it('follows the target to the address and port that a router gives it', () => {
    target.connects();
    const port = { ...TARGET, port: 1024 };
    target.says(ACK, port);
    bench.channel.send(ACK);
    expect(bench.take().map(({ to }) => to)).toEqual([port]);
    // A poke shows it as well, where nothing is to be said.
    const other = { ...TARGET, port: 1025 };
    bench.channel.receive(target.poke({ keyed: true }), other);
    bench.channel.send(ACK);
    expect(bench.take().map(({ to }) => to)).toEqual([other]);
    // An old one shows nothing.
    bench.channel.receive(target.data(ACK, 1n), TARGET);
    bench.channel.send(ACK);
    expect(bench.take().map(({ to }) => to)).toEqual([other]);
  });

  it('offers another key at another address, and keeps the old one until the target takes it', () => {
    target.connects();
    const before = target.keys;
    bench.channel.receive(target.poke({ keyed: true }), ELSEWHERE);
    const [answer] = bench.take();
    expect(answer?.to).toEqual(ELSEWHERE);
    bench.channel.receive(target.data(ACK, 50n, before), ELSEWHERE);
    expect(bench.packets).toEqual([ACK]);
    target.answered(answer?.datagram as Buffer);
    target.says(Buffer.alloc(12), ELSEWHERE);
    expect(bench.begun.at(-1)).toMatchObject({ target: ELSEWHERE, anew: false });
  });
});

describe('a target that is started again', () => {
  it('is answered at once where it was', () => {
    target.connects();
    target.run = 2;
    target.connects();
    expect(bench.begun.map(({ anew }) => anew)).toEqual([true, true]);
    expect(bench.notes).toEqual(['The target has restarted without notifying the debugger.']);
  });

  it.each([
    [{ ...TARGET, port: 1024 }, 3],
    [ELSEWHERE, 5],
  ])('is answered at %j once the old one is silent', (place, pokes) => {
    target.connects();
    const again = new NetPeer(bench, 2, place);
    for (let times = 1; times < pokes; times++) {
      expect(again.asks()).toBeUndefined();
      bench.now += 3000;
    }
    again.connects();
    expect(bench.begun).toHaveLength(2);
  });

  it('is not the second target with the same key, which is named once and not obeyed', () => {
    target.connects();
    const second = new NetPeer(bench, 2, ELSEWHERE);
    for (let times = 0; times < 40; times++) {
      bench.now += 1500;
      expect(second.asks()).toBeUndefined();
      bench.now += 1500;
      expect(target.asks({ keyed: true })).toBeUndefined();
    }
    expect(bench.notes).toEqual([expect.stringMatching(/^A second target with the same key, at 10\.0\.0\.8:50000/)]);
    target.says(ACK);
    expect(bench.packets).toEqual([ACK]);
    expect(bench.channel.dropped.others).toBe(40);
  });
});

describe('what does not authenticate', () => {
  it('is dropped, counted, and told once', () => {
    target.connects();
    const stranger = new NetPeer(bench, 9, ELSEWHERE, keysOf('1.2.3.5'));
    const forged = target.data(ACK);
    forged[20] = (forged[20] as number) ^ 1;
    for (let times = 0; times < 1000; times++) {
      expect(stranger.asks()).toBeUndefined();
      bench.channel.receive(forged, TARGET);
    }
    bench.channel.receive(Buffer.from('hello'), ELSEWHERE);
    expect(bench.channel.dropped).toMatchObject({ forged: 2000, stray: 1, old: 0 });
    expect(bench.notes).toHaveLength(1);
    expect(bench.notes[0]).toContain('10.0.0.8 does not authenticate');
    target.says(ACK);
    expect(bench.packets).toEqual([ACK]);
  });

  it('costs little: ten thousand of them take less than half of their second', () => {
    target.connects();
    const forged = target.data(Buffer.alloc(200));
    forged[20] = (forged[20] as number) ^ 1;
    const since = process.cpuUsage();
    for (let times = 0; times < 10_000; times++) bench.channel.receive(forged, ELSEWHERE);
    const { user, system } = process.cpuUsage(since);
    expect((user + system) / 1000).toBeLessThan(500);
  });

  it('is of another version', () => {
    expect(target.asks({ version: 9 })).toBeUndefined();
    expect(bench.notes).toEqual(['10.0.0.7 speaks version 9 of KDNET, and this kd versions 2 to 5.']);
  });
});
