import { beforeEach, describe, expect, it } from 'vitest';
import { encodeAcknowledge, encodeControl, encodeData, INITIAL_ID, PACKET } from '../../../src/kd/wire/packet.js';
import { Bench, memory, request } from './host-end.js';

const version = request(0x3146);

/** A request, damaged by whoever gets hold of its bytes. */
function damaged(change: (packet: Buffer) => void): Buffer {
  const packet = encodeData(PACKET.stateManipulate, INITIAL_ID, version);
  change(packet);
  return packet;
}

describe('a stopped target', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.breakIn();
  });

  const resend = { kind: 'control', type: PACKET.resend, id: 0 };

  function expectUnharmed(): void {
    bench.forget();
    bench.id = INITIAL_ID;
    expect(bench.ask(0x3146).status).toBe(0);
    expect(bench.control).toEqual([{ kind: 'control', type: PACKET.acknowledge, id: INITIAL_ID }]);
  }

  it.each<[string, Buffer]>([
    ['a bad checksum', damaged((packet) => packet.writeUInt32LE(1, 12))],
    ['a damaged payload', damaged((packet) => packet.writeUInt8(0xff, 40))],
    ['a bad trailer', damaged((packet) => packet.writeUInt8(0xab, packet.length - 1))],
    ['ByteCount 20', damaged((packet) => packet.writeUInt16LE(20, 6))],
    ['ByteCount 5000', damaged((packet) => packet.writeUInt16LE(5000, 6))],
    ['ByteCount 60 for 56', damaged((packet) => packet.writeUInt16LE(60, 6))],
    ['a payload cut short', damaged(() => undefined).subarray(0, 40)],
    ['junk that ends in a leader byte', Buffer.concat([Buffer.from('xyz0'), damaged(() => undefined)])],
  ])('asks for the packet again after %s, and takes it', (_, bytes) => {
    const from = bench.clock.now();
    bench.types(bytes);
    bench.clock.runUntil(() => bench.received.length > 0, 300);
    expect(bench.clock.now() - from).toBeLessThan(61);
    expect(bench.received).toEqual([resend]);
    // What is left of the packet is noise by now.
    bench.clock.advance(200);
    expect(bench.replies).toEqual([]);
    expectUnharmed();
  });

  it.each<[string, Buffer]>([
    ['a damaged leader', damaged((packet) => packet.writeUInt8(0x31, 2))],
    ['a header of ten bytes', damaged(() => undefined).subarray(0, 10)],
    ['an unknown control type', encodeControl(13 as never, 0)],
    ['an acknowledgement of nothing', encodeAcknowledge(INITIAL_ID)],
  ])('says nothing to %s', (_, bytes) => {
    bench.types(bytes);
    bench.clock.advance(1000);
    expect(bench.received).toEqual([]);
    expectUnharmed();
  });

  it.each([INITIAL_ID + 1, 0x12345678, INITIAL_ID + 0x800])(
    'acknowledges id %i with that very id, and does nothing',
    (id) => {
      bench.types(encodeData(PACKET.stateManipulate, id, version));
      bench.clock.advance(1000);
      expect(bench.received).toEqual([{ kind: 'control', type: PACKET.acknowledge, id }]);
      expectUnharmed();
    },
  );

  it('acknowledges a request that it has answered, and answers it once', () => {
    bench.ask(0x3146);
    bench.forget();
    bench.types(encodeData(PACKET.stateManipulate, INITIAL_ID, version));
    bench.clock.advance(1000);
    expect(bench.received).toEqual([{ kind: 'control', type: PACKET.acknowledge, id: INITIAL_ID }]);
  });

  it('answers the first of two requests in one write, and loses the second', () => {
    bench.acknowledges = false;
    const second = encodeData(PACKET.stateManipulate, INITIAL_ID + 1, request(0x3130, memory(0x80400000n, 4)));
    bench.types(Buffer.concat([encodeData(PACKET.stateManipulate, INITIAL_ID, version), second]));
    bench.clock.advance(1000);
    expect(bench.received.map(({ kind }) => kind)).toEqual(['control', 'data', 'control']);
    expect(bench.control[1]).toEqual(resend);
    bench.acknowledges = true;
    bench.types(second);
    bench.clock.advance(10);
    expect(bench.replies.length).toBe(2);
  });

  it('takes a request for the missing acknowledgement of its reply, and asks for it again', () => {
    bench.acknowledges = false;
    bench.send(0x3146);
    bench.clock.advance(10);
    bench.forget();
    bench.send(0x3146);
    bench.clock.advance(300);
    expect(bench.received).toEqual([resend]);
  });

  it('sends a reply that nobody acknowledges 21 times, then is silent and begins its ids anew', () => {
    bench.acknowledges = false;
    bench.send(0x3146);
    bench.clock.advance(5000);
    const times = bench.log.filter(({ what }) => what.kind === 'data').map(({ at }) => at);
    expect(times.length).toBe(21);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(1000);
    expect(new Set(bench.replies.map(({ id }) => id)).size).toBe(1);
    expect(bench.stub.books.target.state).toBe('halted');
    bench.acknowledges = true;
    bench.id = INITIAL_ID;
    bench.forget();
    expect(bench.ask(0x3146).status).toBe(0);
    expect(bench.replies[0]?.id).toBe(INITIAL_ID + 0x800);
  });

  it('sends the state change again on RESEND, with the next id', () => {
    bench.controls(PACKET.resend);
    bench.clock.advance(30);
    expect(bench.stops.map(({ id }) => id)).toEqual([INITIAL_ID + 1]);
    expect(bench.received.length).toBe(1);
    expectUnharmed();
  });

  it('acknowledges a DEBUG_IO packet with the right id, and does not count it', () => {
    bench.types(encodeData(PACKET.debugIo, INITIAL_ID, version));
    bench.clock.advance(500);
    expect(bench.received).toEqual([{ kind: 'control', type: PACKET.acknowledge, id: INITIAL_ID }]);
    expectUnharmed();
  });

  it('answers RESET, and sends the state change with the first id', () => {
    bench.ask(0x3146);
    bench.forget();
    bench.controls(PACKET.reset);
    bench.clock.advance(10);
    expect(bench.control).toEqual([{ kind: 'control', type: PACKET.reset, id: 0 }]);
    expect(bench.stops.map(({ id }) => id)).toEqual([INITIAL_ID]);
    bench.id = INITIAL_ID;
    expect(bench.ask(0x3146).status).toBe(0);
  });

  it('drops a reply on RESET, and sends the state change', () => {
    bench.acknowledges = false;
    bench.send(0x3146);
    bench.clock.advance(10);
    bench.forget();
    bench.acknowledges = true;
    bench.controls(PACKET.reset);
    bench.clock.advance(10);
    expect(bench.data.map(({ type, id }) => [type, id])).toEqual([[PACKET.stateChange64, INITIAL_ID]]);
  });

  it.each([
    [0x3199, 'Unrecognized'],
    [0x3156, 'Search'],
    [0x315b, 'Fill'],
    [0x3150, 'Switch'],
    [0x3143, 'Internal'],
    [0x3140, 'Special'],
    [0x3148, 'Breakpoint'],
  ])('prints before it refuses what it does not implement (%i)', (api, word) => {
    expect(bench.ask(api).status).toBe(0xc0000001);
    expect(bench.data.map(({ type }) => type)).toEqual([PACKET.debugIo, PACKET.stateManipulate]);
    expect(bench.texts[0]).toContain(word);
    expect(bench.data.map(({ id }) => id & 1)).toEqual([1, 0]);
  });

  it('refuses CheckLowMemory without a word, and answers QueryMemory and ReadMsr', () => {
    expect(bench.ask(0x3159).status).toBe(0xc0000001);
    const { status, header } = bench.ask(0x315c, memory(0x80400000n, 0));
    expect([status, header.readUInt32LE(32), header.readUInt32LE(36)]).toEqual([0, 2, 7]);
    expect(bench.ask(0x3152, (at) => at.writeUInt32LE(0x174, 16)).status).toBe(0);
    expect(bench.texts).toEqual([]);
  });

  it('waits for ever in front of a debugger that went away after its acknowledgement', () => {
    bench.clock.advance(600_000);
    expect(bench.received).toEqual([]);
    expectUnharmed();
  });
});

describe('a target that stops', () => {
  it('sends a state change that nobody acknowledges for ever', () => {
    const bench = new Bench();
    bench.acknowledges = false;
    bench.types('b');
    bench.clock.runUntil(() => bench.stops.length > 0, 100);
    bench.clock.advance(3000);
    expect(bench.stops.length).toBeGreaterThan(60);
    expect(bench.stops.length).toBeLessThan(70);
    bench.clock.advance(60_000);
    expect(bench.stops.length).toBeGreaterThan(1300);
    expect(new Set(bench.stops.map(({ id }) => id)).size).toBe(1);
  });

  it('kills the machine when something exotic is asked of it on x64', () => {
    for (const [api, fill] of [
      [0x3159, () => undefined],
      [0x3137, memory(4n, 8)],
    ] as const) {
      const bench = new Bench({ architecture: 'x64' });
      bench.breakIn();
      bench.send(api, fill);
      bench.clock.advance(5000);
      bench.types('b');
      bench.clock.advance(5000);
      expect(bench.received.map(({ kind }) => kind)).toEqual(['control']);
      expect(bench.stub.books.target.state).toBe('dead');
    }
  });
});

describe('a running target', () => {
  it.each<[string, Buffer]>([
    ['RESET', encodeControl(PACKET.reset, 0)],
    ['a data packet', encodeData(PACKET.stateManipulate, INITIAL_ID, version)],
  ])('loses %s, and stops at a later break-in byte', (_, bytes) => {
    const bench = new Bench();
    bench.types(bytes);
    bench.clock.advance(2000);
    expect(bench.raw).toEqual([]);
    bench.types('b');
    bench.clock.advance(30);
    expect(bench.stops.length).toBe(1);
  });

  it('takes one byte per clock tick', () => {
    const bench = new Bench();
    bench.types(`${'x'.repeat(20)}b`);
    bench.clock.advance(195);
    expect(bench.stops.length).toBe(0);
    bench.clock.advance(30);
    expect(bench.stops.length).toBe(1);
  });

  it('loses what a real port’s buffer does not hold', () => {
    const bench = new Bench({ stub: { fifoBytes: 16 } });
    bench.types(`${'x'.repeat(20)}b`);
    bench.clock.advance(1000);
    expect(bench.stops.length).toBe(0);
    bench.types('b');
    bench.clock.advance(30);
    expect(bench.stops.length).toBe(1);
  });

  it('stands still for its retries at the first print without a debugger, then drops prints until one comes', () => {
    const bench = new Bench({ stub: { ids: { target: INITIAL_ID, host: INITIAL_ID } } });
    bench.acknowledges = false;
    const say = (text: string): void => bench.stub.happen({ event: 'print', text, user: false });
    say('one\n');
    bench.clock.advance(5000);
    const times = bench.log.map(({ at }) => at);
    expect(bench.texts).toEqual(new Array(20).fill('one\n'));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(800);
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(1000);
    bench.forget();
    say('two\n');
    bench.clock.advance(6500);
    expect(bench.raw).toEqual([]);
    bench.acknowledges = true;
    expect(bench.breakIn().id).toBe(INITIAL_ID + 0x800);
    bench.go();
    say('three\n');
    bench.clock.advance(100);
    expect(bench.texts).toContain('three\n');
  });

  it('forgets a break-in byte that comes while it waits for the acknowledgement of a print', () => {
    const bench = new Bench({ stub: { ids: { target: INITIAL_ID, host: INITIAL_ID } } });
    bench.acknowledges = false;
    bench.stub.happen({ event: 'print', text: 'text\n', user: false });
    bench.clock.runUntil(() => bench.data.length > 0, 100);
    bench.types('b');
    bench.clock.advance(3000);
    expect(bench.stops).toEqual([]);
    expect(bench.stub.books.breaks_swallowed).toBe(1);
    bench.acknowledges = true;
    bench.types('b');
    bench.clock.advance(100);
    expect(bench.stops.length).toBe(1);
  });

  it('may print between the break-in byte and its stop, and stops in user mode after a print from there', () => {
    const bench = new Bench({ stub: { ids: { target: INITIAL_ID, host: INITIAL_ID } } });
    bench.acknowledges = false;
    bench.stub.happen({ event: 'print', text: 'text\n', user: true });
    bench.clock.runUntil(() => bench.data.length > 0, 100);
    bench.types(Buffer.concat([encodeAcknowledge(INITIAL_ID), Buffer.from('b')]));
    bench.clock.advance(30);
    expect(bench.data.map(({ type }) => type)).toEqual([PACKET.debugIo, PACKET.stateChange64]);
    expect(bench.stops[0]?.payload.readUInt32LE(24)).toBe(0x7c96449c);
  });
});
