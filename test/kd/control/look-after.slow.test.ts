import { describe, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import { BREAK_IN, encodeAcknowledge, PACKET } from '../../../src/kd/wire/packet.js';
import { isRequest, KdBench, KINDS } from '../kd-bench.js';

/** A RESET among what the host sends. */
function isReset(bytes: Buffer): boolean {
  return bytes.length === 16 && bytes.readUInt16LE(4) === PACKET.reset;
}

describe.each(KINDS)('a target that should run ($name)', ({ architecture, personality }) => {
  function collecting(worker: number): Promise<KdBench> {
    return new KdBench({ architecture, personality, stub: { state: 'running', wakes: { worker } } }).collect();
  }

  it.each([0, 1, 2, 3, 4, 5])('and has dropped resume %i goes on within some seconds', async (which) => {
    const kd = await collecting(20);
    let resumes = 0;
    kd.hands.toTarget = (bytes) => {
      if (!isRequest(bytes, API.continue2) || resumes++ !== which) return bytes;
      kd.link.receive(encodeAcknowledge(bytes.readUInt32LE(8)));
      return undefined;
    };
    for (let each = 0; each < 6; each++) await kd.hit();
    expect(kd.notes.join('\n')).toMatch(/^The target was halted for [56]\.\d s: it had dropped the last resume/);
    expect(kd.notes).toHaveLength(1);
    // Exactly what the target has stopped for, and nothing twice; the first stop is the break-in's.
    expect(kd.stops).toHaveLength(7);
    expect(kd.stub.books.hits).toBe(6);
    expect(kd.machine.damages).toEqual([]);
    const { halted_ms } = kd.stub.books;
    expect(Math.abs(kd.target.haltedMs - halted_ms)).toBeLessThan(halted_ms * 0.05);
    await kd.settle(kd.known.breakpoints.clear(kd.known.breakpoints.list[0] as never));
    await kd.go();
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('and is silent is asked once a minute, in bytes that it does not hear', async () => {
    const kd = await collecting(0);
    await kd.go();
    const asked: Buffer[] = [];
    kd.hands.toTarget = (bytes) => {
      asked.push(bytes);
      return bytes;
    };
    const { breaks } = kd.stub.books;
    await kd.clock.advanceAsync(4900);
    expect(asked).toHaveLength(0);
    await kd.clock.advanceAsync(10 * 60_000);
    expect(asked.length).toBeGreaterThanOrEqual(9);
    expect(asked.length).toBeLessThanOrEqual(11);
    for (const bytes of asked) {
      expect(isReset(bytes)).toBe(true);
      expect(bytes.includes(BREAK_IN)).toBe(false);
    }
    expect(kd.stub.books).toMatchObject({ breaks, target: { state: 'running' } });
    expect(kd.notes).toEqual([]);
    expect(await kd.breakIn()).toBe(true);
  });

  it('and hits seldom is exact, and never taken for one that stood', async () => {
    const kd = await collecting(0.11);
    for (let each = 0; each < 40; each++) await kd.hit();
    expect(kd.stub.books.hits).toBe(40);
    expect(kd.notes).toEqual([]);
    expect(kd.machine.damages).toEqual([]);
  });

  it('and starts anew is not asked before it is known again', async () => {
    const kd = await collecting(0);
    let asked = 0;
    kd.hands.toTarget = (bytes) => {
      if (isReset(bytes)) asked++;
      return bytes;
    };
    await kd.settle(kd.target.reboot());
    kd.hands.toHost = () => undefined;
    await kd.clock.advanceAsync(30_000);
    expect(asked).toBe(0);
  });
});
