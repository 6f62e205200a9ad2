import { describe, expect, it } from 'vitest';
import { type HaltCosts, passedIn, pauseAfter, planBursts } from '../../../src/session/core/halt-budget.js';

/** The built-in kd at 19,200 baud, x64. */
const OURS: HaltCosts = { armMs: 1500, hitMs: 1500, passMs: 280 };
/** Microsoft's there. */
const THEIRS: HaltCosts = { armMs: 3200, hitMs: 14_000, passMs: 2800 };
const LIMIT = { haltLimitMs: 30_000, seed: 1 };

describe('bursts', () => {
  it('of ten stacks behind a random number of hits where that stays below the halt limit', () => {
    expect(planBursts(0.1, OURS, LIMIT)).toMatchObject({ hits: 10, pass: [4, 15], burstMs: 20_700 });
  });

  it('are smaller where a hit takes long, and let none go where few fit', () => {
    expect(planBursts(0.1, { ...OURS, hitMs: 4000 }, LIMIT)).toMatchObject({ hits: 6, pass: [4, 15] });
    expect(planBursts(0.1, THEIRS, LIMIT)).toMatchObject({ hits: 1, pass: [0, 0], burstMs: 17_200 });
  });

  it('that cannot stay below the limit are refused, with what would help', () => {
    expect(() => planBursts(0.1, THEIRS, { ...LIMIT, haltLimitMs: 10_000 })).toThrowError(
      expect.objectContaining({ code: 'halt-budget', exitCode: 2, message: expect.stringContaining('17.2 s') }),
    );
    expect(() => planBursts(0.1, OURS, { ...LIMIT, hits: 50 })).toThrowError(
      expect.objectContaining({ code: 'halt-budget', message: expect.stringContaining('A burst of 50 hits') }),
    );
  });

  it('are as many stacks as somebody wants', () => {
    expect(planBursts(0.1, OURS, { ...LIMIT, hits: 2 })).toMatchObject({ hits: 2, pass: [4, 15] });
  });
});

describe('pauses', () => {
  const budget = planBursts(0.1, OURS, LIMIT);

  it('leave the target its share of the time after every burst, and are never the same', () => {
    const pauses = Array.from({ length: 200 }, (_, burst) => pauseAfter(budget, burst, 10_000));
    for (const pause of pauses) expect(10_000 / (10_000 + pause)).toBeLessThanOrEqual(0.1);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(135_000);
    expect(new Set(pauses).size).toBeGreaterThan(190);
    const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
    expect(mean).toBeGreaterThan(105_000);
    expect(mean).toBeLessThan(120_000);
  });

  it('are never longer than a timer can wait, which would end at once', () => {
    expect(pauseAfter(planBursts(0.001, OURS, LIMIT), 1, 4_000_000)).toBeLessThan(2 ** 31);
  });

  it('are a second at least', () => {
    expect(pauseAfter(planBursts(0.9, OURS, LIMIT), 1, 10)).toBe(1000);
  });
});

it('as many hits are let go as the plan says, each number about as often', () => {
  const budget = planBursts(0.1, OURS, LIMIT);
  const passed = Array.from({ length: 1200 }, (_, burst) => passedIn(budget, burst));
  for (let number = 4; number <= 15; number++) {
    const times = passed.filter((each) => each === number).length;
    expect(times, String(number)).toBeGreaterThan(60);
    expect(times, String(number)).toBeLessThan(150);
  }
  expect(passed.every((each) => each >= 4 && each <= 15)).toBe(true);
  expect(passedIn(planBursts(0.1, THEIRS, LIMIT), 3)).toBe(0);
});
