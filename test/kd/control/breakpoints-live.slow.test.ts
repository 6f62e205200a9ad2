import { describe, expect, it } from 'vitest';
import { KdBench } from '../kd-bench.js';

const pool = 'nt!MmAllocateSpecialPool';
const INT3 = 0xcc;

describe.each(['x86', 'x64'] as const)('breakpoints in a target (%s)', (architecture) => {
  const stand = (processors = 1): Promise<KdBench> =>
    new KdBench({ architecture, processors, stub: { state: 'running', wakes: { worker: 20 } } }).stand();

  it('that lie close to a hit are put in again', async () => {
    const kd = await stand();
    const { breakpoints } = kd.known;
    const first = breakpoints.add(kd.address(pool), 'software');
    // A byte in the middle of the code that the report shows; nothing runs there before the target stops again.
    const close = breakpoints.add(kd.address(pool) + 15n, 'software');
    const away = breakpoints.add(kd.address(pool) + 16n, 'software');
    await kd.settle(breakpoints.enable(away, false));
    await kd.go();
    await kd.until(() => kd.stops.length === 2);
    expect([first.handle, close.handle]).toEqual([undefined, undefined]);
    expect(kd.machine.memory.read(close.address, 1)[0]).not.toBe(INT3);
    await kd.settle(breakpoints.insert(first.address));
    expect(kd.machine.memory.read(close.address, 1)[0]).toBe(INT3);
    expect(kd.machine.memory.read(first.address, 1)[0]).not.toBe(INT3);
  });

  it('at the very next instruction stop there', async () => {
    const kd = await stand();
    const { breakpoints } = kd.known;
    const first = breakpoints.add(kd.address(pool), 'software');
    await kd.go();
    await kd.until(() => kd.stops.length === 2);
    await kd.settle(kd.target.step());
    await kd.until(() => kd.target.standsStill && kd.stops.length === 3);
    const behind = kd.stop.pc;
    expect(behind - first.address).toBeLessThan(16n);
    breakpoints.add(behind, 'software');
    for (let hit = 0; hit < 6; hit++) {
      const { length } = kd.stops;
      await kd.go();
      await kd.until(() => kd.stops.length > length && kd.target.standsStill);
    }
    expect(kd.stops.slice(-6).map(({ pc }) => pc)).toEqual([
      first.address,
      behind,
      first.address,
      behind,
      first.address,
      behind,
    ]);
    expect(kd.machine.damages).toEqual([]);
  });

  it('of hardware are loaded on each of four processors', async () => {
    const kd = await stand(4);
    const { breakpoints } = kd.known;
    const one = breakpoints.add(kd.address(pool), 'execute');
    breakpoints.add(kd.address('nt!KeBugCheckEx'), 'write', 4);
    await kd.go();
    for (const { debug } of kd.machine.processors) {
      expect([debug.dr0, debug.dr1]).toEqual([kd.address(pool), kd.address('nt!KeBugCheckEx')]);
      expect(debug.dr7 & 0xffff_03ffn).toBe(0x00d0_0005n);
    }
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    expect(kd.stop.breakpoint).toBe(one);
    await kd.settle(breakpoints.clear(one));
    await kd.go();
    await kd.clock.advanceAsync(1000);
    expect(kd.stops).toHaveLength(2);
    for (const { debug } of kd.machine.processors) expect(debug.dr7 & 0xffff_03ffn).toBe(0x00d0_0004n);
    expect(kd.machine.damages).toEqual([]);
  });

  it('that are disabled stop nothing', async () => {
    const kd = await stand();
    const one = kd.known.breakpoints.add(kd.address(pool), 'software');
    await kd.go();
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    await kd.settle(kd.known.breakpoints.enable(one, false));
    await kd.go();
    await kd.clock.advanceAsync(2000);
    expect(kd.stops).toHaveLength(2);
    expect(kd.stub.books.target.breakpoints).toBe(0);
  });

  it('are all gone when the list is empty', async () => {
    const kd = await stand();
    const all = ['nt!KeBugCheckEx', pool, 'nt!ExAllocatePoolWithTag'].map((name) =>
      kd.known.breakpoints.add(kd.address(name), 'software'),
    );
    await kd.go();
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    for (const each of all) await kd.settle(kd.known.breakpoints.clear(each));
    await kd.go();
    expect(kd.stub.books.target.breakpoints).toBe(0);
    await kd.clock.advanceAsync(2000);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.stops).toHaveLength(2);
  });

  it('that lie in the code of a load-symbols stop are put in again', async () => {
    const boot = { loaderMs: 10, kernelMs: 10, loaderText: '', driverMs: 200, printsPerDriver: 0 };
    const kd = new KdBench({ architecture, stub: { state: 'boot', boot } });
    await kd.until(() => kd.modules.length === 5);
    await kd.breakIn();
    // The function behind the debug service, which every context switch comes to.
    const own = kd.known.breakpoints.add(kd.address('nt!KiSwapContext'), 'software');
    const reported = BigInt.asUintN(architecture === 'x86' ? 32 : 64, kd.modules.at(-1)?.programCounter as bigint);
    expect(own.address - reported).toBeLessThan(16n);
    for (let modules = 6; modules <= 8; modules++) {
      while (kd.modules.length < modules) {
        if (kd.target.standsStill) await kd.go();
        await kd.until(() => kd.target.standsStill || kd.modules.length === modules);
      }
      const { length } = kd.stops;
      if (kd.target.standsStill) await kd.go();
      await kd.until(() => kd.stops.length > length && kd.target.standsStill, 2000);
      expect(kd.stop).toMatchObject({ reason: 'breakpoint', pc: own.address });
    }
    expect(kd.machine.damages).toEqual([]);
  });

  it('of hardware stop the target also after a reboot that nobody saw', async () => {
    const kd = await stand();
    kd.known.breakpoints.add(kd.address(pool), 'execute');
    await kd.go();
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    await kd.go();
    kd.stub.cable(false);
    kd.target.lineChanged();
    kd.stub.power();
    await kd.clock.advanceAsync(120_000);
    kd.stub.cable(true);
    kd.link.restream();
    await kd.attach();
    await kd.breakIn();
    const { length } = kd.stops;
    await kd.go();
    if (kd.known.breakpoints.list.length > 0) await kd.until(() => kd.stops.length > length, 5000);
    else expect(kd.told).toContain('rebooted');
  });
});
