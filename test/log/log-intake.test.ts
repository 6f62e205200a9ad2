import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fault } from '../../src/fault.js';
import { LogIntake } from '../../src/log/log-intake.js';

/** A log whose writes end when the test says so. */
class SlowLog {
  readonly written: string[] = [];
  readonly #open: { chunk: string; done: () => void; failed: (error: Error) => void }[] = [];

  write(chunk: Uint8Array): Promise<void> {
    return new Promise((done, failed) => {
      this.#open.push({ chunk: Buffer.from(chunk).toString(), done, failed });
    });
  }

  async finish(error?: Error): Promise<void> {
    const next = this.#open.shift();
    if (!next) throw new Error('nothing is being written');
    if (error) next.failed(error);
    else {
      this.written.push(next.chunk);
      next.done();
    }
    await vi.advanceTimersByTimeAsync(0);
  }

  get busy(): number {
    return this.#open.length;
  }
}

let log: SlowLog;
let acted: string[];
let faults: Fault[];
let intake: LogIntake;

beforeEach(() => {
  vi.useFakeTimers();
  log = new SlowLog();
  acted = [];
  faults = [];
  intake = new LogIntake(
    log,
    (chunk) => acted.push(chunk.toString()),
    (fault) => faults.push(fault),
  );
});
afterEach(() => vi.useRealTimers());

const push = (text: string): Promise<void> => intake.push(Buffer.from(text));

describe('between kd and whoever acts on what it says', () => {
  it('acts on nothing that is not in the log yet, and keeps the order', async () => {
    void push('one');
    void push('two');
    await vi.advanceTimersByTimeAsync(2999);
    expect(acted).toEqual([]);
    await log.finish();
    expect(acted).toEqual(['one']);
    expect(log.busy).toBe(1);
    await log.finish();
    expect(acted).toEqual(['one', 'two']);
    await intake.settled();
    expect(faults).toEqual([]);
    expect(intake.missing).toBe(0);
  });

  it('does not wait for a log that has stalled, says so once, and fills it when it goes on', async () => {
    void push('one');
    void push('two');
    await vi.advanceTimersByTimeAsync(3000);
    expect(faults.map(({ code }) => code)).toEqual(['log-stalled']);
    expect(acted).toEqual(['one', 'two']);
    await push('three');
    expect(acted).toEqual(['one', 'two', 'three']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(faults).toHaveLength(1);
    expect(intake.missing).toBe(11);
    for (let chunk = 0; chunk < 3; chunk++) await log.finish();
    expect(log.written).toEqual(['one', 'two', 'three']);
    expect(acted).toHaveLength(3);
    expect(intake.missing).toBe(0);
  });

  it('holds no more than a bounded part of what a stalled log lacks, and leaves no hole in it', async () => {
    void push('one');
    await vi.advanceTimersByTimeAsync(3000);
    const big = Buffer.alloc(10_000_000, 0x61);
    await intake.push(big);
    await intake.push(big);
    await push('last');
    expect(intake.missing).toBe(20_000_007);
    await log.finish();
    await log.finish();
    expect(log.busy).toBe(0);
    expect(log.written.map(({ length }) => length)).toEqual([3, 10_000_000]);
    expect(intake.missing).toBe(10_000_004);
    expect(acted.at(-1)).toBe('last');
  });

  it('goes on without a log that cannot be written', async () => {
    const first = push('one');
    void push('two');
    await log.finish(new Fault('disk-full', 3, 'The disk is full.', 'Free some space.'));
    expect(faults.map(({ code }) => code)).toEqual(['disk-full']);
    await first;
    await push('three');
    expect(acted).toEqual(['one', 'two', 'three']);
    expect(log.busy).toBe(0);
    expect(intake.missing).toBe(11);
    await intake.settled();
  });

  // A laptop's lid, or a stopped process: its disk may be as quick as ever.
  it('does not take time in which this program did not run for time that the log took', async () => {
    void push('one');
    sleep(60_000);
    await vi.advanceTimersByTimeAsync(100);
    expect(faults).toEqual([]);
    await log.finish();
    expect(acted).toEqual(['one']);
    // One that really takes no more is found all the same.
    void push('two');
    sleep(60_000);
    await vi.advanceTimersByTimeAsync(3000);
    expect(faults.map(({ code }) => code)).toEqual(['log-stalled']);
    expect(acted).toEqual(['one', 'two']);
  });
});

/** Time goes by in which nothing of this program runs: every timer that is due goes off once, behind it. */
function sleep(ms: number): void {
  const { clock } = setTimeout as unknown as { clock: { jump(ms: number): void } };
  clock.jump(ms);
}
