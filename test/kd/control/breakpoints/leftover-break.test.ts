import { describe, expect, it } from 'vitest';
import { KdBench, KINDS } from '../../kd-bench.js';

const pool = 'nt!MmAllocateSpecialPool';

describe.each(KINDS)('what an earlier debugger left ($name)', ({ architecture, personality }) => {
  /** A target that ran into what was left, and one that did not yet. */
  const wreck = (orphans: { table?: string[]; raw?: string[]; hardware?: string[] }, worker = 5): KdBench =>
    new KdBench({ architecture, personality, stub: { state: 'running', wakes: { worker }, orphans } });
  const planted = (kd: KdBench): number => kd.stub.books.target.breakpoints;

  it('in the table is counted and taken out, also where nobody stands', async () => {
    const kd = await wreck({ table: ['nt!KeBugCheckEx', 'nt!DbgPrint', 'nt!IopParseDevice'] }, 0).stand();
    expect(kd.notes).toEqual(['Cleared 3 breakpoint(s) that an earlier debugger had left in the target.']);
    expect(planted(kd)).toBe(0);
    await kd.go();
    expect(kd.machine.damages).toEqual([]);
  });

  it('in the table is all there is where the target stands at it: its report has the code as it was', async () => {
    const kd = wreck({ table: [pool] });
    await kd.clock.advanceAsync(2000);
    expect(await kd.attach()).toBe(true);
    await kd.until(() => kd.target.standsStill);
    expect(kd.stop.pc).toBe(kd.address(pool));
    // The report may have taken the entry out before it was looked for.
    expect(kd.notes.filter((note) => !note.startsWith('Cleared 1 breakpoint(s)'))).toEqual([]);
    await kd.go();
    await kd.clock.advanceAsync(3000);
    expect(kd.stops).toHaveLength(1);
    expect(kd.machine.damages).toEqual([]);
  });

  it('in the debug registers is said, and disarmed with the next resume', async () => {
    const kd = await wreck({ hardware: [pool] }, 0).stand();
    expect(kd.notes.join()).toMatch(/^DR7 was [0-9a-f]+: the next resume disarms/);
    await kd.go();
    expect(planted(kd)).toBe(0);
    for (const { debug } of kd.machine.processors) expect(debug.dr7 & 0xffn).toBe(0n);
  });

  it('in the code is put back where the target stands at it', async () => {
    const kd = wreck({ raw: [pool] });
    await kd.clock.advanceAsync(2000);
    expect(await kd.attach()).toBe(true);
    await kd.until(() => kd.target.standsStill);
    expect(kd.notes.join()).toContain('was left by an earlier debugger');
    expect(kd.stop).toMatchObject({ pc: kd.address(pool), repaired: true });
    expect(planted(kd)).toBe(0);
    await kd.go();
    await kd.clock.advanceAsync(3000);
    expect(kd.stops).toHaveLength(1);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.machine.tagAllocations).toBeGreaterThan(3);
  });

  it('is nothing where nothing is: a break-in is left alone', async () => {
    const kd = await wreck({}).stand();
    expect(kd.notes).toEqual([]);
    expect(kd.stop.repaired).toBeUndefined();
    const code = kd.machine.memory.read(kd.stop.pc, 4);
    await kd.go();
    await kd.breakIn();
    expect(kd.machine.memory.read(kd.stop.pc, 4).equals(code)).toBe(true);
  });

  it('is looked for once in a boot', async () => {
    const kd = await wreck({}).stand();
    const asked = kd.requests(0x3135);
    await kd.go();
    await kd.breakIn();
    await kd.go();
    expect(kd.requests(0x3135)).toBe(asked);
  });
});
