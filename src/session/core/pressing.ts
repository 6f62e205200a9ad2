import type { BreakInWay } from '../../debugger/break-in-ways.js';
import { again } from './bursts.js';
import type { Writable } from './draft.js';
import { SILENCE_MS } from './stands-since.js';
import type { BreakInAttempt } from './state.js';
import type { Transition } from './transition.js';

// Sending a break-in: when, by which way, and which way is next. That it worked is shown in phases/breaking.ts.

/** A break-in within this time after `g` may be swallowed; keep a distance. Source: experience of several projects, kd-console C5. */
const SETTLE_MS = 150;
/** Hits that come more seldom than this leave room for a break-in. */
const STEADY_MS = SILENCE_MS + 500;
/** A client of the debugging server takes so long to join. */
const JOIN_MS = 8000;
/** Somebody who was asked to press a key needs time to find it. */
const OPERATOR_MS = 60_000;
/** Ways that can be sent at a moment of our choice. */
const TIMED: ReadonlySet<BreakInWay> = new Set(['interrupt', 'ctrl-f', 'client']);

/** Sends a break-in by the present rung of the ladder, not too soon after a resume, and while hits come at the next one. */
export function startBreakIn(transition: Transition): void {
  const { state, event } = transition;
  state.breakIn = { tries: 0 };
  const since = state.target.resumedAt === undefined ? SETTLE_MS : event.at - state.target.resumedAt;
  if (since < SETTLE_MS) transition.timer('break-settled', SETTLE_MS - since);
  else sendOrAwait(transition);
}

/** The distance from the last resume is kept, or no hit has come within the time that it was waited for. */
export function breakSettled(transition: Transition): void {
  const { breakIn } = transition.state;
  if (breakIn?.awaits === undefined) sendOrAwait(transition);
  else sendBreak(transition, breakIn);
}

/** Where hits come steadily, kd hears a break-in only while it prints a stack. */
function sendOrAwait(transition: Transition): void {
  const { state, event, plan } = transition;
  const { breakIn } = state;
  if (!breakIn) return;
  // Breakpoints that have disabled themselves hit no more; the last of their stacks is still to be printed.
  const last = plan.maxHits !== undefined && state.hits.total >= plan.maxHits;
  const over = (last || state.bursts.pausedAt !== undefined) && state.target.disposition === 'running';
  const printing = plan.lastHitMs - (event.at - (state.hits.lastAt ?? event.at));
  if (over && printing > 0 && breakIn.tries === 0) {
    breakIn.awaits = 'hit';
    transition.timer('break-settled', printing);
    return;
  }
  const steady = !over && state.hits.lastAt !== undefined && event.at - state.hits.lastAt < STEADY_MS;
  if (!plan.breaksAtHits || !steady || state.target.disposition !== 'running') {
    sendBreak(transition, breakIn);
    return;
  }
  // What is somebody else's to press cannot be sent at the first bytes of a stack.
  const timed = plan.ladder.findIndex((way) => TIMED.has(way));
  if (breakIn.tries === 0 && timed >= 0 && !TIMED.has(plan.ladder[state.breaks.rung] ?? 'operator'))
    state.breaks.rung = timed;
  const way = plan.ladder[state.breaks.rung];
  if (way === 'client') {
    // It has to have joined before it can press in time.
    breakIn.awaits = 'client';
    transition.addEffect({ do: 'ready-break', way });
    transition.timer('break-settled', JOIN_MS);
  } else awaitHit(transition, breakIn);
}

/** What the break-in is sent with is at hand: from here on the next hit is waited for. */
export function breakReady(transition: Transition): void {
  const { breakIn } = transition.state;
  if (breakIn?.awaits === 'client') awaitHit(transition, breakIn);
}

function awaitHit(transition: Transition, breakIn: Writable<BreakInAttempt>): void {
  breakIn.awaits = 'hit';
  transition.timer('break-settled', STEADY_MS);
}

/** The first bytes of a stack: kd is about to read, and hears. */
export function breakAtHit(transition: Transition): void {
  const { breakIn } = transition.state;
  if (breakIn?.awaits === 'hit') sendBreak(transition, breakIn, true);
}

/** @param atHit a hit is just being printed, so that this break-in may cut it */
function sendBreak(transition: Transition, breakIn: Writable<BreakInAttempt>, atHit = false): void {
  const { state, plan } = transition;
  const way = plan.ladder[state.breaks.rung];
  if (way === undefined) throw new Error('the ladder of break-in ways is empty');
  delete breakIn.awaits;
  transition.cancel('break-settled');
  // A stack that was printed whole is no stop.
  if (state.target.stop?.kind === 'cut' && !atHit) delete state.target.stop;
  // What somebody is asked to press is not sent by us: it is theirs, and may never come.
  if (way !== 'operator') state.breaks.owed++;
  state.breaks.pressed = true;
  if (state.target.disposition === 'halted') delete breakIn.sentAt;
  else breakIn.sentAt = transition.event.at;
  delete breakIn.linkedAt;
  if (state.kd.heardAt === undefined) delete breakIn.heardBefore;
  else breakIn.heardBefore = state.kd.heardAt;
  transition.addEffect({ do: 'break', way, atHit });
  transition.tell('break-sent', { way, aim: state.aim, ...again(state) });
  transition.timer('break', way === 'operator' ? Math.max(plan.breakWaitMs, OPERATOR_MS) : plan.breakWaitMs);
}

/** This way did not work: the next one, if there is one. @returns whether all have been tried */
export function nextWay(transition: Transition): boolean {
  const { state, plan } = transition;
  transition.cancel('break', 'probe');
  transition.addEffect({ do: 'break-over' });
  if (!state.breakIn || ++state.breakIn.tries >= plan.ladder.length) return true;
  state.breaks.rung = (state.breaks.rung + 1) % plan.ladder.length;
  sendOrAwait(transition);
  return false;
}

/** The break-in led to a prompt: proved. */
export function breakProved(transition: Transition): void {
  const { state, plan } = transition;
  if (!state.breakIn) return;
  transition.endBreakIn();
  transition.tell('break-proved', { way: plan.ladder[state.breaks.rung] });
  // The next break-in does without a person again, if it can.
  if (plan.ladder[state.breaks.rung] === 'operator') state.breaks.rung = 0;
}
