import { beforeEach, describe, expect, it } from 'vitest';
import { PACKET } from '../../../src/kd/wire/packet.js';
import { windows } from '../../../src/simulator/stub/kd-variant.js';
import { Bench, memory, slice } from './host-end.js';

describe('the windows personality', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ architecture: 'x64', personality: windows, processors: 2 });
    bench.breakIn();
  });

  it('reports exceptions without trace bytes, at the address of their int3', () => {
    const fresh = new Bench({ architecture: 'x64', personality: windows });
    const { payload } = fresh.breakIn();
    expect(payload.length).toBe(240);
    expect(payload.readBigUInt64LE(48)).toBe(payload.readBigUInt64LE(24));
  });

  it('sends again every second, also a reply, and for ever', () => {
    bench.acknowledges = false;
    bench.send(0x3146);
    bench.clock.advance(60_500);
    expect(bench.replies.length).toBe(61);
  });

  it('remembers a break-in byte that comes before the acknowledgement of a stop', () => {
    const fresh = new Bench({ personality: windows });
    fresh.acknowledges = false;
    fresh.types('b');
    fresh.clock.runUntil(() => fresh.stops.length > 0, 100);
    fresh.types('b');
    fresh.acknowledges = true;
    fresh.clock.advance(1100);
    const stops = fresh.stops.length;
    fresh.go();
    fresh.clock.advance(500);
    expect(fresh.stops.length).toBe(stops + 1);
    fresh.go();
    fresh.clock.advance(500);
    expect(fresh.stops.length).toBe(stops + 1);
  });

  it('waits ten seconds inside a packet', () => {
    bench.types(Buffer.from('3030303002003800', 'hex'));
    bench.clock.advance(9000);
    bench.types(Buffer.from('0000808000000000', 'hex'));
    bench.clock.advance(9000);
    expect(bench.received).toEqual([]);
    bench.clock.advance(1500);
    expect(bench.control).toEqual([{ kind: 'control', type: PACKET.resend, id: 0 }]);
  });

  it('switches to a processor that then reports by itself', () => {
    bench.send(0x3150, (header) => header.writeUInt16LE(1, 6));
    bench.clock.advance(5);
    expect(bench.received.map(({ kind }) => kind)).toEqual(['control', 'data']);
    const { payload } = bench.stops[0] ?? { payload: Buffer.alloc(240) };
    expect([payload.readUInt16LE(6), payload.readUInt32LE(32)]).toEqual([1, 0x80000007]);
    bench.forget();
    bench.send(0x3150, (header) => header.writeUInt16LE(7, 6));
    bench.clock.advance(5);
    expect(bench.received.map(({ kind }) => kind)).toEqual(['control']);
  });

  it('collects the pieces of a context until they reach the total', () => {
    bench.ask(0x315f, slice(0x90, 0));
    const put = (offset: number, value: bigint, total: number): number => {
      const data = Buffer.alloc(8);
      data.writeBigUInt64LE(value);
      const fill = (header: Buffer): void => {
        slice(offset, 8)(header);
        header.writeUInt32LE(total, 24);
      };
      return bench.ask(0x3160, fill, data).status;
    };
    expect(put(0x90, 0x1111n, 0xa8)).toBe(0);
    expect(bench.machine.processors[0]?.get('rbx')).toBe(0n);
    expect(put(0xa0, 0x2222n, 0xa8)).toBe(0);
    expect(bench.machine.processors[0]?.get('rbx')).toBe(0x1111n);
    expect(bench.machine.processors[0]?.get('rbp')).toBe(0x2222n);
  });

  it('gives more than the context on x64', () => {
    const { data } = bench.ask(0x3132);
    expect(data.length).toBeGreaterThan(0x4d0);
    expect(data.readUInt32LE(0x30)).toBe(0x10001f);
  });

  it('may lack slices of contexts', () => {
    const older = new Bench({ personality: { ...windows, contextSlices: false } });
    older.breakIn();
    expect(older.ask(0x315f, slice(0xb8, 4)).status).toBe(0xc0000001);
    expect(older.texts).toEqual([]);
    const { data } = older.ask(0x3132);
    expect(older.ask(0x3133, undefined, data).status).toBe(0);
  });

  it('searches and fills memory', () => {
    const { base } = bench.machine.kernel;
    const search = (pattern: string, length: number) =>
      bench.ask(
        0x3156,
        (header) => {
          header.writeBigUInt64LE(base, 16);
          header.writeBigUInt64LE(BigInt(length), 24);
          header.writeUInt32LE(pattern.length / 2, 32);
        },
        Buffer.from(pattern, 'hex'),
      );
    const found = search('9293', 0x8000);
    expect([found.status, found.header.readBigUInt64LE(16)]).toEqual([0, bench.machine.routine + 2n]);
    expect(search('9293ff', 0x8000).status).toBe(0x8000001a);
    expect(search('9293ff', 0x10_0000).status).toBe(0xc0000001);
    const filled = bench.ask(
      0x315b,
      (header) => {
        header.writeBigUInt64LE(base + 0x2000n, 16);
        header.writeUInt32LE(5, 24);
        header.writeUInt16LE(1, 28);
        header.writeUInt16LE(2, 30);
      },
      Buffer.from('abcd', 'hex'),
    );
    expect([filled.status, filled.header.readUInt32LE(24)]).toEqual([0, 5]);
    expect(bench.read(base + 0x2000n, 6).data.toString('hex')).toBe('abcdabcdab00');
  });

  it('sets and clears many breakpoints at once', () => {
    const list = Buffer.alloc(32);
    list.writeBigUInt64LE(bench.machine.routine, 0);
    list.writeBigUInt64LE(bench.machine.routine + 1n, 16);
    const fill = (header: Buffer): void => {
      header.writeUInt32LE(2, 16);
      header.writeUInt32LE(0xc0000001, 20);
    };
    const { status, data } = bench.ask(0x3147, fill, list);
    expect([status, data.readUInt32LE(8), data.readUInt32LE(24)]).toEqual([0, 1, 2]);
    const handles = Buffer.from([1, 0, 0, 0, 2, 0, 0, 0]);
    expect(bench.ask(0x3148, fill, handles).status).toBe(0);
    expect(bench.ask(0x3148, fill, handles).status).toBe(0xc0000001);
  });

  it('refuses what it does not know without a word, and survives exotic requests', () => {
    expect(bench.ask(0x3199).status).toBe(0xc0000001);
    expect(bench.ask(0x3159).status).toBe(0xc0000001);
    expect(bench.ask(0x3137, memory(4n, 8)).status).toBe(0xc0000001);
    expect(bench.texts).toEqual([]);
    for (const api of [0x3140, 0x3141, 0x3142, 0x315a]) bench.send(api);
    bench.clock.advance(100);
    expect(bench.ask(0x313f).status).toBe(0);
    expect(bench.ask(0x3143).header.readUInt32LE(24)).toBe(2);
  });

  it('reports what was really written of the special registers', () => {
    const special = bench.ask(0x3137, memory(2n, 0x50)).data;
    expect(bench.ask(0x3138, memory(2n, 0x50), special).header.readUInt32LE(28)).toBe(0x50);
  });

  it('deferred breakpoints are taken without a word', () => {
    expect(bench.breakpoint(0xfffff800_70000000n)).toBe(1);
    expect(bench.texts).toEqual([]);
  });

  it('sends a reply again on RESET, with the first id', () => {
    bench.acknowledges = false;
    bench.send(0x3146);
    bench.clock.advance(1);
    bench.forget();
    bench.acknowledges = true;
    bench.controls(PACKET.reset);
    bench.clock.advance(1);
    expect(bench.data.map(({ type, id }) => [type, id])).toEqual([[PACKET.stateManipulate, 0x80800000]]);
  });
});
