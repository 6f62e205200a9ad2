import type { BreakInWay } from '../../debugger/break-in-ways.js';
import { again } from './bursts.js';
import type { Writable } from './draft.js';
import { SILENCE_MS } from './stands-since.js';
import type { BreakIn } from './state.js';
import type { Turn } from './turn.js';

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
export function breakIn(turn: Turn): void {
  const { state, event } = turn;
  state.breakIn = { tries: 0 };
  const since = state.target.resumedAt === undefined ? SETTLE_MS : event.at - state.target.resumedAt;
  if (since < SETTLE_MS) turn.timer('break-settled', SETTLE_MS - since);
  else sendOrAwait(turn);
}

/** The distance from the last resume is kept, or no hit has come within the time that it was waited for. */
export function breakSettled(turn: Turn): void {
  const { breakIn } = turn.state;
  if (breakIn?.awaits === undefined) sendOrAwait(turn);
  else sendBreak(turn, breakIn);
}

/** Where hits come steadily, kd hears a break-in only while it prints a stack. */
function sendOrAwait(turn: Turn): void {
  const { state, event, plan } = turn;
  const { breakIn } = state;
  if (!breakIn) return;
  // Breakpoints that have disabled themselves hit no more; the last of their stacks is still to be printed.
  const last = plan.maxHits !== undefined && state.hits.total >= plan.maxHits;
  const over = (last || state.bursts.pausedAt !== undefined) && state.target.disposition === 'running';
  const printing = plan.lastHitMs - (event.at - (state.hits.lastAt ?? event.at));
  if (over && printing > 0 && breakIn.tries === 0) {
    breakIn.awaits = 'hit';
    turn.timer('break-settled', printing);
    return;
  }
  const steady = !over && state.hits.lastAt !== undefined && event.at - state.hits.lastAt < STEADY_MS;
  if (!plan.breaksAtHits || !steady || state.target.disposition !== 'running') {
    sendBreak(turn, breakIn);
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
    turn.do({ do: 'ready-break', way });
    turn.timer('break-settled', JOIN_MS);
  } else awaitHit(turn, breakIn);
}

/** What the break-in is sent with is at hand: from here on the next hit is waited for. */
export function breakReady(turn: Turn): void {
  const { breakIn } = turn.state;
  if (breakIn?.awaits === 'client') awaitHit(turn, breakIn);
}

function awaitHit(turn: Turn, breakIn: Writable<BreakIn>): void {
  breakIn.awaits = 'hit';
  turn.timer('break-settled', STEADY_MS);
}

/** The first bytes of a stack: kd is about to read, and hears. */
export function breakAtHit(turn: Turn): void {
  const { breakIn } = turn.state;
  if (breakIn?.awaits === 'hit') sendBreak(turn, breakIn, true);
}

/** @param atHit a hit is just being printed, so that this break-in may cut it */
function sendBreak(turn: Turn, breakIn: Writable<BreakIn>, atHit = false): void {
  const { state, plan } = turn;
  const way = plan.ladder[state.breaks.rung];
  if (way === undefined) throw new Error('the ladder of break-in ways is empty');
  delete breakIn.awaits;
  turn.cancel('break-settled');
  // A stack that was printed whole is no stop.
  if (state.target.stop?.kind === 'cut' && !atHit) delete state.target.stop;
  // What somebody is asked to press is not sent by us: it is theirs, and may never come.
  if (way !== 'operator') state.breaks.owed++;
  state.breaks.pressed = true;
  if (state.target.disposition === 'halted') delete breakIn.sentAt;
  else breakIn.sentAt = turn.event.at;
  delete breakIn.linkedAt;
  if (state.kd.heardAt === undefined) delete breakIn.heardBefore;
  else breakIn.heardBefore = state.kd.heardAt;
  turn.do({ do: 'break', way, atHit });
  turn.tell('break-sent', { way, aim: state.aim, ...again(state) });
  turn.timer('break', way === 'operator' ? Math.max(plan.breakWaitMs, OPERATOR_MS) : plan.breakWaitMs);
}

/** This way did not work: the next one, if there is one. @returns whether all have been tried */
export function nextWay(turn: Turn): boolean {
  const { state, plan } = turn;
  turn.cancel('break', 'probe');
  turn.do({ do: 'break-over' });
  if (!state.breakIn || ++state.breakIn.tries >= plan.ladder.length) return true;
  state.breaks.rung = (state.breaks.rung + 1) % plan.ladder.length;
  sendOrAwait(turn);
  return false;
}

/** The break-in led to a prompt: proved. */
export function breakProved(turn: Turn): void {
  const { state, plan } = turn;
  if (!state.breakIn) return;
  turn.endBreakIn();
  turn.tell('break-proved', { way: plan.ladder[state.breaks.rung] });
  // The next break-in does without a person again, if it can.
  if (plan.ladder[state.breaks.rung] === 'operator') state.breaks.rung = 0;
}
