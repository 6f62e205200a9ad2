import { expect, it } from 'vitest';
import { KdBench } from '../kd-bench.js';

it.each(['x86', 'x64'] as const)(
  'a stop costs what passes from its report to the end of its resume (%s)',
  async (architecture) => {
    let passed = { bytes: 0, packets: 0 };
    const kd = await new KdBench({
      architecture,
      ways: 'careful',
      stub: { state: 'running', wakes: { worker: 5 } },
      trace: (_, bytes) => {
        // Several packets may come in one piece.
        const packets =
          Buffer.from(bytes)
            .toString('latin1')
            .match(/0000(?=[\x02\x03\x07])|iiii/g)?.length ?? 0;
        passed = { bytes: passed.bytes + bytes.length, packets: passed.packets + packets };
      },
    }).stand();
    kd.known.breakpoints.add(kd.address('nt!MmAllocateSpecialPool'), 'software');
    await kd.go();
    await kd.until(() => kd.stops.length === 2 && kd.target.standsStill);
    await kd.go();
    passed = { bytes: 0, packets: 0 };
    const halted = kd.target.haltedMs;
    await kd.until(() => kd.stops.length === 3 && kd.target.standsStill);
    await kd.settle(kd.known.memory.read(kd.address('nt!DbgPrint'), 100));
    await kd.go();
    expect(kd.target.costs.last).toEqual({ ...passed, haltedMs: kd.target.haltedMs - halted });
    expect(kd.target.costs.median).toMatchObject({ stops: 3 });
    // The report, the step off and its report, the breakpoint once more, the resume, and what was read.
    expect(passed.bytes).toBe(910 + 178 + 100);
  },
);

it.each(['x86', 'x64'] as const)(
  'standstill counts from the first byte of a report, on a line whose speed nobody has told (%s)',
  async (architecture) => {
    const kd = await new KdBench({
      architecture,
      stub: { state: 'running', baud: 19_200, wakes: { worker: 5 } },
    }).stand();
    kd.known.breakpoints.add(kd.address('nt!MmAllocateSpecialPool'), 'software');
    for (let stops = kd.stops.length + 1; stops < 8; stops++) {
      await kd.go();
      await kd.until(() => kd.stops.length === stops && kd.target.standsStill);
    }
    await kd.go();
    const { halted_ms, hits } = kd.stub.books;
    expect(hits).toBeGreaterThan(4);
    // What the first byte and an acknowledgement take on the line is not seen here.
    expect(Math.abs(kd.target.haltedMs - halted_ms)).toBeLessThan(hits * 15);
  },
);
