import { describe, expect, it } from 'vitest';
import { PACKET } from '../../../src/kd/wire/packet.js';
import { windows } from '../../../src/simulator/stub/kd-variant.js';
import { Bench, type BenchOptions, memory, slice } from './host-end.js';

/** A target that stands at its break, with ids in step. */
function stopped(options: BenchOptions = {}): Bench {
  const bench = new Bench(options);
  bench.breakIn();
  return bench;
}

function continue2(bench: Bench, trace: number, dr7 = 0x400): void {
  const wide = bench.machine.architecture === 'x64';
  bench.send(0x313c, (header) => {
    header.writeUInt32LE(0x10002, 16);
    header.writeUInt32LE(trace, 20);
    header.writeUInt32LE(dr7, 24);
    header.writeUInt32LE(1, wide ? 32 : 28);
  });
}

function hit(bench: Bench): Buffer {
  bench.forget();
  bench.stub.happen({ event: 'wake', thread: 'worker', times: 1 });
  bench.clock.runUntil(() => bench.stops.length > 0, 1000);
  const { payload } = bench.stops[0] ?? {};
  if (!payload) throw new Error('no hit');
  bench.clock.advance(1);
  bench.forget();
  return payload;
}

/** Lets the thread finish, and tells whether every work that it began is done. */
function finishes(bench: Bench): boolean {
  bench.clock.advance(100);
  return bench.machine.completed.get('worker') === bench.machine.tagAllocations && bench.stops.length === 0;
}

describe.each(['x86', 'x64'] as const)('breakpoints of the table (%s)', (architecture) => {
  const wide = architecture === 'x64';
  const dr6At = 192;

  it('holds 32, gives the first free handle, and no second one for the same address', () => {
    const bench = stopped({ architecture });
    const { base } = bench.machine.kernel;
    const at = (index: number): bigint => base + 0x2000n + BigInt(index);
    expect(bench.breakpoint(at(0))).toBe(1);
    expect(bench.breakpoint(at(0))).toBe(0);
    for (let index = 1; index < 32; index++) expect(bench.breakpoint(at(index))).toBe(index + 1);
    expect(bench.breakpoint(at(32))).toBe(0);
    expect(bench.restore(5)).toBe(0);
    expect(bench.breakpoint(at(33))).toBe(5);
    for (const handle of [0, 33]) expect(bench.restore(handle)).toBe(0xc0000001);
    expect(bench.restore(1)).toBe(0);
    expect(bench.restore(1)).toBe(0xc0000001);
  });

  it('shows its int3 to readers, and restores the byte', () => {
    const bench = stopped({ architecture });
    bench.breakpoint(bench.machine.routine);
    expect(bench.read(bench.machine.routine, 2).data.toString('hex')).toBe('cc91');
    bench.restore(1);
    expect(bench.read(bench.machine.routine, 2).data.toString('hex')).toBe('9091');
  });

  it('is taken out by the report of its hit, and a plain Continue goes on', () => {
    const bench = stopped({ architecture });
    bench.breakpoint(bench.machine.routine);
    bench.go();
    const report = hit(bench);
    expect(BigInt.asUintN(wide ? 64 : 32, report.readBigUInt64LE(24))).toBe(bench.machine.routine);
    expect(report.readUInt32LE(32)).toBe(0x80000003);
    expect(report.toString('hex', wide ? 216 : 204, wide ? 220 : 208)).toBe('90919293');
    expect(report.readUInt32LE(wide ? 208 : 228)).toBe(0x202);
    for (const handle of [1, 2, 3]) expect(bench.restore(handle)).toBe(0xc0000001);
    bench.forget();
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    expect(finishes(bench)).toBe(true);
    expect(bench.stub.books.hits).toBe(1);
    expect(bench.stub.books.hits_lost).toBe(0);
  });

  it('steps off a hit, is put back, and loses nothing over many', () => {
    const bench = stopped({ architecture });
    bench.breakpoint(bench.machine.routine);
    bench.go();
    for (let count = 0; count < 20; count++) {
      hit(bench);
      continue2(bench, 1);
      bench.clock.runUntil(() => bench.stops.length > 0, 100);
      const step = bench.stops[0]?.payload as Buffer;
      expect(step.readUInt32LE(32)).toBe(0x80000004);
      expect(step.readUInt32LE(56)).toBe(0);
      expect(step.readUInt32LE(dr6At)).toBe(0xffff4ff0);
      expect(BigInt.asUintN(wide ? 64 : 32, step.readBigUInt64LE(24))).toBe(bench.machine.routine + 1n);
      bench.clock.advance(1);
      bench.forget();
      expect(bench.breakpoint(bench.machine.routine)).toBe(1);
      continue2(bench, 0);
      expect(finishes(bench)).toBe(true);
    }
    const { books } = bench.stub;
    expect([books.hits, books.hits_lost, books.stops.step]).toEqual([20, 0, 20]);
    expect(books.hits_by_thread).toEqual({ '8060b940': 20 });
  });

  it('is lost where a step leaves it out', () => {
    const bench = stopped({ architecture });
    bench.breakpoint(bench.machine.routine);
    bench.go();
    hit(bench);
    // The debugger forgets to put it back before the target runs, and does so at its next break.
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.clock.advance(50);
    bench.stub.happen({ event: 'wake', thread: 'worker', times: 1 });
    bench.clock.advance(100);
    expect(bench.stops).toEqual([]);
    expect(bench.stub.books.allocations).toBe(2);
    expect(bench.stub.books.hits).toBe(1);
  });

  it('waits for a page that is not there, and says so before its reply', () => {
    const bench = stopped({ architecture });
    const later = bench.machine.kernel.base + 0x10_0000n;
    expect(bench.breakpoint(later)).toBe(1);
    expect(bench.data.map(({ type }) => type)).toEqual([PACKET.debugIo, PACKET.stateManipulate]);
    expect(bench.texts[0]).toMatch(/^Failed to set breakpoint .* deferred breakpoint/);
    bench.machine.memory.poke(later, Buffer.from([0x90, 0x91]));
    bench.go();
    bench.breakIn();
    expect(bench.read(later, 2).data.toString('hex')).toBe('cc91');
  });
});

describe('raw int3s', () => {
  it('stays in the report and in the code, and traps again until the program counter moves', () => {
    const bench = stopped();
    bench.write(bench.machine.routine + 1n, Uint8Array.of(0xcc));
    bench.go();
    expect(bench.stub.books.target.breakpoints).toBe(1);
    const report = hit(bench);
    expect(report[204]).toBe(0xcc);
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.clock.runUntil(() => bench.stops.length > 0, 100);
    expect(bench.stops[0]?.payload).toEqual(report);
    bench.clock.advance(1);
    bench.forget();
    bench.ask(0x315f, slice(0xb8, 0));
    bench.setSlice(0xb8, 4, bench.machine.routine + 2n);
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    expect(finishes(bench)).toBe(true);
    expect(bench.stub.books.hits).toBe(2);
  });
});

describe('hardware breakpoints', () => {
  function arm(bench: Bench): void {
    const wide = bench.machine.architecture === 'x64';
    if (wide) {
      const special = bench.ask(0x3137, memory(2n, 0x50)).data;
      special.writeBigUInt64LE(bench.machine.routine, 0x20);
      const { header } = bench.ask(0x3138, memory(2n, 0x50), special);
      expect(header.readUInt32LE(28)).toBe(0xd8);
    } else {
      const address = Buffer.alloc(4);
      address.writeUInt32LE(Number(bench.machine.routine));
      expect(bench.ask(0x3138, memory(0x2dcn, 4), address).status).toBe(0);
      expect(bench.ask(0x3137, memory(0x2dcn, 4)).data).toEqual(address);
    }
    bench.ask(0x315f, slice(wide ? 0xf8 : 0xb8, 0));
    bench.setSlice(wide ? 0xf8 : 0xb8, wide ? 8 : 4, bench.machine.breakAt + 1n);
    // DR7 comes with the Continue alone.
    continue2(bench, 0, 0x401);
    bench.clock.advance(1);
  }

  it.each(['x86', 'x64'] as const)('reports the register that hit, and traps again without RF (%s)', (architecture) => {
    const bench = stopped({ architecture });
    arm(bench);
    const report = hit(bench);
    expect(report.readUInt32LE(32)).toBe(0x80000004);
    expect(report.readUInt32LE(56)).toBe(0);
    expect(report.readUInt32LE(192)).toBe(0xffff0ff1);
    expect(report.readUInt32LE(architecture === 'x64' ? 200 : 196)).toBe(0x401);
    continue2(bench, 0, 0x401);
    bench.clock.runUntil(() => bench.stops.length > 0, 100);
    expect(bench.stops[0]?.payload).toEqual(report);
  });

  it('keeps RF on x64, and drops it on x86, where the kernel leaves by popfd', () => {
    for (const architecture of ['x86', 'x64'] as const) {
      const bench = stopped({ architecture });
      arm(bench);
      hit(bench);
      const wide = architecture === 'x64';
      bench.ask(0x315f, slice(0, 0));
      bench.setSlice(wide ? 0x44 : 0xc0, 4, 0x10202n);
      expect(bench.ask(0x315f, slice(wide ? 0x44 : 0xc0, 4)).data.readUInt32LE()).toBe(0x10202);
      bench.forget();
      continue2(bench, 0, 0x401);
      expect(finishes(bench)).toBe(wide);
    }
  });

  it('goes on past it by a step without DR7, and is armed again by the next Continue', () => {
    const bench = stopped();
    arm(bench);
    for (let count = 0; count < 5; count++) {
      hit(bench);
      continue2(bench, 1, 0x400);
      bench.clock.runUntil(() => bench.stops.length > 0, 100);
      expect(bench.stops[0]?.payload.readUInt32LE(192)).toBe(0xffff4ff0);
      bench.clock.advance(1);
      bench.forget();
      continue2(bench, 0, 0x401);
      expect(finishes(bench)).toBe(true);
    }
  });

  it('is disarmed by a Continue2 with DR7 0: the report then shows 400, and DR0 stays', () => {
    const bench = stopped();
    arm(bench);
    hit(bench);
    continue2(bench, 0, 0);
    expect(finishes(bench)).toBe(true);
    const report = bench.breakIn();
    expect(report.payload.readUInt32LE(196)).toBe(0x400);
    expect(bench.ask(0x3137, memory(0x2dcn, 4)).data.readUInt32LE()).toBe(Number(bench.machine.routine));
  });

  it('sets DR7 in every processor', () => {
    const bench = stopped({ processors: 3 });
    continue2(bench, 0, 0x404);
    bench.clock.advance(30);
    expect(bench.machine.processors.map(({ debug }) => debug.dr7)).toEqual([0x404n, 0x404n, 0x404n]);
  });
});

describe('the stack of a stopped processor', () => {
  it('is a bug check when Esp was lowered on x86', () => {
    const bench = stopped();
    bench.write(bench.machine.routine, Uint8Array.of(0xcc));
    bench.go();
    hit(bench);
    const sp = bench.ask(0x315f, slice(0xc4, 4)).data.readUInt32LE();
    bench.setSlice(0xc4, 4, BigInt(sp - 4));
    bench.forget();
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.clock.advance(200);
    expect(bench.texts[0]).toContain('*** Fatal System Error: 0x00000030');
    expect(bench.texts.join('')).toContain((sp - 4).toString(16).toUpperCase());
    expect(bench.stops.length).toBe(1);
    expect(bench.ask(0x315f, slice(0xb0, 4)).data.readUInt32LE()).toBe(3);
    for (const status of [4, 4, 4]) {
      bench.forget();
      bench.go();
      bench.clock.advance(50);
      expect(bench.stops.length).toBe(1);
      expect(bench.ask(0x315f, slice(0xb0, 4)).data.readUInt32LE()).toBe(status);
    }
    expect(bench.stub.books.bug_checks.length).toBe(1);
    expect(bench.stub.books.target.stop).toBe('bug-check');
  });

  it.each([
    [8n, true],
    [0n, false],
  ])('keeps a word below Rsp only in the gap above the frame on x64 (Rsp mod 16 = %i)', (rest, kept) => {
    const bench = stopped({ architecture: 'x64' });
    bench.write(bench.machine.routine, Uint8Array.of(0xcc));
    bench.go();
    bench.machine.wake();
    bench.machine.processors[0]?.set('rsp', bench.machine.stack - 0x100n + rest);
    bench.clock.runUntil(() => bench.stops.length > 0, 100);
    bench.clock.advance(1);
    const below = bench.machine.stack - 0x100n + rest - 8n;
    const pushed = Buffer.from('1122334455667788', 'hex');
    bench.write(below, pushed);
    bench.ask(0x315f, slice(0, 0));
    bench.setSlice(0x98, 8, below);
    bench.setSlice(0xf8, 8, bench.machine.routine + 2n);
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.clock.advance(50);
    const found = bench.machine.memory.read(below, 8).toString('hex');
    expect(found).toBe(kept ? pushed.toString('hex') : '1800000000000000');
  });

  it('is left alone by a kernel without that rule', () => {
    const bench = stopped({ personality: { ...windows, refusesLowerEsp: false } });
    bench.ask(0x315f, slice(0, 0));
    const sp = bench.ask(0x315f, slice(0xc4, 4)).data.readUInt32LE();
    bench.forget();
    // Staged: the total of the request commits it.
    const value = Buffer.alloc(4);
    value.writeUInt32LE(sp - 4);
    const total = (header: Buffer): void => {
      slice(0xc4, 4)(header);
      header.writeUInt32LE(0xc8, 24);
    };
    expect(bench.ask(0x3160, total, value).status).toBe(0);
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.clock.advance(100);
    expect(bench.texts).toEqual([]);
  });
});

describe('what a vanished debugger left', () => {
  it('a table breakpoint: the target stands at it for ever, and a plain Continue frees it', () => {
    const bench = new Bench({ stub: { orphans: { table: ['nt!MmAllocateSpecialPool'] } } });
    expect(hit(bench).toString('hex', 204, 208)).toBe('90919293');
    for (const handle of [1, 2, 3]) expect(bench.restore(handle)).toBe(0xc0000001);
    bench.forget();
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    expect(finishes(bench)).toBe(true);
  });

  it('an int3: the report shows it, and writing the byte back frees the target', () => {
    const bench = new Bench({ stub: { orphans: { raw: ['nt!MmAllocateSpecialPool'] } } });
    expect(hit(bench)[204]).toBe(0xcc);
    bench.write(bench.machine.routine, Uint8Array.of(0x90));
    bench.forget();
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    expect(finishes(bench)).toBe(true);
    expect(bench.stub.books.target.breakpoints).toBe(0);
  });

  it('a debug register: Continue2 with DR7 400 frees the target', () => {
    const bench = new Bench({ stub: { orphans: { hardware: ['nt!MmAllocateSpecialPool'] } } });
    expect(hit(bench).readUInt32LE(196)).toBe(0x401);
    continue2(bench, 0, 0x400);
    expect(finishes(bench)).toBe(true);
  });

  it('a stop that it had taken: silence until a request comes', () => {
    const bench = new Bench({ stub: { state: 'halted', ids: { target: 0x80800001, host: 0x80800001 } } });
    bench.clock.advance(600_000);
    expect(bench.raw).toEqual([]);
    bench.id = 0x80800001;
    expect(bench.ask(0x3146).status).toBe(0);
    expect(bench.replies[0]?.id).toBe(0x80800001);
    bench.forget();
    bench.go();
    bench.clock.advance(100);
    expect(bench.stub.books.target.state).toBe('running');
  });

  it('a stop that it had not taken comes by itself', () => {
    const bench = new Bench({ stub: { orphans: { table: ['nt!MmAllocateSpecialPool'] } } });
    bench.acknowledges = false;
    bench.stub.happen({ event: 'wake', thread: 'worker', times: 1 });
    bench.clock.advance(10_000);
    bench.forget();
    bench.clock.advance(46);
    expect(bench.stops.length).toBe(1);
    expect(bench.stops[0]?.id).toBe(0x80800800);
  });
});
