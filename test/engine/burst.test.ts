import { afterEach, beforeEach, expect, test } from 'vitest';
import { armLines } from '../../src/session/core/commands.js';
import { planBursts } from '../../src/session/core/halt-budget.js';
import { letGo, trapsFor } from '../../src/session/core/hit-commands.js';
import { NOTHING_OURS } from '../../src/session/core/ours.js';
import type { Catching, Plan } from '../../src/session/core/plan.js';
import { BASE } from '../session/base-plan.js';
import { CTRL_F, PROMPT } from './console.js';
import { Laboratory } from './laboratory.js';
import { Session } from './session.js';
import { printedStacks } from './stacks.js';

const PASSED = 3;
const STACKS = 4;
const PLAN: Plan = {
  ...BASE,
  bursts: planBursts(0.1, { armMs: 1, hitMs: 1, passMs: 1 }, { haltLimitMs: 1000, hits: STACKS, seed: 1 }),
};

let lab: Laboratory;
afterEach(() => lab.close());
beforeEach(() => {
  lab = new Laboratory('x64');
});

test.each([
  ['breakpoint', 'hit'],
  ['pool-hit-tag', 'pool-hit'],
] as const)(
  'a burst by %s lets hits go, prints the next ones, and leaves the target running',
  async (catching: Catching, stop) => {
    await lab.target();
    const kd = lab.kd(['-b']);
    await kd.until(PROMPT);
    const { traps } = trapsFor(PLAN, 'nt!MmAllocateSpecialPool', [], STACKS);
    for (const burst of [1, 2]) {
      // As a session arms for each: what an earlier burst has disabled is taken out first.
      const again = burst === 2 && catching === 'breakpoint' ? ['bc 0'] : [];
      for (const line of [letGo(PASSED), ...again, ...armLines(PLAN, { ...NOTHING_OURS, catching, traps }, STACKS)])
        await kd.ask(line);
      kd.type('g');
      await expect.poll(() => lab.books.stops[stop], { timeout: 60_000 }).toBe(burst * (PASSED + STACKS));
      await lab.allocates(4);
      expect(lab.books.stops[stop]).toBe(burst * (PASSED + STACKS));
      expect(printedStacks(kd.text)).toHaveLength(burst * STACKS);
      kd.type(CTRL_F);
      await kd.until(PROMPT);
    }
    await kd.ask('bc *');
    await lab.leave(kd);
  },
);

test('a session with a halt budget collects in bursts, keeps to its share, and leaves the target free', async () => {
  await lab.target();
  const session = new Session(lab, ['--halt-budget', '25%', '--burst', '3', '--break', 'now', '--max-hits', '9']);
  expect(await session.program.ended(), session.text).toBe(0);
  await lab.expectFree();
  const pauses = session.events('pause') as unknown as { took_ms: number; ms: number }[];
  expect(pauses.length, session.text).toBeGreaterThanOrEqual(2);
  for (const { took_ms, ms } of pauses) expect(took_ms / (took_ms + ms)).toBeLessThanOrEqual(0.26);
  const report = await session.report();
  expect(report.hits).toBeGreaterThanOrEqual(9);
  expect(session.result).toMatchObject({ hits: report.hits, disposition: 'running' });
});
