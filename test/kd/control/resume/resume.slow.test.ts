import { describe, expect, it } from 'vitest';
import { API } from '../../../../src/kd/control/api.js';
import type { BreakpointMode } from '../../../../src/kd/control/breakpoints/breakpoint-strategy.js';
import { isRequest, KdBench, KINDS } from '../../kd-bench.js';

const pool = 'nt!MmAllocateSpecialPool';

describe.each(KINDS)('a target that stands ($name)', ({ architecture, personality }) => {
  const bench = (
    wakes: Record<string, number> = { worker: 5 },
    processors = 1,
    ways: BreakpointMode = 'usual',
  ): KdBench => new KdBench({ architecture, personality, processors, ways, stub: { state: 'running', wakes } });

  /** One that stands at a hit of a breakpoint in the target's table. */
  async function atHit(): Promise<KdBench> {
    const kd = await bench({ worker: 5 }, 1, 'careful').stand();
    kd.known.breakpoints.add(kd.address(pool), 'software');
    await kd.go();
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    return kd;
  }

  /** In the pool routine, at an instruction whose effect is not only on registers: behind the `mov edi,edi` of x86. */
  const pastEffect = (kd: KdBench): bigint => kd.address(pool) + (architecture === 'x86' ? 2n : 0n);

  it('at its own int3 goes on behind it, with everything else as it was', async () => {
    const kd = await bench({}).stand();
    const { architecture: kind } = kd.known;
    const before = kd.stop.pc;
    const others = [...kind.registers.keys()].filter((name) => name !== kind.pc);
    const values = (): (bigint | undefined)[] => others.map((name) => kd.machine.processors[0]?.get(name));
    const registers = values();
    kd.hands.toTarget = (bytes) => {
      if (!isRequest(bytes, API.continue2)) return bytes;
      expect(kd.machine.processors[0]?.get(kind.pc)).toBe(before + 1n);
      expect(values()).toEqual(registers);
      return bytes;
    };
    await kd.go();
    expect(kd.resumes).toEqual([true]);
    expect(kd.target.running).toBe('running');
    expect(kd.machine.damages).toEqual([]);
  });

  it('at its own int3 stays where it was put by hand', async () => {
    const kd = await bench({}).stand();
    const { architecture: kind, contexts } = kd.known;
    // Behind the int3 already: going on must not add another one.
    await kd.settle(contexts.set({ [kind.pc]: kd.stop.pc + 1n }));
    await kd.go();
    await kd.clock.advanceAsync(500);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.target.running).toBe('running');
  });

  it('at a breakpoint steps off it unseen, and has it again behind it', async () => {
    const kd = await atHit();
    await kd.go();
    expect(kd.stops).toHaveLength(2);
    expect(kd.resumes).toEqual([true, true]);
    expect(kd.machine.memory.read(kd.address(pool), 1)[0]).toBe(0xcc);
    expect(kd.target.stop).toBeUndefined();
  });

  it('at an exception gives it back to the target unless it is told otherwise', async () => {
    const statuses: number[] = [];
    for (const handling of ['default', 'not-handled', 'handled'] as const) {
      const kd = bench({ stray: 1 });
      await kd.attach();
      await kd.until(() => kd.target.standsStill);
      expect(kd.stop).toMatchObject({ reason: 'exception', change: { code: 0xc000_0005, firstChance: true } });
      kd.hands.toTarget = (bytes) => {
        if (isRequest(bytes, API.continue2)) statuses.push(bytes.readUInt32LE(32));
        return bytes;
      };
      void kd.target.go(handling);
      await kd.until(() => kd.stops.length === 2);
      expect(kd.stops[1]?.change).toMatchObject({ firstChance: handling === 'handled' });
    }
    expect(statuses).toEqual([0x8001_0001, 0x8001_0001, 0x1_0001]);
  });

  it('is not known to run when nobody acknowledges that it should', async () => {
    const kd = await bench().stand();
    kd.stub.cable(false);
    kd.hands.toHost = () => undefined;
    // The int3 is passed already; only the last word is lost.
    const went = kd.target.go();
    await kd.clock.advanceAsync(100);
    kd.link.abandon();
    await expect(kd.settle(went)).rejects.toMatchObject({ code: 'abandoned' });
    expect(kd.target.stop).toBeDefined();
    kd.stub.cable(true);
    kd.hands.toHost = (bytes) => bytes;
    kd.hands.toTarget = (bytes) => (isRequest(bytes, API.continue2) ? undefined : bytes);
    expect(await kd.settle(kd.target.go())).toBe(false);
    expect(kd.target.running).toBe('unknown');
    expect(kd.target.stop).toBeUndefined();
    expect(kd.resumes).toEqual([false]);
    kd.hands.toTarget = (bytes) => bytes;
    expect(await kd.attach()).toBe(true);
    await kd.until(() => kd.target.standsStill);
    await kd.go();
    expect(kd.target.running).toBe('running');
  });

  it('is not taken for done when what was acknowledged is a request that was taken back before', async () => {
    const stub = { state: 'running', wakes: {}, baud: 115_200 } as const;
    const kd = await new KdBench({ architecture, personality, stub }).stand();
    void kd.target.step();
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    await kd.clock.advanceAsync(1000);
    const asked = kd.known.memory.read(kd.address(pool), 4000).catch(() => undefined);
    await kd.clock.advanceAsync(1);
    kd.link.abandon();
    expect(kd.link.idIsCertain).toBe(false);
    expect(await kd.settle(kd.target.go())).toBe(true);
    await asked;
    expect(kd.stub.books.target).toMatchObject({ state: 'running' });
  });

  it('is refused what needs a target that stands when it does not', async () => {
    const kd = await bench({}).stand();
    await kd.go();
    await expect(kd.target.go()).rejects.toThrow('does not stand');
    await expect(kd.target.step()).rejects.toThrow('does not stand');
    await expect(kd.target.switchTo(0)).rejects.toThrow('does not stand');
  });

  it.each([1, 2])(
    'at a hardware breakpoint passes it by the resume flag where that is kept (%i processors)',
    async (processors) => {
      const kd = await bench({ worker: 50, batch: 50, buffers: 50 }, processors).stand();
      const place = pastEffect(kd);
      kd.known.breakpoints.add(place, 'execute');
      await kd.go();
      const before = kd.machine.tagAllocations;
      for (let hit = 1; hit <= 60; hit++) {
        await kd.until(() => kd.stops.length > hit && kd.target.standsStill);
        expect(kd.stops).toHaveLength(hit + 1);
        expect(kd.stop).toMatchObject({ reason: 'breakpoint', pc: place });
        await kd.go();
      }
      // Every stop that was told is an allocation of its own: a trap that came twice is told once.
      expect(kd.machine.tagAllocations - before).toBeGreaterThanOrEqual(60 - processors);
      const steps = kd.stub.books.stops.step ?? 0;
      if (personality.trapExit[architecture] === 'iret') {
        expect(steps).toBeLessThanOrEqual(4);
        expect(kd.stub.books.hits_lost).toBe(0);
      } else expect(steps).toBeGreaterThan(50);
      expect(kd.machine.damages).toEqual([]);
    },
  );

  it('at a hardware breakpoint steps off it where registers cannot be set', async () => {
    const kd = await bench({ worker: 5 }).stand();
    kd.known.breakpoints.add(pastEffect(kd), 'execute');
    await kd.go();
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    kd.known.contexts.set = () => Promise.reject(new Error('The target refuses its registers.'));
    await kd.go();
    await kd.until(() => kd.stops.length === 3 && kd.target.standsStill);
    expect(kd.stub.books.stops.step).toBe(1);
    expect(kd.machine.damages).toEqual([]);
  });

  it('at a step that another processor overtakes tells that stop, and the step’s end is nobody’s', async () => {
    const kd = await bench({ worker: 50, batch: 50, buffers: 50, ioctl: 50 }, 2, 'careful').stand();
    kd.known.breakpoints.add(kd.address(pool), 'software');
    await kd.go();
    let stops = 1;
    const processors = new Set<number>();
    for (let hit = 0; hit < 60; hit++) {
      await kd.until(() => kd.stops.length > stops && kd.target.standsStill);
      expect(kd.stops).toHaveLength(++stops);
      expect(kd.stop).toMatchObject({ reason: 'breakpoint', pc: kd.address(pool) });
      processors.add(kd.stop.change.processor);
      await kd.go();
    }
    expect([...processors].sort()).toEqual([0, 1]);
    expect(kd.stub.books.stops.step ?? 0).toBeGreaterThan(50);
    expect(kd.machine.damages).toEqual([]);
  });

  it('behind a breakpoint that is refused afterwards says so, and stands there like at any stop', async () => {
    const kd = await atHit();
    const { breakpoints } = kd.known;
    const insert = breakpoints.insert.bind(breakpoints);
    breakpoints.insert = (except) =>
      except === undefined ? Promise.reject(new Error('The target refuses breakpoint 0.')) : insert(except);
    await kd.go();
    expect(kd.notes.join()).toContain('refuses breakpoint 0');
    expect(kd.target.standsStill).toBe(true);
    expect(kd.stop).toMatchObject({ reason: 'step', change: { thread: kd.stops[1]?.change.thread } });
    breakpoints.insert = insert;
    await kd.go();
    expect(kd.target.running).toBe('running');
    expect(kd.machine.damages).toEqual([]);
  });

  it('at a breakpoint does not leave its resume without an end when the step gets lost', async () => {
    const kd = await atHit();
    kd.stub.cable(false);
    let ended = false;
    void kd.target
      .go()
      .catch(() => undefined)
      .then(() => {
        ended = true;
      });
    await kd.clock.advanceAsync(60_000);
    kd.link.abandon();
    kd.target.lineChanged();
    kd.stub.cable(true);
    kd.stub.power();
    await kd.until(() => kd.told.includes('rebooted'));
    await kd.clock.advanceAsync(10_000);
    expect(ended).toBe(true);
  });

  it('at a breakpoint tells where a step ended that was taken back', async () => {
    const kd = await atHit();
    let stepped = false;
    kd.hands.toTarget = (bytes) => {
      stepped ||= isRequest(bytes, API.continue2);
      return bytes;
    };
    kd.hands.toHost = (bytes) => (stepped ? undefined : bytes);
    const went = kd.target.go();
    await kd.clock.advanceAsync(100);
    kd.link.abandon();
    await expect(kd.settle(went)).rejects.toMatchObject({ code: 'abandoned' });
    kd.hands.toHost = (bytes) => bytes;
    await kd.until(() => kd.target.standsStill);
    await kd.clock.advanceAsync(1000);
    expect(kd.target.running === 'running' || kd.stops.length === 3).toBe(true);
  });

  it('at a prompt is answered also when an earlier session left its ids', async () => {
    const kd = new KdBench({
      architecture,
      personality,
      stub: { state: 'running', wakes: { assert: 1 }, ids: { target: 0x8080_0000, host: 0x8080_0001 } },
    });
    await kd.until(() => (kd.machine.completed.get('assert') ?? 0) > 0, 20_000);
  });
});
