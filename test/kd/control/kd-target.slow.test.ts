import { describe, expect, it } from 'vitest';
import { readMsr, writeMsr } from '../../../src/kd/control/machine-requests.js';
import { measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import { KdBench } from '../kd-bench.js';

const pool = 'nt!MmAllocateSpecialPool';
const cases = (['x86', 'x64'] as const).flatMap((architecture) =>
  [measured, windows].map((personality) => ({
    architecture,
    personality,
    name: `${personality.name} ${architecture}`,
  })),
);

describe.each(cases)('a target ($name)', ({ architecture, personality }) => {
  const bench = (more: ConstructorParameters<typeof KdBench>[0] = {}): KdBench =>
    new KdBench({ architecture, personality, ...more });

  it('is attached, stopped and let go', async () => {
    const kd = bench({ stub: { state: 'running' } });
    expect(await kd.attach()).toBe(false);
    expect(await kd.breakIn()).toBe(true);
    expect(kd.stop.reason).toBe('int3');
    expect(kd.told).toEqual(['connected']);
    const modules = await kd.settle(kd.known.modules.all());
    expect(modules.map(({ name }) => name)).toEqual(expect.arrayContaining(['nt', 'hal', 'leakydrv', 'win32k']));
    await kd.go();
    expect(kd.target.running).toBe('running');
    await kd.clock.advanceAsync(5000);
    expect(kd.stops).toHaveLength(1);
    expect(kd.machine.damages).toEqual([]);
  });

  it.each(['software', 'execute'] as const)(
    'stops at a breakpoint (%s) as often as the code comes there',
    async (access) => {
      const kd = bench({ stub: { state: 'running', wakes: { worker: 20, ioctl: 7, other: 30 } } });
      await kd.attach();
      await kd.breakIn();
      kd.known.breakpoints.add(kd.address(pool), access);
      const before = kd.machine.tagAllocations;
      await kd.go();
      for (let hit = 1; hit <= 40; hit++) {
        await kd.until(() => kd.stops.length > hit && kd.target.standsStill);
        expect(kd.stop.reason).toBe('breakpoint');
        expect(kd.stop.pc).toBe(kd.address(pool));
        // The routine counts behind its prologue, so that the hit under way is not among them.
        expect(kd.machine.tagAllocations - before).toBe(hit - 1);
        await kd.go();
      }
      expect(kd.machine.damages).toEqual([]);
      expect(kd.stub.books.violations).toEqual([]);
    },
  );

  it('steps, sets registers, and goes on where it was told to', async () => {
    const kd = bench({ stub: { state: 'running', wakes: { worker: 5 } } });
    await kd.attach();
    await kd.breakIn();
    const breakpoint = kd.known.breakpoints.add(kd.address(pool), 'software');
    await kd.go();
    await kd.until(() => kd.target.standsStill);
    const before = kd.stop.pc;
    await kd.settle(kd.target.step());
    await kd.until(() => kd.target.standsStill);
    expect(kd.stop.reason).toBe('step');
    expect(kd.stop.pc).toBeGreaterThan(before);
    const name = architecture === 'x86' ? 'edx' : 'r11';
    const old = await kd.settle(kd.known.contexts.get(name));
    await kd.settle(kd.known.contexts.set({ [name]: 0x1234n }));
    expect(kd.machine.processors[0]?.get(name)).toBe(0x1234n);
    await kd.settle(kd.known.contexts.set({ [name]: old }));
    await kd.settle(kd.known.breakpoints.clear(breakpoint));
    await kd.go();
    await kd.clock.advanceAsync(3000);
    expect(kd.target.running).toBe('running');
    expect(kd.machine.damages).toEqual([]);
  });

  it('finds a target that stands already without stopping it a second time', async () => {
    const kd = bench({ stub: { state: 'halted' } });
    expect(await kd.attach()).toBe(true);
    await kd.until(() => kd.target.standsStill);
    await kd.go();
    await kd.clock.advanceAsync(5000);
    expect(kd.stops).toHaveLength(1);
    expect(kd.stub.books.breaks).toBe(0);
  });

  it.each(['table', 'raw', 'hardware'] as const)(
    'puts a wreck in order that a debugger left armed (%s)',
    async (kind) => {
      const kd = bench({ stub: { state: 'running', wakes: { worker: 5 }, orphans: { [kind]: [pool] } } });
      await kd.clock.advanceAsync(2000);
      expect(await kd.attach()).toBe(true);
      await kd.until(() => kd.target.standsStill);
      await kd.go();
      await kd.clock.advanceAsync(5000);
      expect(kd.target.running).toBe('running');
      expect(kd.machine.damages).toEqual([]);
      expect(kd.stops).toHaveLength(1);
      expect(kd.machine.tagAllocations).toBeGreaterThan(10);
    },
  );

  it('comes through a boot, with every load-symbols stop answered', async () => {
    const kd = bench({
      stub: { state: 'boot', boot: { fileRequest: 'leakydrv.sys' } },
    });
    await kd.until(() => kd.modules.some(({ path }) => /leakydrv/i.test(path)));
    await kd.clock.advanceAsync(20_000);
    expect(kd.target.running).toBe('running');
    expect(kd.told).toEqual(expect.arrayContaining(['connected']));
    expect(kd.told.some((text) => text.startsWith('file '))).toBe(true);
    expect(await kd.breakIn()).toBe(true);
    await kd.go();
    expect(kd.target.running).toBe('running');
  });

  it('notices a reboot, announced or not, and forgets its breakpoints', async () => {
    for (const announced of [true, false]) {
      const kd = bench({ stub: { state: 'running', wakes: { worker: 5 } } });
      await kd.attach();
      await kd.breakIn();
      kd.known.breakpoints.add(kd.address('nt!KeBugCheckEx'), 'software');
      await kd.go();
      if (announced) kd.stub.happen({ event: 'reboot' });
      else kd.stub.power();
      await kd.until(() => kd.told.includes('rebooted') || kd.told.includes('shutdown'));
      await kd.until(() => kd.told.filter((text) => text === 'connected').length === 2);
      await kd.clock.advanceAsync(20_000);
      expect(kd.known.breakpoints.list).toEqual([]);
      expect(kd.target.running).toBe('running');
    }
  });

  it('answers a failed assertion, so that the target goes on', async () => {
    const kd = bench({ stub: { state: 'running', wakes: { assert: 1 } } });
    await kd.attach();
    await kd.until(() => (kd.machine.completed.get('assert') ?? 0) >= 2);
    expect(kd.target.running).not.toBe('halted');
  });

  it('comes back after the cable was out in the middle of a stop', async () => {
    const kd = bench({ stub: { state: 'running', wakes: { worker: 5 } } });
    await kd.attach();
    await kd.breakIn();
    kd.known.breakpoints.add(kd.address(pool), 'software');
    await kd.go();
    await kd.until(() => kd.target.standsStill && kd.stops.length === 2);
    kd.stub.cable(false);
    const read = kd.known.memory.read(kd.stop.pc, 64);
    await kd.clock.advanceAsync(40_000);
    expect(kd.told).toContain('retrying 64');
    kd.stub.cable(true);
    expect((await kd.settle(read)).length).toBe(64);
    expect(kd.told).toContain('recovered');
    await kd.go();
    await kd.until(() => kd.stops.length === 3);
    expect(kd.machine.damages).toEqual([]);
  });
});

describe.each(['x86', 'x64'] as const)('the machine behind a target (%s)', (architecture) => {
  it('hands the debugger to another processor where it can', async () => {
    for (const [personality, can] of [
      [windows, true],
      [measured, false],
    ] as const) {
      const kd = new KdBench({ architecture, personality, processors: 2, stub: { state: 'running' } });
      await kd.attach();
      await kd.breakIn();
      const other = 1 - kd.stop.change.processor;
      expect(await kd.settle(kd.target.switchProcessor(other))).toBe(can);
      if (can) expect(kd.stop).toMatchObject({ reason: 'processor-switch', change: { processor: other } });
      await kd.go();
      await kd.clock.advanceAsync(2000);
      expect(kd.target.running).toBe('running');
      expect(kd.machine.damages).toEqual([]);
    }
  });

  it('gives and takes model-specific registers', async () => {
    const kd = new KdBench({ architecture, stub: { state: 'running' } });
    await kd.attach();
    await kd.breakIn();
    await kd.settle(writeMsr(kd.link, 0, 0x174, 0x1234_5678_9abcn));
    expect(await kd.settle(readMsr(kd.link, 0, 0x174))).toBe(0x1234_5678_9abcn);
  });

  it('bug-checks when it is told to, and says so', async () => {
    const kd = new KdBench({ architecture, stub: { state: 'running' } });
    await kd.attach();
    await kd.breakIn();
    await kd.settle(kd.target.crash());
    await kd.until(() => kd.stops.length === 2);
    expect(kd.prints).toContain('*** Fatal System Error: 0x000000e2');
  });
});

describe('a target of another kind', () => {
  it('is refused by name, and goes on', async () => {
    const kd = new KdBench({ architecture: 'x64', stub: { state: 'running', architecture: 'arm64' } });
    await kd.attach();
    await kd.settle(import('../../../src/kd/control/attach.js').then(({ breakIn }) => breakIn(kd.target)));
    await kd.until(() => kd.told.length > 0);
    expect(kd.told).toEqual(['refused ARM64']);
    expect(kd.target.running).toBe('running');
  });
});
