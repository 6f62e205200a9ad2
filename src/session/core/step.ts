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
import type { Effect, Phase, SessionEvent, SessionState, TargetStop, TimerName } from './state.js';
import { Transition } from './transition.js';

// The entry into core/: what a state and an event lead to. What is the same in all states is here, the rest is in phases/.

const PHASES: Readonly<Record<Phase, (transition: Transition) => void>> = {
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
  const transition = new Transition(
    { ...state, target: { ...state.target, modules } },
    booted ? asConnection(event) : event,
    plan,
  );
  if (booted) transition.tell('boot-seen', {});
  if (!common(transition)) PHASES[state.phase](transition);
  endAtMaxHits(transition);
  endAtMaxHalt(transition);
  return { state: transition.state, effects: transition.effects };
}

/** The last hit may come while the resume behind the arming is not confirmed yet, or the link is lost: none comes after it. */
function endAtMaxHits(transition: Transition): void {
  const { state, plan } = transition;
  if (state.phase === 'collecting' && plan.maxHits !== undefined && state.hits.total >= plan.maxHits)
    end(transition, `--max-hits ${plan.maxHits} is reached`, EXIT.done);
}

/** No hit more is worth it: what was set is taken out. */
function endAtMaxHalt(transition: Transition): void {
  const { state, plan } = transition;
  if (state.phase === 'collecting' && plan.maxHaltMs !== undefined && state.bursts.halted >= plan.maxHaltMs)
    end(transition, `--max-halt is reached: the target has been halted for ${plan.maxHaltMs} ms in all`, EXIT.done);
}

/** What is the same in every phase. @returns true when the event needs nothing more */
function common(transition: Transition): boolean {
  const { event, state } = transition;
  if (state.phase === 'released' || state.phase === 'unknown') return true;
  switch (event.type) {
    case 'start':
      if (transition.plan.crashed !== undefined) state.target.crashed = transition.plan.crashed;
      if (transition.plan.tagLeft) state.ours.tagIn = true;
      transition.start();
      return true;
    case 'exited':
      kdGone(transition);
      return true;
    case 'operator':
      return operator(transition);
    case 'runaway':
      runaway(transition, event.text);
      return true;
    case 'break-failed':
    case 'break-ready':
      return false;
    case 'hits':
      state.hits.total = event.total;
      if (event.haltedMs !== undefined) state.bursts.halted = event.haltedMs;
      return false;
    case 'timer':
      return timer(transition, event.name);
    case 'console':
      if (event.event.kind === 'halted-total') {
        state.kd.haltedMs = (state.kd.haltedMs ?? 0) + event.event.ms;
        return true;
      }
      if (event.event.kind === 'bug-check') {
        state.target.stop = { kind: 'bug-check', text: event.event.code };
        state.target.crashed = event.event.code;
      }
      heard(transition, event.event);
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

function heard(transition: Transition, of: ConsoleEvent): void {
  const { event, state, plan } = transition;
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
  seePlace(transition, of);
  if (kind === 'stack' || kind === 'hit') state.hits.lastAt = event.at;
}

/** What a break-in leaves of a hit that it has met: a stack, or a part of one, the place, and a prompt. */
function seePlace({ state, plan }: Transition, of: ConsoleEvent): void {
  if (of.kind !== 'stack' && of.kind !== 'place') return;
  const { stop } = state.target;
  const known = stop?.kind === 'exception';
  // Of breaks that are none of the pool's the filter prints no stack; of a hit that is met before its stack the place alone comes.
  const hit = known && hitsByTag(plan, state.ours) && (of.kind === 'stack' || isPoolPlace(of.symbol));
  if (hit) state.target.stop = CUT;
  else if (known && of.kind === 'place') state.target.stop = { ...stop, place: of.symbol };
  else state.target.stop ??= CUT;
}

const CUT: TargetStop = { kind: 'cut', text: 'a break-in has met a hit' };

/** In the kernel, and at none of its break instructions with a name: those are for break-ins, bug checks and drivers. */
function isPoolPlace(symbol: string): boolean {
  return /^nt!/i.test(symbol) && !/break(?:point|withstatus)/i.test(symbol);
}

const CONNECTING: ReadonlySet<Phase> = new Set(['starting', 'waiting', 'connected']);

function timer(transition: Transition, name: TimerName): boolean {
  const { state } = transition;
  if (name === 'leave') {
    transition.addEffect({ do: 'end-kd' });
    return true;
  }
  if (name === 'wait' && (state.phase === 'waiting' || state.phase === 'starting') && !state.ours.armed) {
    state.ending = { reason: 'the target never connected', exitCode: EXIT.neverConnected };
    transition.leave();
    return true;
  }
  if (name === 'pause') {
    nextBurst(transition);
    return true;
  }
  if (name === 'for') {
    end(transition, 'the time is up', EXIT.done);
    return true;
  }
  return false;
}

function operator(transition: Transition): boolean {
  const { event, state } = transition;
  if (event.type !== 'operator') return false;
  if (event.action === 'leave') {
    leaveNow(transition);
    return true;
  }
  if (event.action === 'break' || state.ending) return state.ending !== undefined;
  end(transition, event.reason, event.exitCode);
  return true;
}

function leaveNow(transition: Transition): void {
  const { state } = transition;
  const frees =
    state.phase === 'leaving' && transition.plan.vouches && (state.ours.armedBefore || state.breaks.pressed);
  const touched = state.target.stood || state.target.unproved || state.breakIn || state.target.resuming || frees;
  const safe = (state.ours.theirs || !state.ours.armed) && state.target.disposition !== 'halted' && !touched;
  if (safe) transition.finish(state.ending?.exitCode ?? EXIT.interrupted, 'left by the operator');
  else transition.giveUp('left by the operator before the target was released');
}
