import { describe, expect, it } from 'vitest';
import { INITIAL_ID, PACKET } from '../../../src/kd/wire/packet.js';
import { Bench, type Data, memory, request, slice } from './host-end.js';

describe('attach', () => {
  it('says nothing before somebody breaks in', () => {
    const bench = new Bench();
    bench.clock.advance(2500);
    expect(bench.raw).toEqual([]);
  });

  it.each(['x86', 'x64'] as const)('one break-in byte brings one state change of 261 bytes (%s)', (architecture) => {
    const bench = new Bench({ architecture });
    bench.types('b');
    bench.clock.advance(30);
    expect(bench.raw.map(({ length }) => length)).toEqual([261]);
    const { id, payload } = bench.stops[0] as Data;
    const wide = architecture === 'x64';
    expect(id).toBe(0x80800800);
    expect(payload.length).toBe(244);
    expect(payload.readUInt32LE(0)).toBe(0x3030);
    expect(payload.readUInt16LE(4)).toBe(wide ? 15 : 6);
    expect(payload.readUInt32LE(8)).toBe(1);
    const pc = payload.readBigUInt64LE(24);
    expect(pc).toBe(wide ? bench.machine.breakAt : BigInt.asUintN(64, BigInt.asIntN(32, bench.machine.breakAt)));
    expect(payload.readUInt32LE(32)).toBe(0x80000003);
    expect(payload.readBigUInt64LE(48)).toBe(wide ? pc + 1n : pc);
    expect(payload.readUInt32LE(56)).toBe(3);
    expect(payload.readUInt32LE(184)).toBe(1);
    expect(payload.readUInt32LE(192)).toBe(0xffff0ff0);
    expect(payload.readUInt32LE(wide ? 200 : 196)).toBe(0x400);
    expect(payload.readUInt32LE(wide ? 208 : 228)).toBe(wide ? 2 : 0x202);
    expect(payload.readUInt16LE(wide ? 212 : 200)).toBe(16);
    expect(payload.readUInt16LE(wide ? 214 : 202)).toBe(3);
    expect(payload.toString('hex', wide ? 216 : 204, wide ? 220 : 208)).toBe(wide ? 'ccc34c89' : 'ccc20400');
    const selectors = [0, 2, 4, 6].map((offset) => payload.readUInt16LE((wide ? 232 : 220) + offset));
    expect(selectors).toEqual(wide ? [0x10, 0x2b, 0x2b, 0x53] : [8, 0x23, 0x23, 0x30]);
    expect(payload.toString('hex', 240)).toBe('01000000');
  });

  it('five break-in bytes in one write are one break', () => {
    const bench = new Bench();
    bench.types('bbbbb');
    bench.clock.advance(200);
    expect(bench.stops.length).toBe(1);
    bench.go();
    bench.clock.advance(1000);
    expect(bench.stops.length).toBe(1);
    expect(bench.stub.books.breaks).toBe(1);
    expect(bench.stub.books.breaks_swallowed).toBe(4);
  });

  it('a break-in byte to a stopped target brings the state change again, and one more break after the next Continue', () => {
    const bench = new Bench();
    const first = bench.breakIn();
    bench.types('b');
    const from = bench.clock.now();
    bench.clock.runUntil(() => bench.stops.length > 0, 500);
    expect(bench.clock.now() - from).toBeGreaterThan(30);
    expect(bench.stops[0]?.id).not.toBe(first.id & ~0x800);
    expect(bench.stops[0]?.payload).toEqual(first.payload);
    bench.go();
    bench.clock.advance(500);
    expect(bench.stops.length).toBe(2);
    bench.go();
    bench.clock.advance(500);
    expect(bench.stops.length).toBe(2);
  });

  it('a print of the stub takes the break that is due', () => {
    const bench = new Bench();
    bench.breakIn();
    bench.types('b');
    bench.clock.advance(100);
    bench.ask(0x3199);
    bench.go();
    bench.clock.advance(500);
    expect(bench.stops.length).toBe(1);
  });

  it('a break-in byte while a stop is being reported is swallowed', () => {
    const bench = new Bench();
    bench.acknowledges = false;
    bench.types('b');
    bench.clock.runUntil(() => bench.stops.length > 0, 100);
    bench.types('b');
    bench.clock.advance(60);
    bench.acknowledges = true;
    bench.clock.advance(60);
    bench.go();
    const stops = bench.stops.length;
    bench.clock.advance(500);
    expect(bench.stops.length).toBe(stops);
    expect(bench.stub.books.breaks_swallowed).toBe(1);
  });

  it('answers GetVersion as measured, also for processor FFFF', () => {
    const bench = new Bench();
    bench.breakIn();
    const { status, header } = bench.ask(0x3146, (at) => at.writeUInt16LE(0xffff, 6));
    expect(status).toBe(0);
    expect(header.toString('hex', 16, 32)).toBe('0c00ce0e060002004c010c0331000000');
    expect(header.readBigUInt64LE(32)).toBe(0xffffffff80400000n);
    expect(bench.raw.map(({ length }) => length)).toEqual([16, 73]);
  });

  it('says its machine on x64, and that it has several processors', () => {
    const bench = new Bench({ architecture: 'x64', processors: 2 });
    bench.breakIn();
    const { header } = bench.ask(0x3146);
    expect(header[21]).toBe(2);
    expect(header.readUInt16LE(22)).toBe(7);
    expect(header.readUInt16LE(24)).toBe(0x8664);
    expect(header.readBigUInt64LE(32)).toBe(0xfffff80000400000n);
  });

  it('announces ARM64 when it is to be one', () => {
    const bench = new Bench({ architecture: 'x64', stub: { architecture: 'arm64' } });
    bench.breakIn();
    expect(bench.ask(0x3146).header.readUInt16LE(24)).toBe(0xaa64);
    expect(bench.ask(0x3132).status).toBe(0xc0000001);
    bench.forget();
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.clock.advance(500);
    expect(bench.stops).toEqual([]);
    expect(bench.stub.books.target.state).toBe('running');
  });

  it.each([0, 1])('takes up the ids of an earlier session (%i)', (parity) => {
    const ids = { target: INITIAL_ID + parity, host: INITIAL_ID + 1 };
    const bench = new Bench({ stub: { ids } });
    expect(bench.breakIn().id).toBe(INITIAL_ID + parity);
    bench.id = INITIAL_ID;
    bench.send(0x3146);
    bench.clock.advance(500);
    expect(bench.control.map(({ id }) => id)).toEqual([INITIAL_ID]);
    expect(bench.replies).toEqual([]);
    expect(bench.ask(0x3146).status).toBe(0);
  });

  it('stops in user mode when the break-in comes with a user program', () => {
    const bench = new Bench({ stub: { userBreaks: 1 } });
    const { payload } = bench.breakIn();
    expect(payload.readBigUInt64LE(24)).toBe(0x7c96449cn);
    expect(payload.readUInt16LE(202)).toBe(1);
    expect([220, 222, 224, 226].map((at) => payload.readUInt16LE(at))).toEqual([0x1b, 0x23, 0x23, 0x3b]);
    expect(payload[204]).toBe(0xcc);
    expect(bench.ask(0x315f, slice(0xb8, 4)).data.readUInt32LE()).toBe(0x7c96449c);
    expect(bench.ask(0x3130, memory(0x7c96449cn, 4)).data.toString('hex')).toBe('ccc20400');
    bench.setSlice(0xb8, 4, 0x7c96449dn);
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.clock.advance(500);
    expect(bench.stops).toEqual([]);
    expect(bench.stub.books.target.state).toBe('running');
  });

  it('re-traps at once when the break is left without moving on', () => {
    const bench = new Bench();
    const first = bench.breakIn();
    bench.send(0x313c, (header) => {
      header.writeUInt32LE(0x10002, 16);
      header.writeUInt32LE(0x400, 24);
      header.writeUInt32LE(1, 28);
    });
    bench.clock.runUntil(() => bench.stops.length > 0, 100);
    expect(bench.stops[0]?.payload).toEqual(first.payload);
    expect(bench.stops[0]?.id).toBe(INITIAL_ID + 1);
  });

  it('a reply and its request need no more than their packets', () => {
    const bench = new Bench();
    bench.breakIn();
    bench.send(0x3130, memory(bench.machine.kernel.base, 16));
    bench.clock.advance(5);
    expect(bench.received.map(({ kind }) => kind)).toEqual(['control', 'data']);
    expect(request(0x3130).length + 17 + 16).toBe(89);
    expect(bench.control[0]?.type).toBe(PACKET.acknowledge);
  });
});
