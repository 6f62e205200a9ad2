import { describe, expect, it } from 'vitest';
import { API, MAX_DATA } from '../../../src/kd/control/api.js';
import { x64 } from '../../../src/kd/control/architecture.js';
import { TargetMemory } from '../../../src/kd/control/memory.js';
import { KdBench } from '../kd-bench.js';
import { memoryWire, noDoubt } from './fake-wire.js';

const PAGE = 0x1000n;

describe.each(['x86', 'x64'] as const)('memory of a target that stands (%s)', (architecture) => {
  const stand = (): Promise<KdBench> =>
    new KdBench({ architecture, stub: { state: 'running', wakes: { worker: 5 } } }).stand();
  const base = (kd: KdBench): bigint => kd.machine.images[0]?.base as bigint;
  const reads = (kd: KdBench): number => kd.requests(API.readVirtual);

  it('is fetched once in a stop, and again in the next one', async () => {
    const kd = await stand();
    const { memory } = kd.known;
    const address = base(kd) + 0x400n;
    const before = reads(kd);
    const bytes = await kd.settle(memory.read(address, 64));
    expect(bytes.equals(kd.machine.memory.read(address, 64))).toBe(true);
    await kd.settle(memory.read(address, 64));
    await kd.settle(memory.read(address + 16n, 8));
    expect(reads(kd) - before).toBe(1);
    await kd.settle(memory.read(address + 64n, 64));
    expect((await kd.settle(memory.read(address + 32n, 64))).length).toBe(64);
    expect(reads(kd) - before).toBe(2);
    await kd.go();
    await kd.breakIn();
    await kd.settle(memory.read(address, 64));
    expect(reads(kd) - before).toBe(3);
  });

  it('is kept over stops when it cannot change', async () => {
    const kd = await stand();
    await kd.settle(kd.known.memory.read(base(kd), 64, true));
    await kd.go();
    await kd.breakIn();
    const before = reads(kd);
    await kd.settle(kd.known.memory.read(base(kd) + 8n, 8));
    expect(reads(kd)).toBe(before);
  });

  it('ends where a page is not there', async () => {
    const kd = await stand();
    let end = base(kd);
    while (kd.machine.memory.translate(end) !== undefined) end += PAGE;
    expect((await kd.settle(kd.known.memory.read(end - 24n, 64))).equals(kd.machine.memory.read(end - 24n, 24))).toBe(
      true,
    );
    expect(await kd.settle(kd.known.memory.read(end, 64))).toHaveLength(0);
  });

  it('that is not there is asked for once in a stop', async () => {
    const kd = await stand();
    let end = base(kd);
    while (kd.machine.memory.translate(end) !== undefined) end += PAGE;
    await kd.settle(kd.known.memory.read(end - 24n, 64));
    const before = reads(kd);
    await kd.settle(kd.known.memory.read(end - 24n, 64));
    expect(reads(kd)).toBe(before);
  });

  it('ends at the top of a stack', async () => {
    const kd = await stand();
    kd.known.breakpoints.add(kd.address('nt!MmAllocateSpecialPool'), 'software');
    await kd.go();
    await kd.until(() => kd.target.standsStill);
    const sp = await kd.settle(kd.known.contexts.get(kd.known.architecture.sp));
    const stack = await kd.settle(kd.known.memory.read(sp, 0x10000));
    expect(stack.length).toBeGreaterThan(64);
    expect((sp + BigInt(stack.length)) % PAGE).toBe(0n);
    expect(stack.equals(kd.machine.memory.read(sp, 0x10000))).toBe(true);
  });

  it('is read in as few packets as it takes', async () => {
    const kd = await stand();
    const before = reads(kd);
    const bytes = await kd.settle(kd.known.memory.read(base(kd) + PAGE, 3 * MAX_DATA));
    expect(bytes.equals(kd.machine.memory.read(base(kd) + PAGE, 3 * MAX_DATA))).toBe(true);
    expect(reads(kd) - before).toBe(3);
  });

  it('is written, and read again afterwards', async () => {
    const kd = await stand();
    const sp = await kd.settle(kd.known.contexts.get(kd.known.architecture.sp));
    const at = sp + 0x10n;
    await kd.settle(kd.known.memory.read(at, 8, true));
    expect(await kd.settle(kd.known.memory.write(at, Buffer.from('01020304', 'hex')))).toBe(4);
    expect(kd.machine.memory.read(at, 4).toString('hex')).toBe('01020304');
    expect((await kd.settle(kd.known.memory.read(at, 8))).toString('hex', 0, 4)).toBe('01020304');
  });

  it('is written as far as it is there', async () => {
    const kd = await stand();
    let end = base(kd);
    while (kd.machine.memory.translate(end) !== undefined) end += PAGE;
    expect(await kd.settle(kd.known.memory.write(end - 3n, Buffer.alloc(10, 7)))).toBe(3);
    expect(kd.machine.memory.read(end - 3n, 3).toString('hex')).toBe('070707');
  });

  it('is reached by its physical address too', async () => {
    const kd = await stand();
    const physical = kd.machine.memory.translate(base(kd)) as bigint;
    const head = await kd.settle(kd.known.memory.readPhysical(physical, 64));
    expect(head.equals(kd.machine.memory.read(base(kd), 64))).toBe(true);
    await kd.settle(kd.known.memory.read(base(kd), 2));
    expect(await kd.settle(kd.known.memory.writePhysical(physical, Buffer.from('ZM')))).toBe(2);
    expect((await kd.settle(kd.known.memory.read(base(kd), 2))).toString()).toBe('ZM');
  });
});

describe('memory over a bad line', () => {
  const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, index) => index % 251));

  it('is asked for in smaller pieces, and in larger ones again when the line is good', async () => {
    const wire = memoryWire((address, length) => bytes.subarray(Number(address), Number(address) + length));
    const memory = new TargetMemory(wire, x64, noDoubt());
    const counts = (): number[] => wire.requests.splice(0).map((request) => request.readUInt32LE(24));
    wire.repeated = true;
    expect((await memory.read(0n, 12_000)).equals(bytes.subarray(0, 12_000))).toBe(true);
    const shrinking = counts();
    expect(shrinking.slice(0, 8)).toEqual([3944, 1972, 986, 493, 246, 123, 64, 64]);
    expect(Math.min(...shrinking.slice(0, -1))).toBe(64);
    wire.repeated = false;
    expect((await memory.read(0x1_0000_0000n, 0)).length).toBe(0);
    memory.resumed();
    await memory.read(0n, 12_000);
    expect(counts().slice(0, 8)).toEqual([64, 128, 256, 512, 1024, 2048, 3944, 3944]);
  });

  it('takes no more of a reply than was asked for', async () => {
    const wire = memoryWire((_, length) => Buffer.alloc(length + 100, 1));
    const memory = new TargetMemory(wire, x64, noDoubt());
    expect(await memory.read(0x1000n, 10)).toHaveLength(10);
  });

  it('ends where a target writes nothing', async () => {
    const wire = memoryWire(() => Buffer.alloc(0));
    const memory = new TargetMemory(wire, x64, noDoubt());
    expect(await memory.write(0x1000n, Buffer.alloc(10))).toBe(0);
    expect(await memory.read(0x1000n, 10)).toHaveLength(0);
  });
});
