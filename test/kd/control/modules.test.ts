import { describe, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import { x64, x86 } from '../../../src/kd/control/architecture.js';
import { readKernelData, readTimes } from '../../../src/kd/control/kernel-data.js';
import { TargetMemory } from '../../../src/kd/control/memory.js';
import { Modules } from '../../../src/kd/control/modules.js';
import type { ModuleEvent } from '../../../src/kd/control/state-change.js';
import { measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import { KdBench } from '../kd-bench.js';
import { memoryWire, noDoubt } from './fake-wire.js';

const HEAD = 0x8060_0000n;
const KERNEL = 0x8040_0000n;
const ENTRY_BYTES = 0x200;

/** A list of modules in a target's memory; `next` says where each entry goes on (its index; -1 the head). */
function list(architecture: typeof x86, names: readonly string[], next = (index: number): number => index + 1) {
  const at = (index: number): bigint =>
    index < 0 || index >= names.length ? HEAD : HEAD + 0x1000n + BigInt(index * ENTRY_BYTES);
  const { base, size, name, nameBuffer, checkSum } = architecture.loaderEntry;
  const pointer = (bytes: Buffer, value: bigint, offset: number): void => {
    if (architecture.bits === 32) bytes.writeUInt32LE(Number(value), offset);
    else bytes.writeBigUInt64LE(value, offset);
  };
  const memory = Buffer.alloc(0x1000 + names.length * ENTRY_BYTES);
  pointer(memory, at(0), 0);
  names.forEach((file, index) => {
    const entry = memory.subarray(0x1000 + index * ENTRY_BYTES, 0x1000 + (index + 1) * ENTRY_BYTES);
    pointer(entry, at(next(index)), 0);
    pointer(entry, KERNEL + BigInt(index * 0x10_0000), base);
    entry.writeUInt32LE(0x1000, size);
    entry.writeUInt32LE(index + 7, checkSum);
    entry.writeUInt16LE(file.length * 2, name);
    pointer(entry, at(index) + 0x100n, nameBuffer);
    entry.write(file, 0x100, 'utf16le');
  });
  const wire = memoryWire((address, length) => {
    const from = Number(BigInt.asUintN(architecture.bits, address) - HEAD);
    return from < 0 ? Buffer.alloc(0) : memory.subarray(from, from + length);
  });
  const modules = new Modules(new TargetMemory(wire, architecture, noDoubt()), architecture, HEAD, KERNEL);
  return { wire, modules, memory };
}

const event = (kind: ModuleEvent['kind'], base: bigint, path: string): ModuleEvent => ({
  kind,
  base,
  path,
  size: 0x2000,
  checkSum: 1,
  processor: 0,
  processors: 1,
  thread: 0n,
  programCounter: 0n,
  payload: Buffer.alloc(0),
});

describe.each([x86, x64])('the list of modules ($name)', (architecture) => {
  const names = ['ntkrnlmp.exe', 'hal.dll', 'my-driver.sys', 'noextension'];

  it('is read to its end, in the order of addresses', async () => {
    const { modules } = list(architecture, names);
    expect((await modules.all()).map(({ name, file, base, checkSum }) => [name, file, base, checkSum])).toEqual([
      ['nt', 'ntkrnlmp.exe', KERNEL, 7],
      ['hal', 'hal.dll', KERNEL + 0x10_0000n, 8],
      ['my_driver', 'my-driver.sys', KERNEL + 0x20_0000n, 9],
      ['noextension', 'noextension', KERNEL + 0x30_0000n, 10],
    ]);
  });

  it('is read as far as somebody looks, and from there on', async () => {
    const { modules, wire } = list(architecture, names);
    expect((await modules.around(KERNEL + 5n))?.name).toBe('nt');
    expect(modules.known).toHaveLength(1);
    const first = wire.requests.length;
    expect((await modules.around(KERNEL + 0x10_0000n))?.name).toBe('hal');
    expect(modules.known).toHaveLength(2);
    expect(wire.requests.length - first).toBeLessThanOrEqual(2);
    const before = wire.requests.length;
    expect(await modules.around(KERNEL + 0x10_0fffn)).toMatchObject({ name: 'hal' });
    expect(wire.requests.length).toBe(before);
    expect(await modules.around(KERNEL + 0x1000n)).toBeUndefined();
    expect(modules.known).toHaveLength(4);
  });

  it('is asked for no more entries than is allowed', async () => {
    const { modules } = list(architecture, names);
    expect(await modules.around(1n, 2)).toBeUndefined();
    expect(modules.known).toHaveLength(2);
  });

  it.each([
    ['into itself', (index: number) => index],
    ['back to its first entry', (index: number) => (index + 1) % names.length],
    ['to and fro', (index: number) => (index === 2 ? 1 : index + 1)],
  ])('comes to an end when it runs %s', async (_, next) => {
    const { modules, wire } = list(architecture, names, next);
    const all = await modules.all();
    expect(all.length).toBeGreaterThan(0);
    expect(wire.requests.length).toBeLessThan(20);
    expect(await modules.around(1n)).toBeUndefined();
  });

  it('comes to an end when it points to nowhere', async () => {
    const { modules, memory } = list(architecture, names);
    memory.fill(0x01, 0x1000, 0x1000 + architecture.pointerBytes);
    expect((await modules.all()).map(({ name }) => name)).toEqual(['nt']);
  });

  it('learns from load and unload events', async () => {
    const { modules, wire } = list(architecture, names);
    modules.event(event('load', 0xffff_ffff_f000_0000n, '\\SystemRoot\\system32\\DRIVERS\\late.sys'));
    expect((await modules.around(architecture.bits === 32 ? 0xf000_0010n : 0xffff_ffff_f000_0010n))?.name).toBe('late');
    expect(wire.requests).toHaveLength(0);
    await modules.all();
    modules.event(event('unload', 0xffff_ffff_f000_0000n, ''));
    expect((await modules.all()).map(({ name }) => name)).not.toContain('late');
    expect(await modules.all()).toHaveLength(4);
  });
});

describe.each(
  (['x86', 'x64'] as const).flatMap((architecture) =>
    [measured, windows].map((personality) => ({ architecture, personality })),
  ),
)('a target’s own tables ($architecture, $personality.name)', ({ architecture, personality }) => {
  const stand = (): Promise<KdBench> => new KdBench({ architecture, personality, stub: { state: 'running' } }).stand();

  it('name every image, and cost two entries for the kernel', async () => {
    const kd = await stand();
    const reads = kd.requests(API.readVirtual);
    const [nt] = kd.machine.images;
    const found = await kd.settle(kd.known.modules.around((nt?.base ?? 0n) + 0x1000n));
    expect(found).toMatchObject({ name: 'nt', base: nt?.base, size: nt?.size, checkSum: nt?.checkSum });
    // The head, and the entry with its name.
    expect(kd.requests(API.readVirtual) - reads).toBeLessThanOrEqual(3);
    const all = await kd.settle(kd.known.modules.all());
    const kernel = kd.machine.images.filter(({ name }) => name !== 'ntdll');
    expect(all.map(({ base, size, checkSum }) => ({ base, size, checkSum }))).toEqual(
      kernel.map(({ base, size, checkSum }) => ({ base, size, checkSum })).sort((a, b) => (a.base < b.base ? -1 : 1)),
    );
  });

  it('say who it is', async () => {
    const kd = await stand();
    const { memory, architecture: kind, version } = kd.known;
    expect(version).toMatchObject({ build: kd.machine.kernel.build, machine: kind.machine, protocol: 6 });
    expect(version.pointer64).toBe(kind.bits === 64);
    const data = await kd.settle(readKernelData(memory, kind, version));
    expect(data.breakpointWithStatus).toBe(kd.address('nt!RtlpBreakWithStatusInstruction'));
    expect(data.breakpointWithStatus).toBe(kd.stop.pc);
    expect(data.lab).toMatch(new RegExp(`^${version.build}`));
    const reads = kd.requests(API.readVirtual);
    expect(await kd.settle(readKernelData(memory, kind, version))).toEqual(data);
    // What is not there (this machine has no KUSER_SHARED_DATA) is asked for again.
    expect(kd.requests(API.readVirtual) - reads).toBeLessThanOrEqual(2);
  });
});

describe.each([x86, x64])('the clocks of a target ($name)', (architecture) => {
  const shared = architecture.bits === 32 ? 0xffff_ffff_ffdf_0000n : 0xffff_f780_0000_0000n;
  const timesOf = (uptime: bigint, now: bigint) => {
    const page = Buffer.alloc(0x100);
    page.writeBigUInt64LE(uptime, 0x08);
    page.writeBigUInt64LE(now, 0x14);
    const wire = memoryWire((address, length) => {
      const from = Number(address - shared);
      return from >= 0 && from < page.length ? page.subarray(from, from + length) : Buffer.alloc(0);
    });
    return readTimes(new TargetMemory(wire, architecture, noDoubt()), architecture);
  };

  it('are read from the page that every kernel shares', async () => {
    const now = (BigInt(Date.UTC(2011, 4, 6, 7, 8, 9)) + 11_644_473_600_000n) * 10_000n;
    expect(await timesOf(36_000_000_000n, now)).toEqual({ uptimeMs: 3_600_000, now: new Date('2011-05-06T07:08:09Z') });
  });

  it.each([0n, 0xffff_ffff_ffff_ffffn])('are left out when they are none (%i)', async (now) => {
    expect(await timesOf(1n, now)).toBeUndefined();
  });
});
