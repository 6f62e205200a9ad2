import { describe, expect, it } from 'vitest';
import { encodeData, PACKET, SYNC_BIT } from '../../../../src/kd/wire/packet.js';
import { windows } from '../../../../src/simulator/stub/kd-variant.js';
import { Bench, type BenchOptions } from '../host-end.js';

/** Answers every load-symbols stop of a boot with a Continue, until something else comes or nothing does. */
function follow(bench: Bench, ms = 5000): Buffer[] {
  const seen: Buffer[] = [];
  let at = 0;
  const end = bench.clock.now() + ms;
  while (bench.clock.runUntil(() => bench.stops.length > at, Math.max(0, end - bench.clock.now()))) {
    const { payload } = bench.stops[at++] as { payload: Buffer };
    if (payload.readUInt32LE(0) !== 0x3031) return [...seen, payload];
    seen.push(payload);
    bench.clock.advance(1);
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
  }
  return seen;
}

function booting(options: BenchOptions = {}): Bench {
  return new Bench({ ...options, stub: { state: 'boot', ...options.stub } });
}

function pathOf(stop: Buffer): string {
  return stop.toString('latin1', 240, 240 + stop.readUInt32LE(32) - 1);
}

describe('a boot', () => {
  it('writes plain text first, then prints with SYNC, then tells of every image', () => {
    const bench = booting();
    const stops = follow(bench);
    const text = bench.received[0];
    expect(text?.kind === 'noise' && text.bytes.length).toBeGreaterThan(200);
    expect(bench.data[0]?.type).toBe(PACKET.debugIo);
    expect(bench.data.map(({ id }) => (id & SYNC_BIT) !== 0).filter(Boolean).length).toBe(1);
    expect(bench.data[0]?.id).toBe(0x80800800);
    expect(stops.map(pathOf)).toEqual(
      ['nt', 'hal', 'kdcom', 'leakydrv'].map((name) => `\\SystemRoot\\system32\\${name}.sys`),
    );
    const [nt] = stops as [Buffer];
    expect(nt.length).toBe(240 + nt.readUInt32LE(32));
    expect(nt.readBigUInt64LE(40)).toBe(0xffffffff80400000n);
    expect([nt.readUInt32LE(56), nt.readUInt32LE(60), nt[64]]).toEqual([0x1234, 0x8000, 0]);
    bench.clock.advance(200);
    expect(bench.stub.books.target.state).toBe('running');
    expect(bench.stub.books.stops['load-symbols']).toBe(4);
  });

  it('tells of nt first on windows', () => {
    const bench = booting({ personality: windows, architecture: 'x64' });
    const [nt] = follow(bench) as [Buffer];
    expect(bench.data[0]?.type).toBe(PACKET.stateChange64);
    expect(nt.readBigUInt64LE(40)).toBe(0xfffff80000400000n);
  });

  it('stops after hal for a break-in byte that waits', () => {
    const resume = Buffer.alloc(56);
    resume.writeUInt32LE(0x3136, 0);
    resume.writeUInt32LE(0x10002, 16);
    for (const [after, expected] of [
      ['', 0x3031],
      ['b', 0x3030],
    ] as const) {
      const bench = booting();
      for (const count of [1, 2]) {
        bench.clock.runUntil(() => bench.stops.length === count, 3000);
        bench.clock.advance(1);
        const packet = encodeData(PACKET.stateManipulate, bench.id, resume);
        bench.types(count === 2 ? Buffer.concat([packet, Buffer.from(after)]) : packet);
        bench.id = (bench.id ^ 1) >>> 0;
      }
      bench.clock.runUntil(() => bench.stops.length > 2, 1000);
      expect(bench.stops[2]?.payload.readUInt32LE(0)).toBe(expected);
    }
  });

  it('goes on alone when nobody answers, and says nothing more', () => {
    const bench = booting();
    bench.acknowledges = false;
    bench.clock.advance(2000);
    expect(bench.texts.length).toBe(20);
    bench.forget();
    bench.clock.advance(10_000);
    expect(bench.data).toEqual([]);
    expect(bench.stub.books.target.state).toBe('running');
    bench.acknowledges = true;
    expect(bench.breakIn().id).toBe(0x80800800);
  });

  it('waits for the answer about a driver file', () => {
    const bench = booting({ stub: { boot: { fileRequest: 'leakydrv.sys' } } });
    follow(bench, 3000);
    const [request] = bench.ofType(PACKET.fileIo);
    expect(request?.payload.readUInt32LE(0)).toBe(0x3430);
    expect(request?.payload.toString('utf16le', 64)).toContain('leakydrv.sys');
    bench.clock.advance(60_000);
    expect(bench.stub.books.target.stop).toBe('file-request');
    const answer = Buffer.from(request?.payload ?? Buffer.alloc(64));
    answer.writeUInt32LE(0xc000000f, 4);
    bench.types(encodeData(PACKET.fileIo, bench.id, answer));
    bench.id = (bench.id ^ 1) >>> 0;
    bench.clock.runUntil(() => bench.stops.length === 4, 1000);
    expect(pathOf(bench.stops[3]?.payload as Buffer)).toContain('leakydrv');
  });

  it('waits without power until it has some', () => {
    const bench = new Bench({ stub: { state: 'off' } });
    bench.types('bbb');
    bench.clock.advance(10_000);
    expect(bench.raw).toEqual([]);
    expect(bench.stub.books.target.state).toBe('off');
    bench.stub.power();
    expect(follow(bench).length).toBe(4);
  });
});

describe('a reboot', () => {
  it('that is announced unloads the symbols of -1 first', () => {
    const bench = new Bench();
    bench.breakIn();
    bench.go();
    bench.forget();
    bench.stub.happen({ event: 'reboot' });
    const stops = follow(bench);
    expect(stops[0]?.readBigUInt64LE(40)).toBe(0xffff_ffff_ffff_ffffn);
    expect(stops[0]?.[64]).toBe(1);
    expect(stops.length).toBe(5);
    expect(bench.stub.books.boots).toBe(2);
  });

  it('that is not comes also while the target stands still, and takes all breakpoints along', () => {
    const bench = new Bench();
    bench.breakIn();
    bench.breakpoint(bench.machine.routine);
    expect(bench.stub.books.target.breakpoints).toBe(1);
    bench.forget();
    bench.stub.power();
    follow(bench);
    expect(bench.data[0]?.id).toBe(0x80800800);
    expect(bench.stub.books.target.breakpoints).toBe(0);
    bench.breakIn();
    expect(bench.restore(1)).toBe(0xc0000001);
  });
});

describe('a prompt', () => {
  it('blocks until it is answered, and ignores, breaks and asks again as RtlAssert does', () => {
    const bench = new Bench({ stub: { ids: { target: 0x80800000, host: 0x80800000 } } });
    const assertion = { event: 'prompt', text: 'x == y', file: 'a.c', line: 7 } as const;
    const answer = (text: string): void => {
      const payload = Buffer.concat([Buffer.alloc(16), Buffer.from(text)]);
      payload.writeUInt32LE(0x3231, 0);
      payload.writeUInt32LE(text.length, 12);
      bench.types(encodeData(PACKET.debugIo, bench.id, payload));
      bench.id = (bench.id ^ 1) >>> 0;
      bench.clock.advance(1);
    };
    bench.stub.happen(assertion);
    bench.clock.advance(60_000);
    expect(bench.stub.books.target.stop).toBe('prompt');
    expect(bench.texts[0]).toContain('Assertion failed: x == y');
    const question = bench.ofType(PACKET.debugIo)[1]?.payload;
    expect(question?.readUInt32LE(0)).toBe(0x3231);
    answer('?');
    expect(bench.texts.length).toBe(3);
    answer('o');
    bench.clock.advance(20);
    expect(bench.stops.length).toBe(1);
    bench.go();
    bench.clock.advance(100);
    expect(bench.stub.books.target.state).toBe('running');
    bench.stub.happen(assertion);
    bench.clock.advance(100);
    answer('i');
    bench.clock.advance(100);
    expect(bench.stub.books.target.state).toBe('running');
    expect(bench.stops.length).toBe(1);
  });
});

describe('a bug check', () => {
  it('says what it is, and stops again and again', () => {
    const bench = new Bench();
    bench.breakIn();
    bench.go();
    bench.forget();
    bench.stub.happen({ event: 'bug-check', code: 0xc4, parameters: [0x62n] });
    bench.clock.advance(100);
    expect(bench.texts.join('')).toContain('*** Fatal System Error: 0x000000c4');
    for (let count = 1; count <= 3; count++) {
      expect(bench.stops.length).toBe(count);
      bench.go();
      bench.clock.advance(100);
    }
    bench.stub.disconnect();
    expect(bench.stub.books.violations).toEqual([]);
  });
});
