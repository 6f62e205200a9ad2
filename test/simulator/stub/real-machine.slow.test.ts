import { describe, expect, it } from 'vitest';
import { encodeData, PACKET } from '../../../src/kd/wire/packet.js';
import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import type { KernelName } from '../../../src/simulator/machine/kernels.js';
import type { Machine, MachineArchitecture } from '../../../src/simulator/machine/machine.js';
import { type KdVariant, measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import type { PartialStubOptions } from '../../../src/simulator/stub/stub-options.js';
import { wakesFor } from '../../../src/simulator/stub/threads/hit-rates.js';
import { Bench, memory, slice } from './host-end.js';

function bench(
  architecture: MachineArchitecture,
  {
    processors = 1,
    personality = measured,
    stub = {},
    hits = 0,
    kernel,
  }: {
    processors?: number;
    kernel?: KernelName;
    personality?: KdVariant;
    stub?: PartialStubOptions;
    hits?: number;
  } = {},
): Bench<Machine> {
  const machine = createMachine({
    architecture,
    processors,
    trapExit: personality.trapExit[architecture],
    ...(kernel !== undefined && { kernel }),
  });
  const wakes = hits > 0 ? wakesFor(machine, hits) : {};
  return new Bench<Machine>({ architecture, personality, stub: { wakes, ...stub } }, machine);
}

function routine(on: Bench<Machine>): bigint {
  const { routine: address } = on.machine.pool;
  if (address === undefined) throw new Error('no routine');
  return address;
}

function continue2(on: Bench<Machine>, trace: number, dr7 = 0x400): void {
  const wide = on.machine.architecture === 'x64';
  on.send(0x313c, (header) => {
    header.writeUInt32LE(0x10002, 16);
    header.writeUInt32LE(trace, 20);
    header.writeUInt32LE(dr7, 24);
    header.writeUInt32LE(1, wide ? 32 : 28);
  });
}

/** The next stop, acknowledged; the pc as the machine has it. */
function nextStop(on: Bench<Machine>): { code: number; pc: bigint; payload: Buffer } {
  if (!on.clock.runUntil(() => on.stops.length > 0, 20_000)) throw new Error('no stop');
  on.clock.advance(1);
  const payload = on.stops[0]?.payload as Buffer;
  on.forget();
  const wide = on.machine.architecture === 'x64';
  return { code: payload.readUInt32LE(32), pc: BigInt.asUintN(wide ? 64 : 32, payload.readBigUInt64LE(24)), payload };
}

/** Breaks in, and goes on; hits that come first are stepped over. */
function release(on: Bench<Machine>, address: bigint): void {
  on.forget();
  on.types('b');
  for (;;) {
    const { pc } = nextStop(on);
    if (pc !== address) break;
    continue2(on, 1);
    nextStop(on);
    on.breakpoint(address);
    on.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
  }
  on.restore(1);
  on.go();
  on.clock.advance(2000);
}

describe.each(['x86', 'x64'] as const)('a target that runs code (%s)', (architecture) => {
  const wide = architecture === 'x64';

  it('stops in the kernel’s own break, has its data block, and goes on', () => {
    const on = bench(architecture, { processors: 2 });
    const { payload } = on.breakIn();
    const at = wide ? 216 : 204;
    expect(payload.toString('hex', at, at + 2)).toBe(wide ? 'ccc3' : 'ccc2');
    expect(payload.readUInt32LE(8)).toBe(2);
    const { header } = on.ask(0x3146);
    const list = on.read(header.readBigUInt64LE(48), 8).data;
    const block = on.read(wide ? list.readBigUInt64LE() : BigInt(list.readUInt32LE()), 0x318).data;
    expect(block.toString('latin1', 0x10, 0x14)).toBe('KDBG');
    expect(on.read(header.readBigUInt64LE(32), 2).data.toString('latin1')).toBe('MZ');
    on.go();
    on.clock.advance(1000);
    expect(on.stops).toEqual([]);
    expect(on.machine.damages).toEqual([]);
  });

  it.each([1, 3])('loses no hit, and damages nothing, when a debugger steps off each (%i processors)', (processors) => {
    const on = bench(architecture, { processors, hits: 20 });
    on.breakIn();
    const address = routine(on);
    expect(on.breakpoint(address)).toBe(1);
    on.go();
    for (let count = 0; count < 60; count++) {
      const hit = nextStop(on);
      expect([hit.code, hit.pc]).toEqual([0x80000003, address]);
      expect(hit.payload.readUInt16LE(6)).toBeLessThan(processors);
      continue2(on, 1);
      expect(nextStop(on).code).toBe(0x80000004);
      expect(on.breakpoint(address)).toBe(1);
      on.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    }
    release(on, address);
    const { books } = on.stub;
    expect(books.hits).toBeGreaterThanOrEqual(60);
    // On several processors another one may pass while a step leaves the breakpoint out: the books know of it.
    if (processors === 1) expect(books.hits_lost).toBe(0);
    expect(books.damages).toEqual([]);
    expect(books.target.breakpoints).toBe(0);
    on.stub.disconnect();
    expect(books.violations).toEqual([]);
    expect(Object.keys(books.hits_by_thread).length).toBeGreaterThan(4);
    for (const name of Object.keys(wakesFor(on.machine, 1)))
      expect(on.machine.completed.get(name) ?? 0, name).toBeGreaterThan(0);
  });

  it('accounts for every allocation, also for what passes on other processors during a step', () => {
    const on = bench(architecture, { processors: 4, hits: 400 });
    on.breakIn();
    const address = routine(on);
    on.breakpoint(address);
    const before = on.machine.tagAllocations;
    on.go();
    for (let count = 0; count < 100; count++) {
      nextStop(on);
      continue2(on, 1);
      nextStop(on);
      on.breakpoint(address);
      on.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    }
    const { hits, hits_lost } = on.stub.books;
    // A hit under way is not counted yet where the routine counts, behind its prologue.
    expect(Math.abs(on.machine.tagAllocations - before - hits - hits_lost)).toBeLessThanOrEqual(4);
  });

  it('boots image by image, and an int3 of the first stop lasts for the boot', () => {
    const on = bench(architecture, { hits: 50, stub: { state: 'boot' } });
    const names: string[] = [];
    let hits = 0;
    for (let count = 0; count < 400 && on.stub.books.target.state !== 'running'; count++) {
      if (!on.clock.runUntil(() => on.stops.length > 0 || on.stub.books.target.state === 'running', 5000)) break;
      if (on.stops.length === 0) break;
      const { payload, pc, code } = nextStop(on);
      if (payload.readUInt32LE(0) === 0x3031) {
        names.push(payload.toString('latin1', 240, 239 + payload.readUInt32LE(32)).replace(/^.*\\/, ''));
        if (names.length === 1) expect(on.breakpoint(routine(on))).toBe(1);
      } else {
        expect([pc, code]).toEqual([routine(on), 0x80000003]);
        hits++;
        continue2(on, 1);
        nextStop(on);
        on.breakpoint(routine(on));
      }
      on.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    }
    expect(names[0]).toBe('ntkrnlmp.exe');
    expect(names.length).toBe(on.machine.images.length);
    expect(hits).toBeGreaterThan(0);
    expect(on.stub.books.hits_lost).toBe(0);
    expect(on.machine.damages).toEqual([]);
  });

  it('prints, asserts and crashes by itself', () => {
    const on = bench(architecture);
    on.breakIn();
    on.go();
    on.forget();
    const wake = (thread: string): void => on.stub.happen({ event: 'wake', thread, times: 1 });
    wake('print');
    on.clock.advance(100);
    expect(on.texts.join('')).toContain('faultdrv: pass 1');
    wake('assert');
    on.clock.advance(60_000);
    expect(on.stub.books.target.stop).toBe('prompt');
    const answer = Buffer.concat([Buffer.alloc(16), Buffer.from('i')]);
    answer.writeUInt32LE(0x3231, 0);
    answer.writeUInt32LE(1, 12);
    on.types(encodeData(PACKET.debugIo, on.id, answer));
    on.id = (on.id ^ 1) >>> 0;
    on.clock.advance(100);
    expect(on.stub.books.target.state).toBe('running');
    on.forget();
    wake('crash');
    for (const status of [3, 4, 4]) {
      nextStop(on);
      const register = wide ? slice(0x80, 4) : slice(0xb0, 4);
      expect(on.ask(0x315f, register).data.readUInt32LE()).toBe(status);
      on.go();
    }
    expect(on.stub.books.bug_checks).toMatchObject([expect.stringMatching(/^0xe2 /)]);
    expect(on.stub.books.stops['bug-check']).toBeGreaterThanOrEqual(3);
  });

  it('reports an access violation of a driver', () => {
    const on = bench(architecture);
    on.stub.happen({ event: 'wake', thread: 'stray', times: 1 });
    const { code, payload } = nextStop(on);
    expect(code).toBe(0xc0000005);
    expect(payload.readBigUInt64LE(72)).toBe(0x28n);
    on.send(0x3136, (header) => header.writeUInt32LE(0x80010001, 16));
    expect(nextStop(on).payload.readUInt32LE(184)).toBe(0);
  });

  it('stops at debug registers, and leaves them by RF where the kernel keeps it', () => {
    for (const personality of [measured, windows]) {
      const on = bench(architecture, { personality, hits: 20 });
      on.breakIn();
      const address = routine(on);
      if (wide) {
        const special = on.ask(0x3137, memory(2n, 0x50)).data;
        special.writeBigUInt64LE(address, 0x20);
        on.ask(0x3138, memory(2n, 0x50), special);
      } else {
        const value = Buffer.alloc(4);
        value.writeUInt32LE(Number(address));
        on.ask(0x3138, memory(0x2dcn, 4), value);
      }
      const pcAt = wide ? 0xf8 : 0xb8;
      const bytes = wide ? 8 : 4;
      const put = (offset: number, size: number, value: bigint): void => {
        const data = Buffer.alloc(8);
        data.writeBigUInt64LE(value);
        const fill = (header: Buffer): void => {
          slice(offset, size)(header);
          header.writeUInt32LE(offset + size, 24);
        };
        expect(on.ask(0x3160, fill, data.subarray(0, size)).status).toBe(0);
      };
      const pc = on.ask(0x315f, slice(pcAt, bytes)).data;
      put(pcAt, bytes, (wide ? pc.readBigUInt64LE() : BigInt(pc.readUInt32LE())) + 1n);
      on.forget();
      continue2(on, 0, 0x401);
      const threads = new Set<bigint>();
      for (let count = 0; count < 10; count++) {
        const hit = nextStop(on);
        expect([hit.code, hit.pc]).toEqual([0x80000004, address]);
        threads.add(hit.payload.readBigUInt64LE(16));
        const flagsAt = wide ? 0x44 : 0xc0;
        const flags = on.ask(0x315f, slice(flagsAt, 4)).data.readUInt32LE();
        put(flagsAt, 4, BigInt(flags | 0x10000));
        on.forget();
        continue2(on, 0, 0x401);
      }
      const keeps = personality.trapExit[architecture] === 'iret';
      expect(threads.size > 1, personality.name).toBe(keeps);
      expect(on.machine.damages).toEqual([]);
    }
  });
});

describe.each([
  ['x86', '2003'],
  ['x64', '7'],
  ['x64', '2003'],
  ['x64', '10'],
  ['x64', '11'],
] as const)('PoolHitTag of %s, kernel %s', (architecture, kernel) => {
  const wide = architecture === 'x64';

  /** Stands at a break-in, with the tag set. */
  function tagged(): Bench<Machine> {
    const on = bench(architecture, { kernel, hits: 20 });
    on.breakIn();
    on.write(on.machine.address('nt!PoolHitTag') as bigint, Buffer.from('Ddk '));
    on.go();
    return on;
  }

  /** Goes on behind the int3 at which the target stands. */
  function pass(on: Bench<Machine>, pc: bigint): void {
    on.ask(0x315f, slice(0, 0));
    on.setSlice(wide ? 0xf8 : 0xb8, wide ? 8 : 4, pc + 1n);
    on.forget();
    on.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
  }

  it('is counted as the kernel counts, allocations and frees, and nothing is left', () => {
    const on = tagged();
    const before = on.machine.pool.usesOf(on.machine.pool.hitTag);
    for (let count = 0; count < 40; count++) {
      const { code, pc } = nextStop(on);
      expect(code).toBe(0x80000003);
      expect(on.stub.books.target).toMatchObject({ state: 'halted', stop: 'pool-hit' });
      pass(on, pc);
    }
    on.clock.advance(1);
    const { books } = on.stub;
    expect(books.stops['pool-hit']).toBe(books.hits);
    expect(on.machine.pool.usesOf(on.machine.pool.hitTag) - before).toBeGreaterThanOrEqual(books.hits - 1);
    expect([books.hits_lost, books.damages]).toEqual([0, []]);
    on.stub.disconnect();
    on.clock.advance(1000);
    // Whoever goes now leaves the tag behind.
    expect(books.violations.map((violation) => violation.kind)).not.toEqual([]);
  });

  it('and what goes by without a stop is lost', () => {
    const on = tagged();
    const { pc } = nextStop(on);
    // As if somebody had patched the break away.
    on.write(pc, Uint8Array.of(0x90));
    pass(on, pc);
    for (let count = 0; count < 10; count++) {
      if (!on.clock.runUntil(() => on.stops.length > 0, 500)) break;
      pass(on, nextStop(on).pc);
    }
    expect(on.stub.books.hits_lost).toBeGreaterThan(3);
  });
});

describe('a kernel with a special pool routine of another name', () => {
  it.each([1, 2])('loses no hit at it (%i processors)', (processors) => {
    const on = bench('x64', { kernel: '10', processors, hits: 20 });
    on.breakIn();
    const address = on.machine.address('nt!ExAllocateHeapSpecialPool') as bigint;
    on.breakpoint(address);
    on.go();
    for (let count = 0; count < 20; count++) {
      expect(nextStop(on).pc).toBe(address);
      continue2(on, 1);
      nextStop(on);
      on.breakpoint(address);
      on.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    }
    release(on, address);
    const { books } = on.stub;
    expect(books.hits).toBeGreaterThanOrEqual(20);
    if (processors === 1) expect(books.hits_lost).toBe(0);
    expect(books.damages).toEqual([]);
    on.stub.disconnect();
    expect(books.violations).toEqual([]);
  });
});

/** Puts an int3 on an instruction, and lets `emulate` stand in for it at each of some hits. */
function emulated(on: Bench<Machine>, place: bigint, hits: number, emulate: () => void): void {
  on.breakIn();
  on.write(place, Uint8Array.of(0xcc));
  on.go();
  for (let count = 0; count < hits; count++) {
    expect(nextStop(on).pc).toBe(place);
    on.ask(0x315f, slice(0, 0));
    emulate();
    on.forget();
    on.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
  }
  on.clock.advance(1);
}

describe('an instruction that the debugger emulates', () => {
  it('loses and damages nothing when it is the hot-patch prologue of x86', () => {
    const on = bench('x86', { hits: 20 });
    const place = routine(on);
    expect(on.machine.memory.read(place, 2).toString('hex')).toBe('8bff');
    emulated(on, place, 40, () => on.setSlice(0xb8, 4, place + 2n));
    expect(on.stub.books.hits).toBeGreaterThanOrEqual(40);
    expect(on.stub.books.hits_lost).toBe(0);
    expect(on.machine.damages).toEqual([]);
  });

  it('is a bug check when it is a push of x86', () => {
    const on = bench('x86', { hits: 20 });
    const place = routine(on) + 2n;
    expect(on.machine.memory.read(place, 1).toString('hex')).toBe('55');
    emulated(on, place, 1, () => {
      const esp = on.ask(0x315f, slice(0xc4, 4)).data.readUInt32LE();
      on.write(BigInt(esp - 4), on.ask(0x315f, slice(0xb4, 4)).data);
      on.setSlice(0xc4, 4, BigInt(esp - 4));
      on.setSlice(0xb8, 4, place + 1n);
    });
    expect(on.stub.books.bug_checks).toMatchObject([expect.stringMatching(/^0x30 /)]);
  });

  it.each([
    ['the first push, in the gap above the trap frame', 0n, 'rsi', 0xa8, true],
    ['the second push, which lies in the frame', 1n, 'rdi', 0xb0, false],
  ] as const)('on x64 is harmless or not: %s', (_, offset, register, at, sound) => {
    const on = bench('x64', { hits: 20 });
    const start = on.machine.address('nt!ExAllocatePoolWithTag') as bigint;
    expect(on.machine.memory.read(start, 2).toString('hex')).toBe('5657');
    emulated(on, start + offset, sound ? 20 : 1, () => {
      const rsp = on.ask(0x315f, slice(0x98, 8)).data.readBigUInt64LE();
      on.write(rsp - 8n, on.ask(0x315f, slice(at, 8)).data);
      on.setSlice(0x98, 8, rsp - 8n);
      on.setSlice(0xf8, 8, start + offset + 1n);
    });
    on.clock.advance(1000);
    const crashed = on.stops.some(({ payload }) => payload.readUInt32LE(32) === 0xc0000005);
    expect(on.machine.damages.length === 0 && !crashed, register).toBe(sound);
  });
});
