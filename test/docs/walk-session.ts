import { defaultLadder } from '../../src/debugger/break-in.js';
import type { ConsoleEvent } from '../../src/kd-text/events.js';
import { planBursts } from '../../src/session/core/halt-budget.js';
import type { Plan } from '../../src/session/core/plan.js';
import { INITIAL, type SessionEvent, type SessionState, type TimerName } from '../../src/session/core/state.js';
import { step } from '../../src/session/core/step.js';
import { createRandom } from '../../src/simulator/random.js';
import { BASE } from '../session/base-plan.js';

/** Sessions of every kind that the operator can order. */
const PLANS: readonly Plan[] = [
  BASE,
  { ...BASE, breakMode: { when: 'enter' }, onStop: 'hold' },
  { ...BASE, breakMode: { when: 'now' }, waitMs: 1000, forMs: 1000 },
  { ...BASE, vouches: true, maxHits: 5 },
  { ...BASE, joined: true, ladder: defaultLadder('linux', false) },
  { ...BASE, joined: true, goal: 'release' },
  { ...BASE, goal: 'release', strategy: 'auto' },
  {
    ...BASE,
    bursts: planBursts(0.5, { armMs: 500, hitMs: 500, passMs: 0 }, { haltLimitMs: 30_000, hits: 2, seed: 1 }),
  },
];

const FOUND = 'fffff800`01234560 nt!MmAllocateSpecialPool (<no parameter info>)';
const SET = ' 0 e fffff800`01234560     0001 (0001) nt!MmAllocateSpecialPool ";kb;g"';
const SAID: readonly ConsoleEvent[] = [
  ...Array<ConsoleEvent>(3).fill({ kind: 'prompt', prompt: { kind: 'kd', processor: 0 } }),
  { kind: 'stack' },
  { kind: 'hit', breakpoint: 0 },
  { kind: 'exception', code: '80000003', text: 'Break instruction exception' },
  { kind: 'break-box' },
  { kind: 'bug-check', code: 'c4' },
  { kind: 'assertion-prompt' },
  { kind: 'waiting-to-reconnect' },
  { kind: 'opened', path: 'com1' },
  { kind: 'established' },
  { kind: 'shutdown' },
  { kind: 'link-lost' },
  { kind: 'module-loaded', module: 'nt', address: '0' as never },
  { kind: 'client-joined', who: 'us' },
  { kind: 'client-command', who: 'them', text: 'g' },
];
const TIMERS: readonly TimerName[] = [
  ...(['wait', 'break-after', 'break-settled', 'break', 'probe', 'halt-limit', 'cancelled'] as const),
  ...(['confirm', 'confirm', 'for', 'respawn', 'respawn', 'pause', 'leave'] as const),
];

type Body = SessionEvent extends infer E ? (E extends SessionEvent ? Omit<E, 'at'> : never) : never;

/**
 * Plays sessions in which anything happens in any order.
 * @returns every change of state that came of one event, as `from --> to`; none for a state that stays
 */
export function walkSessions(sessions: number, seed: number): Set<string> {
  const random = createRandom(seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  const seen = new Set<string>();
  for (let session = 0; session < sessions; session++) {
    const plan = pick(PLANS);
    let state = INITIAL;
    let over = false;
    for (let at = 0, count = 0; count < 40 && !over; count++) {
      at += pick([1, 50, 400, 3000]);
      const event = count === 0 ? { type: 'start' as const } : eventOf(state, pick, random);
      const next = step(state, { ...event, at } as SessionEvent, plan);
      if (next.state.phase !== state.phase) seen.add(`${state.phase} --> ${next.state.phase}`);
      over = next.effects.some((effect) => effect.do === 'finish');
      state = next.state;
    }
  }
  return seen;
}

function eventOf({ query }: SessionState, pick: <T>(all: readonly T[]) => T, random: () => number): Body {
  const kind = random();
  if (kind < 0.45) return { type: 'console', event: pick(SAID) };
  if (kind < 0.68) {
    const purpose = pick(['probe', 'resolve', 'arm', 'clear', 'go'] as const);
    const lines = pick([[], [FOUND], [SET], ["   ^ No runnable debuggees error in 'bl'"]]);
    return { type: 'answer', id: query.last, purpose, lines };
  }
  if (kind < 0.9) return { type: 'timer', name: pick(TIMERS) };
  if (kind < 0.94) return { type: 'hits', total: Math.floor(random() * 9) };
  if (kind < 0.96) return { type: 'operator', action: 'break' };
  if (kind < 0.975) return { type: 'operator', action: 'release', reason: 'Ctrl+C', exitCode: 130 };
  if (kind < 0.98) return { type: 'operator', action: 'leave' };
  if (kind < 0.985) return { type: 'runaway', text: 'much' };
  return { type: 'exited', code: pick([0, 1, 20]), signal: undefined };
}
