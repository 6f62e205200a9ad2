import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KdBench, KINDS } from '../kd-bench.js';

const pool = 'nt!MmAllocateSpecialPool';

describe.each(KINDS)('a host that stands still for a while ($name)', ({ architecture, personality }) => {
  async function collecting(): Promise<KdBench> {
    const kd = await new KdBench({
      architecture,
      personality,
      stub: { state: 'running', wakes: { worker: 100 } },
    }).stand();
    kd.known.breakpoints.add(kd.address(pool), 'software');
    return kd;
  }

  /** One hit, of which the stack is read as a command string reads it. */
  async function hit(kd: KdBench): Promise<void> {
    const before = kd.stops.length;
    await kd.go();
    await kd.until(() => kd.stops.length > before && kd.target.standsStill, 90_000);
    const sp = await kd.settle(kd.known.contexts.get(kd.known.architecture.sp));
    await kd.settle(kd.known.memory.read(sp, 400));
  }

  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])(
    'goes on with its hits: packet %i of a hit comes into the pause',
    async (which) => {
      const kd = await collecting();
      for (let each = 0; each < 5; each++) await hit(kd);
      let seen = 0;
      kd.hands.toHost = (bytes) => {
        if (bytes.length > 16 && seen++ === which) kd.hostTimers.stop(1300);
        return bytes;
      };
      for (let each = 0; each < 6; each++) await hit(kd);
      expect(kd.machine.damages).toEqual([]);
      await kd.settle(kd.known.breakpoints.clear(kd.known.breakpoints.list[0] as never));
      await kd.go();
      expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    },
  );

  it('never takes a target that stands for one that runs, wherever and however long it pauses', async () => {
    const pauses = fc.array(
      fc.record({ behind: fc.integer({ min: 1, max: 60 }), ms: fc.integer({ min: 100, max: 60_000 }) }),
      {
        minLength: 1,
        maxLength: 5,
      },
    );
    await fc.assert(
      fc.asyncProperty(pauses, async (all) => {
        const kd = await collecting();
        const left = [...all];
        let packets = 0;
        kd.hands.toHost = (bytes) => {
          if (++packets >= (left[0]?.behind ?? Number.POSITIVE_INFINITY)) {
            packets = 0;
            kd.hostTimers.stop(left.shift()?.ms ?? 0);
          }
          return bytes;
        };
        for (let each = 0; each < 12; each++) await hit(kd);
        expect(kd.machine.damages).toEqual([]);
        await kd.settle(kd.known.breakpoints.clear(kd.known.breakpoints.list[0] as never));
        await kd.go();
        await kd.until(() => kd.target.running !== 'halted', 70_000);
        expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});
