import { EXIT } from '../../fault.js';
import type { ConsoleEvent } from '../../kd-text/events.js';
import { asConnection, seeModules } from './boots.js';
import { hitsByTag } from './ours.js';
import { arming } from './phases/arming.js';
import { breaking } from './phases/breaking.js';
import { collecting } from './phases/collecting.js';
import { connecting } from './phases/connecting.js';
import { halted } from './phases/halted.js';
import { leaving } from './phases/leaving.js';
import { kdGone, lost } from './phases/lost.js';
import { nextBurst } from './phases/next-burst.js';
import { end } from './phases/release.js';
import { releasing } from './phases/releasing.js';
import { runaway } from './phases/runaway.js';
import type { Plan } from './plan.js';
import type { Effect, Phase, SessionEvent, SessionState, Stop, TimerName } from './state.js';
import { Turn } from './turn.js';

// The entry into core/: what a state and an event lead to. What is the same in all states is here, the rest is in phases/.

const PHASES: Readonly<Record<Phase, (turn: Turn) => void>> = {
  idle: () => {},
  starting: connecting,
  waiting: connecting,
  connected: connecting,
  breaking,
  halted,
  arming,
  collecting,
  releasing,
  leaving,
  released: () => {},
  lost,
  unknown: () => {},
};

/**
 * The session controller: what a state and an event lead to. Pure: the same input gives the same output.
 * @returns the next state, and the effects to carry out in order
 */
export function step(
  state: SessionState,
  event: SessionEvent,
  plan: Plan,
): { readonly state: SessionState; readonly effects: readonly Effect[] } {
  const { modules, booted } = seeModules(state.target.modules, event);
  const turn = new Turn({ ...state, target: { ...state.target, modules } }, booted ? asConnection(event) : event, plan);
  if (booted) turn.tell('boot-seen', {});
  if (!common(turn)) PHASES[state.phase](turn);
  endAtMaxHits(turn);
  endAtMaxHalt(turn);
  return { state: turn.state, effects: turn.effects };
}

/** The last hit may come while the resume behind the arming is not confirmed yet, or the link is lost: none comes after it. */
function endAtMaxHits(turn: Turn): void {
  const { state, plan } = turn;
  if (state.phase === 'collecting' && plan.maxHits !== undefined && state.hits.total >= plan.maxHits)
    end(turn, `--max-hits ${plan.maxHits} is reached`, EXIT.done);
}

/** No hit more is worth it: what was set is taken out. */
function endAtMaxHalt(turn: Turn): void {
  const { state, plan } = turn;
  if (state.phase === 'collecting' && plan.maxHaltMs !== undefined && state.bursts.halted >= plan.maxHaltMs)
    end(turn, `--max-halt is reached: the target has stood still for ${plan.maxHaltMs} ms in all`, EXIT.done);
}

/** What is the same in every phase. @returns true when the event needs nothing more */
function common(turn: Turn): boolean {
  const { event, state } = turn;
  if (state.phase === 'released' || state.phase === 'unknown') return true;
  switch (event.type) {
    case 'start':
      if (turn.plan.crashed !== undefined) state.target.crashed = turn.plan.crashed;
      if (turn.plan.tagLeft) state.ours.tagIn = true;
      turn.start();
      return true;
    case 'exited':
      kdGone(turn);
      return true;
    case 'operator':
      return operator(turn);
    case 'runaway':
      runaway(turn, event.text);
      return true;
    case 'break-failed':
    case 'break-ready':
      return false;
    case 'hits':
      state.hits.total = event.total;
      if (event.haltedMs !== undefined) state.bursts.halted = event.haltedMs;
      return false;
    case 'timer':
      return timer(turn, event.name);
    case 'console':
      if (event.event.kind === 'halted-total') {
        state.kd.haltedMs = (state.kd.haltedMs ?? 0) + event.event.ms;
        return true;
      }
      if (event.event.kind === 'bug-check') {
        state.target.stop = { kind: 'bug-check', text: event.event.code };
        state.target.crashed = event.event.code;
      }
      heard(turn, event.event);
      return false;
    case 'answer':
      // The answer to an older question, late after a reboot or a break-in, says nothing about now.
      if (event.id !== state.query.last) return true;
      state.query.open = false;
      state.query.arms = false;
      return event.purpose === 'probe' && !state.breakIn && !CONNECTING.has(state.phase);
  }
}

/** What kd says of itself: nothing has come over the line. */
const OF_KD: ReadonlySet<ConsoleEvent['kind']> = new Set([
  ...(['banner', 'opened', 'waiting-to-reconnect', 'client-joined', 'client-command', 'failed', 'place'] as const),
  ...(['open-failure', 'start-failure', 'no-server', 'halted-total', 'unresolved'] as const),
]);

/** What a client says before it is let in. */
const OF_CLIENT: ReadonlySet<ConsoleEvent['kind']> = new Set(['banner', 'no-server', 'start-failure', 'open-failure']);

function heard(turn: Turn, of: ConsoleEvent): void {
  const { event, state, plan } = turn;
  const { kind } = of;
  if (kind === 'prompt') state.hits.stacksSincePrompt = 0;
  else if (!OF_KD.has(kind)) state.kd.heardAt = event.at;
  if (plan.joined && !OF_CLIENT.has(kind)) state.kd.joined = true;
  const ours = state.breakIn !== undefined && plan.ladder[state.breaks.rung] === 'client';
  if (kind === 'client-command' || (kind === 'client-joined' && !ours)) state.kd.colleagues = true;
  if (kind === 'module-loaded') delete state.target.crashed;
  if (kind === 'module-loaded' || (kind === 'established' && state.kd.connects > 0)) state.target.bootsAt = event.at;
  if ((kind === 'connected-to' || kind === 'established') && state.breakIn) state.breakIn.linkedAt ??= event.at;
  if (kind === 'stack') state.hits.stacksSincePrompt++;
  seePlace(turn, of);
  if (kind === 'stack' || kind === 'hit') state.hits.lastAt = event.at;
}

/** What a break-in leaves of a hit that it has met: a stack, or a part of one, the place, and a prompt. */
function seePlace({ state, plan }: Turn, of: ConsoleEvent): void {
  if (of.kind !== 'stack' && of.kind !== 'place') return;
  const { stop } = state.target;
  const known = stop?.kind === 'exception';
  // Of breaks that are none of the pool's the filter prints no stack; of a hit that is met before its stack the place alone comes.
  const hit = known && hitsByTag(plan, state.ours) && (of.kind === 'stack' || isPoolPlace(of.symbol));
  if (hit) state.target.stop = CUT;
  else if (known && of.kind === 'place') state.target.stop = { ...stop, place: of.symbol };
  else state.target.stop ??= CUT;
}

const CUT: Stop = { kind: 'cut', text: 'a break-in has met a hit' };

/** In the kernel, and at none of its break instructions with a name: those are for break-ins, bug checks and drivers. */
function isPoolPlace(symbol: string): boolean {
  return /^nt!/i.test(symbol) && !/break(?:point|withstatus)/i.test(symbol);
}

const CONNECTING: ReadonlySet<Phase> = new Set(['starting', 'waiting', 'connected']);

function timer(turn: Turn, name: TimerName): boolean {
  const { state } = turn;
  if (name === 'leave') {
    turn.do({ do: 'end-kd' });
    return true;
  }
  if (name === 'wait' && (state.phase === 'waiting' || state.phase === 'starting') && !state.ours.armed) {
    state.ending = { reason: 'the target never connected', exitCode: EXIT.neverConnected };
    turn.leave();
    return true;
  }
  if (name === 'pause') {
    nextBurst(turn);
    return true;
  }
  if (name === 'for') {
    end(turn, 'the time is up', EXIT.done);
    return true;
  }
  return false;
}

function operator(turn: Turn): boolean {
  const { event, state } = turn;
  if (event.type !== 'operator') return false;
  if (event.action === 'leave') {
    leaveNow(turn);
    return true;
  }
  if (event.action === 'break' || state.ending) return state.ending !== undefined;
  end(turn, event.reason, event.exitCode);
  return true;
}

function leaveNow(turn: Turn): void {
  const { state } = turn;
  const frees = state.phase === 'leaving' && turn.plan.vouches && (state.ours.armedBefore || state.breaks.pressed);
  const touched = state.target.stood || state.target.unproved || state.breakIn || state.target.resuming || frees;
  const safe = (state.ours.theirs || !state.ours.armed) && state.target.disposition !== 'halted' && !touched;
  if (safe) turn.finish(state.ending?.exitCode ?? EXIT.interrupted, 'left by the operator');
  else turn.giveUp('left by the operator before the target was released');
}
