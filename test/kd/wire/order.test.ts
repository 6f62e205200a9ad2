import { describe, expect, it } from 'vitest';
import { encodeData, PACKET } from '../../../src/kd/wire/packet.js';
import { debugIo, ID0, ID1, Peer, SYNC0 } from './peer.js';

const { debugIo: DEBUG_IO } = PACKET;

describe('requests', () => {
  it('that are started at once go out one after the other', async () => {
    const peer = new Peer();
    const [first, second, third] = [peer.ask(0x3130), peer.ask(0x3132), peer.command()];
    const apis = (): number[] =>
      peer.sent.flatMap(({ what }) => (what.kind === 'data' ? what.payload.readUInt32LE(0) : []));
    expect(apis()).toEqual([0x3130]);
    peer.ack();
    expect(apis()).toEqual([0x3130]);
    peer.reply();
    expect(apis()).toEqual([0x3130, 0x3132]);
    peer.serve();
    expect(apis()).toEqual([0x3130, 0x3132, 0x3136]);
    expect(peer.last.id).toBe(ID0);
    peer.ack();
    await peer.pass(0);
    for (const each of [first, second, third]) expect(each.value?.confirmed).toBe(true);
    expect(peer.clock.pending).toBe(0);
  });

  it('are not answered by the late reply to another one', async () => {
    const peer = new Peer();
    const asked = peer.ask(0x3146);
    peer.ack();
    const late = Buffer.alloc(56);
    late.writeUInt32LE(0x3130, 0);
    peer.data(PACKET.stateManipulate, late);
    await peer.pass(0);
    expect(asked.settled).toBe(false);
    peer.reply();
    await peer.pass(0);
    expect(asked.value?.reply.readUInt32LE(0)).toBe(0x3146);
  });

  it('that are taken back fail, all of them, and leave no timer', async () => {
    const peer = new Peer();
    const asked = [peer.ask(), peer.ask(0x3132)];
    peer.link.abandon();
    await peer.pass(0);
    for (const each of asked) expect(each.error).toMatchObject({ code: 'abandoned', name: 'LinkError' });
    await peer.pass(500);
    expect(peer.clock.pending).toBe(0);
    const { length } = peer.sent;
    await peer.pass(5000);
    expect(peer.sent).toHaveLength(length);
    const next = peer.ask();
    peer.serve();
    await peer.pass(0);
    expect(next.value?.confirmed).toBe(true);
  });

  it.each(['acknowledged', 'not yet acknowledged'])(
    'wait for the reply to what was taken back, which is still under way (%s)',
    async (so) => {
      const peer = new Peer();
      peer.ask();
      if (so === 'acknowledged') peer.ack();
      peer.link.abandon();
      const next = peer.ask(0x3132);
      await peer.pass(300);
      expect(peer.sent.filter(({ what }) => what.kind === 'data')).toHaveLength(1);
      expect(peer.link.idIsCertain).toBe(false);
      if (so !== 'acknowledged') peer.ack();
      const late = Buffer.alloc(56);
      late.writeUInt32LE(0x3130, 0);
      peer.data(PACKET.stateManipulate, late);
      expect(peer.link.idIsCertain).toBe(true);
      expect(peer.last.type).toBe(PACKET.stateManipulate);
      expect(peer.last.id).toBe(ID1);
      peer.serve();
      await peer.pass(0);
      expect(next.value).toMatchObject({ confirmed: true, repeated: false });
      expect(peer.link.statistics).toMatchObject({ retransmissions: 0, duplicates: 0 });
      expect(peer.link.quality.isDegraded).toBe(false);
    },
  );

  it('wait no longer than a silence for what was taken back', async () => {
    const peer = new Peer();
    peer.ask();
    peer.link.abandon();
    const next = peer.ask(0x3132);
    await peer.pass(500);
    expect(peer.times).toHaveLength(2);
    expect(peer.last.id).toBe(ID0);
    peer.serve();
    await peer.pass(0);
    expect(next.value).toMatchObject({ confirmed: true, repeated: false });
  });

  it.each([
    ['the target wants something again', (peer: Peer) => peer.control(PACKET.resend)],
    ['the stream is a new one', (peer: Peer) => peer.link.restream()],
    ['the target begins its ids anew', (peer: Peer) => peer.data(DEBUG_IO, debugIo('up again'), SYNC0)],
    ['the target asks', (peer: Peer) => peer.data(DEBUG_IO, debugIo('what? ', 8))],
  ] as const)('wait no more for what was taken back when %s, and that is never sent again', async (_what, happens) => {
    const peer = new Peer();
    peer.ask(0x3130);
    peer.link.abandon();
    const next = peer.ask(0x3132);
    await peer.pass(100);
    happens(peer);
    for (let turn = 0; turn < 4 && !next.settled; turn++) {
      await peer.pass(10);
      peer.serve();
    }
    await peer.pass(0);
    expect(next.value?.confirmed).toBe(true);
    const first = peer.sent.filter(({ what }) => what.kind === 'data' && what.payload.readUInt32LE(0) === 0x3130);
    expect(first).toHaveLength(1);
  });

  it('go out again at once over a new stream, and half a packet of the old one is forgotten', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    const print = encodeData(DEBUG_IO, ID0, debugIo('hello'));
    peer.link.receive(print.subarray(0, 20));
    peer.link.restream();
    expect(peer.times).toEqual([0, 0]);
    peer.link.receive(print);
    expect(peer.happened().at(-1)).toBe('print hello');
    peer.serve();
    await peer.pass(0);
    expect(asked.value).toMatchObject({ confirmed: true, repeated: true });
  });

  it('can be taken back without the answer to a prompt', async () => {
    const peer = new Peer();
    peer.ask();
    peer.data(DEBUG_IO, debugIo('what? ', 8));
    await peer.pass(0);
    expect(peer.last.type).toBe(DEBUG_IO);
    peer.link.abandon();
    await peer.pass(1000);
    expect(peer.sent.filter(({ what }) => what.kind === 'data' && what.type === DEBUG_IO).length).toBeGreaterThan(1);
  });
});

describe('a link that is closed', () => {
  it('fails what is under way, and what comes later', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.link.close();
    const later = peer.ask();
    const told = peer.command();
    await peer.pass(0);
    for (const each of [asked, later, told]) expect(each.error).toMatchObject({ code: 'closed' });
    expect(peer.clock.pending).toBe(0);
  });

  it('sends nothing any more, whatever comes', async () => {
    const peer = new Peer();
    let answer: (text: string) => void = () => undefined;
    peer.answer = () =>
      new Promise((resolve) => {
        answer = resolve;
      });
    peer.ask();
    peer.data(DEBUG_IO, debugIo('what? ', 8));
    peer.link.receive(encodeData(DEBUG_IO, ID1, debugIo('half')).subarray(0, 18));
    peer.link.close();
    peer.happened();
    const { length } = peer.raw;
    answer('i');
    await peer.pass(0);
    peer.data(DEBUG_IO, debugIo('hello'), ID1);
    peer.control(PACKET.reset);
    peer.link.receive(Buffer.alloc(40, 0x30));
    peer.link.restream();
    peer.link.breakIn();
    peer.link.reset();
    peer.link.close();
    await peer.pass(10_000);
    expect(peer.raw).toHaveLength(length);
    expect(peer.happened()).toEqual([]);
    expect(peer.clock.pending).toBe(0);
  });
});

describe('a link that is idle', () => {
  it('has no timer and says nothing', async () => {
    const peer = new Peer();
    peer.ask();
    peer.serve();
    peer.command();
    peer.ack();
    peer.data(DEBUG_IO, debugIo('hello'));
    peer.data(DEBUG_IO, debugIo('what? ', 8));
    await peer.pass(0);
    peer.ack();
    peer.link.receive(Buffer.from('boot loader text, which ends in a leader byte: 0'));
    await peer.pass(1000);
    expect(peer.clock.pending).toBe(0);
    const { length } = peer.raw;
    await peer.pass(3_600_000);
    expect(peer.raw).toHaveLength(length);
  });

  it('knows when the target was last heard', async () => {
    const peer = new Peer();
    expect(peer.link.heardAt).toBe(Number.NEGATIVE_INFINITY);
    await peer.pass(1234);
    peer.data(DEBUG_IO, debugIo('hello'));
    await peer.pass(1000);
    expect(peer.link.heardAt).toBe(1234);
  });
});
