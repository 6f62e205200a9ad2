import type { BreakInWay } from '../debugger/break-in.js';
import { SILENCE_MS, type Turn } from './turn.js';

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
  state.breaking = true;
  state.tries = 0;
  const since = state.resumedAt === undefined ? SETTLE_MS : event.at - state.resumedAt;
  if (since < SETTLE_MS) turn.timer('break-settled', SETTLE_MS - since);
  else sendOrAwait(turn);
}

/** The distance from the last resume is kept, or no hit has come within the time that it was waited for. */
export function breakSettled(turn: Turn): void {
  if (turn.state.awaits === undefined) sendOrAwait(turn);
  else sendBreak(turn);
}

/** Where hits come steadily, kd hears a break-in only while it prints a stack. */
function sendOrAwait(turn: Turn): void {
  const { state, event, plan } = turn;
  // Breakpoints that have disabled themselves hit no more; the last of their stacks is still to be printed.
  const over = plan.maxHits !== undefined && state.hits >= plan.maxHits && state.target === 'running';
  if (over && plan.lastHitMs > 0 && state.tries === 0) {
    state.awaits = 'hit';
    turn.timer('break-settled', plan.lastHitMs);
    return;
  }
  const steady = !over && state.lastHitAt !== undefined && event.at - state.lastHitAt < STEADY_MS;
  if (!plan.breaksAtHits || !steady || state.target !== 'running') {
    sendBreak(turn);
    return;
  }
  // What is somebody else's to press cannot be sent at the first bytes of a stack.
  const timed = plan.ladder.findIndex((way) => TIMED.has(way));
  if (state.tries === 0 && timed >= 0 && !TIMED.has(plan.ladder[state.rung] ?? 'operator')) state.rung = timed;
  const way = plan.ladder[state.rung];
  if (way === 'client') {
    // It has to have joined before it can press in time.
    state.awaits = 'client';
    turn.do({ do: 'ready-break', way });
    turn.timer('break-settled', JOIN_MS);
  } else awaitHit(turn);
}

/** What the break-in is sent with is at hand: from here on the next hit is waited for. */
export function breakReady(turn: Turn): void {
  if (turn.state.awaits === 'client') awaitHit(turn);
}

function awaitHit(turn: Turn): void {
  turn.state.awaits = 'hit';
  turn.timer('break-settled', STEADY_MS);
}

/** The first bytes of a stack: kd is about to read, and hears. */
export function breakAtHit(turn: Turn): void {
  if (turn.state.awaits === 'hit') sendBreak(turn, true);
}

/** @param atHit a hit is just being printed, so that this break-in may cut it */
function sendBreak(turn: Turn, atHit = false): void {
  const { state, plan } = turn;
  const way = plan.ladder[state.rung];
  if (way === undefined) throw new Error('the ladder of break-in ways is empty');
  delete state.awaits;
  turn.cancel('break-settled');
  // A stack that was printed whole is no stop.
  if (state.stop?.kind === 'cut' && !atHit) delete state.stop;
  // What somebody is asked to press is not sent by us: it is theirs, and may never come.
  if (way !== 'operator') state.breaksOwed++;
  state.pressed = true;
  if (state.target === 'halted') delete state.brokeAt;
  else state.brokeAt = turn.event.at;
  delete state.linkedAt;
  if (state.heardAt === undefined) delete state.heardBeforeBreak;
  else state.heardBeforeBreak = state.heardAt;
  turn.do({ do: 'break', way, atHit });
  turn.tell('break-sent', { way, aim: state.aim });
  turn.timer('break', way === 'operator' ? Math.max(plan.breakWaitMs, OPERATOR_MS) : plan.breakWaitMs);
}

/** This way did not work: the next one, if there is one. @returns whether all have been tried */
export function nextWay(turn: Turn): boolean {
  const { state, plan } = turn;
  turn.cancel('break', 'probe');
  turn.do({ do: 'break-over' });
  if (++state.tries >= plan.ladder.length) return true;
  state.rung = (state.rung + 1) % plan.ladder.length;
  sendOrAwait(turn);
  return false;
}

/** The break-in led to a prompt: proved. */
export function breakProved(turn: Turn): void {
  const { state, plan } = turn;
  if (!state.breaking) return;
  state.breaking = false;
  delete state.awaits;
  turn.cancel('break', 'break-settled', 'probe');
  turn.do({ do: 'break-over' });
  turn.tell('break-proved', { way: plan.ladder[state.rung] });
  // The next break-in does without a person again, if it can.
  if (plan.ladder[state.rung] === 'operator') state.rung = 0;
}
