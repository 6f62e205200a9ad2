import { describe, expect, it } from 'vitest';
import { planBursts } from '../../../src/session/core/halt-budget.js';
import type { Plan } from '../../../src/session/core/plan.js';
import type { Effect, SessionEvent, SessionState } from '../../../src/session/core/state.js';
import { step } from '../../../src/session/core/step.js';
import { BASE } from '../base-plan.js';
import { ModelKd } from '../model-kd.js';
import { stateOf } from '../state-of.js';

const PLAN: Plan = {
  ...BASE,
  vouches: true,
  bursts: planBursts(0.1, { armMs: 500, hitMs: 200, passMs: 0 }, { haltLimitMs: 30_000, hits: 3, seed: 5 }),
};

/** A burst that began at 10 s, with the target standing since then. */
const collecting = stateOf({
  phase: 'collecting',
  kd: { connects: 1 },
  target: { disposition: 'running' },
  ours: { armed: true, armedBefore: true, catching: 'breakpoint', symbol: 'nt!MmAllocateSpecialPool' },
  bursts: { number: 1, since: 10_000, hitsBefore: 5, haltedBefore: 700, halted: 700, untold: true },
});

function played(state: SessionState, ...events: readonly SessionEvent[]): { state: SessionState; effects: Effect[] } {
  const effects: Effect[] = [];
  for (const event of events) {
    const next = step(state, event, PLAN);
    effects.push(...next.effects);
    state = next.state;
  }
  return { state, effects };
}

const hits = (at: number, total: number, haltedMs: number): SessionEvent => ({ at, type: 'hits', total, haltedMs });
const pauseOf = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.do === 'timer' && effect.name === 'pause' ? effect.ms : []));

describe('a burst', () => {
  it('is over with its last hit, and leaves the target its share of the time for what it stood', () => {
    expect(pauseOf(played(collecting, hits(11_000, 7, 1400)).effects)).toEqual([]);
    const [pause] = pauseOf(played(collecting, hits(11_000, 7, 1400), hits(12_000, 8, 2600)).effects);
    // 1,900 ms measured, a little more for what is told late; never more than the burst took.
    expect(pause).toBeGreaterThanOrEqual(1900 * 9);
    expect(pause).toBeLessThanOrEqual(2000 * 9 * 1.5);
  });

  it('that took long as hits are rare costs no long pause', () => {
    const [pause] = pauseOf(played(collecting, hits(3_000_000, 8, 1300)).effects);
    expect(pause).toBeLessThan(20_000);
  });

  it('is followed by the next one when the pause is over: a break-in by standing order', () => {
    const paused = played(collecting, hits(12_000, 8, 2600)).state;
    const { state, effects } = played(paused, { at: 40_000, type: 'timer', name: 'pause' });
    expect(state).toMatchObject({ phase: 'breaking', aim: 'arm' });
    expect(effects).toContainEqual(expect.objectContaining({ do: 'break' }));
    expect(effects).toContainEqual(
      expect.objectContaining({ do: 'tell', detail: { phase: 'breaking', order: 'the halt budget' } }),
    );
  });

  it('whose end was missed is begun anew after a while', () => {
    const { state } = played(collecting, { at: 900_000, type: 'timer', name: 'pause' });
    expect(state).toMatchObject({ phase: 'breaking', bursts: { pausedAt: 900_000 } });
  });

  it('that is due while somebody holds the target begins when it runs again', () => {
    const paused = played(collecting, hits(12_000, 8, 2600)).state;
    const held: SessionState = { ...paused, phase: 'halted', target: { ...paused.target, disposition: 'halted' } };
    const later = played(held, { at: 60_000, type: 'timer', name: 'pause' });
    expect([later.state.phase, pauseOf(later.effects)]).toEqual(['halted', [5000]]);
    const resuming: SessionState = { ...paused, target: { ...paused.target, resuming: true } };
    expect(pauseOf(played(resuming, { at: 60_000, type: 'timer', name: 'pause' }).effects)).toEqual([5000]);
    const lost: SessionState = { ...paused, phase: 'lost', kd: { ...paused.kd, lineBack: true } };
    expect(played(lost, { at: 60_000, type: 'timer', name: 'pause' }).state.phase).toBe('breaking');
  });

  it('is not begun by a session that is on its way out', () => {
    const leaving: SessionState = { ...collecting, aim: 'release', ending: { reason: 'asked', exitCode: 0 } };
    const { state, effects } = played(leaving, { at: 60_000, type: 'timer', name: 'pause' });
    expect([state.phase, effects]).toEqual(['collecting', []]);
  });

  it('counts what a hit without a stack costs where kd does not measure it', () => {
    const budget = planBursts(0.5, { armMs: 0, hitMs: 10, passMs: 1000 }, { haltLimitMs: 60_000, hits: 3, seed: 5 });
    const state: SessionState = { ...collecting, bursts: { ...collecting.bursts, passed: 10 } };
    const { effects } = step(state, hits(90_000, 8, 700), { ...PLAN, vouches: false, bursts: budget });
    expect(pauseOf(effects)[0]).toBeGreaterThanOrEqual(10_000);
  });

  it('is not the business of a session without a budget', () => {
    const { bursts: _, ...plain } = PLAN;
    const { state, effects } = step(collecting, { at: 12_000, type: 'timer', name: 'pause' }, plain);
    expect([state.phase, effects]).toEqual(['collecting', []]);
  });
});

describe('--max-halt', () => {
  it('releases when the target has stood so long, hits included', () => {
    const plan = { ...PLAN, maxHaltMs: 2000 };
    expect(step(collecting, hits(11_000, 6, 1999), plan).state.phase).toBe('collecting');
    expect(step(collecting, hits(11_000, 6, 2000), plan).state).toMatchObject({
      phase: 'releasing',
      ending: { exitCode: 0, reason: expect.stringContaining('--max-halt') },
    });
  });
});

describe('a session in bursts', () => {
  function collect(minutes: number): ModelKd {
    const model = new ModelKd(PLAN, 10);
    model.start();
    for (let second = 0; second < minutes * 60 && !model.finished; second++) {
      model.run(1000);
      model.hit();
    }
    return model;
  }

  it('arms, pauses and arms again, with one break-in a burst, and ends free', () => {
    const model = collect(20);
    const { number } = model.state.bursts;
    expect(number).toBeGreaterThan(20);
    expect(model.breaks.length).toBe(number);
    expect(model.set.size).toBe(1);
    model.incident('operator-release');
    model.run(60_000);
    expect(model.finished?.exitCode).toBe(130);
    expect([model.target, model.breakpoint]).toEqual(['running', false]);
  });

  it('begins a new burst after a reboot, and does not take the time of the boot for running', () => {
    const model = collect(2);
    const before = model.state.bursts.number;
    const since = model.state.bursts.pausedAt ?? model.now;
    const at = model.now;
    model.incident('reboot');
    model.run(10_000);
    const typed = model.typed.join('\n');
    const paused = Number(new RegExp(`burst ${before + 1} begins, after (\\d+) ms`).exec(typed)?.[1]);
    expect(paused).toBeLessThanOrEqual(at - since + 20);
    expect(model.state).toMatchObject({ phase: 'collecting', bursts: { number: before + 1 } });
    expect(model.breakpoint).toBe(true);
  });
});
