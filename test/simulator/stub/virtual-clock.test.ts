import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';

describe('virtual time', () => {
  it('fires timers in the order of their times, then of their making', () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.after(20, () => fired.push(`c${clock.now()}`));
    clock.after(10, () => fired.push(`a${clock.now()}`));
    clock.after(10, () => fired.push(`b${clock.now()}`));
    clock.advance(15);
    expect(fired).toEqual(['a10', 'b10']);
    expect(clock.now()).toBe(15);
    clock.advance(5);
    expect(fired).toEqual(['a10', 'b10', 'c20']);
    expect(clock.pending).toBe(0);
  });

  it('fires what a timer sets within the same time', () => {
    const clock = new VirtualClock();
    const fired: number[] = [];
    const again = (): void => {
      fired.push(clock.now());
      if (fired.length < 5) clock.after(10, again);
    };
    clock.after(10, again);
    clock.advance(35);
    expect(fired).toEqual([10, 20, 30]);
  });

  it('takes timers back', () => {
    const clock = new VirtualClock();
    let fired = 0;
    const cancel = clock.after(10, () => fired++);
    cancel();
    cancel();
    clock.advance(100);
    expect(fired).toBe(0);
  });

  it('stops when the condition holds, and at its limit', () => {
    const clock = new VirtualClock();
    let done = false;
    clock.after(10, () => {
      done = true;
    });
    expect(clock.runUntil(() => done, 100)).toBe(true);
    expect(clock.now()).toBe(10);
    expect(clock.runUntil(() => false, 100)).toBe(false);
    expect(clock.now()).toBe(110);
  });

  it('lets promises have their turn', async () => {
    const clock = new VirtualClock();
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));
    const times: number[] = [];
    const walk = async (): Promise<string> => {
      for (let count = 0; count < 3; count++) {
        await sleep(10);
        times.push(clock.now());
      }
      return 'there';
    };
    expect(await clock.settle(walk())).toBe('there');
    expect(times).toEqual([10, 20, 30]);
    await expect(clock.settle(Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(clock.settle(new Promise(() => undefined), 100)).rejects.toThrow('100 virtual milliseconds');
    await clock.advanceAsync(5);
    expect(clock.now()).toBe(135);
  });
});
