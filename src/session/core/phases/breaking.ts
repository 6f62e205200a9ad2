import { EXIT } from '../../../fault.js';
import { saysNoStop } from '../../../kd-text/no-stop.js';
import { burstAway } from '../bursts.js';
import { breakAtHit, breakProved, breakReady, breakSettled, nextWay } from '../pressing.js';
import { bugCheck, describeStop, isCrashed } from '../stops.js';
import type { Turn } from '../turn.js';
import { connected } from './connecting.js';
import { interruptKd, overHaltLimit } from './halt-limit.js';

// A break-in until a prompt proves it. How it is sent is in pressing.ts; what the target was stopped for comes after it.

/** `breaking`: a break-in is under way to arm. */
export function breaking(turn: Turn): void {
  if (rebooted(turn)) return;
  if (proveBreak(turn) === 'failed') {
    const { state } = turn;
    turn.endBreakIn();
    state.ending ??= { reason: 'no way to break in worked', exitCode: EXIT.noBreakIn };
    if (state.ours.armed || state.target.disposition === 'halted' || state.target.stood || state.target.unproved)
      turn.giveUp(state.ending.reason);
    else turn.leave();
  }
}

/**
 * Follows a break-in until a prompt proves it, down the ladder of ways. Nothing is sent again before a question to kd
 * has gone unanswered: a break sent to a halted target would fire later.
 */
export function proveBreak(turn: Turn): 'failed' | 'pending' {
  const { event, state, plan } = turn;
  if (event.type === 'answer' && event.purpose === 'probe') {
    // kd echoes without a stop as well; then the break-in is as unanswered as before.
    if (!saysNoStop(event.lines)) atPrompt(turn);
  } else if (event.type === 'console') onConsole(turn);
  else if (event.type === 'break-ready') breakReady(turn);
  else if (event.type === 'timer' && event.name === 'break-settled') breakSettled(turn);
  else if (event.type === 'timer' && event.name === 'halt-limit') overHaltLimit(turn);
  else if (event.type === 'timer' && event.name === 'cancelled') interruptKd(turn);
  else if (event.type === 'timer' && event.name === 'break') turn.probe();
  else if (event.type === 'timer' && event.name === 'probe' && state.breakIn) {
    turn.tell('break-unanswered', { way: plan.ladder[state.breaks.rung] });
    if (nextWay(turn)) return 'failed';
  } else if (event.type === 'break-failed' && state.breakIn && event.way === plan.ladder[state.breaks.rung]) {
    // It never left: nothing is owed, and nothing has to be waited for. Unless kd was asked already, and stands at a prompt.
    turn.tell('break-failed', { way: event.way, text: event.text });
    if (state.query.open || state.target.disposition === 'halted') return 'pending';
    state.breaks.owed = Math.max(0, state.breaks.owed - 1);
    if (nextWay(turn)) return 'failed';
  }
  return 'pending';
}

function onConsole(turn: Turn): void {
  const { event, state } = turn;
  if (event.type !== 'console') return;
  const seen = event.event;
  if (seen.kind === 'prompt') {
    if (seen.prompt.kind === 'kd') atPrompt(turn);
    return;
  }
  if (seen.kind === 'hit') return;
  if (seen.kind === 'stack') {
    breakAtHit(turn);
    return;
  }
  if (seen.kind === 'assertion-prompt') {
    ignoreAssertion(turn);
    return;
  }
  const stop = describeStop(seen);
  if (!stop) return;
  if (seen.kind === 'break-box') state.breaks.owed = Math.max(0, state.breaks.owed - 1);
  turn.stopSeen(stop);
  // It stands still: from here on the prompt is awaited, however slow the link, and the halt limit counts.
  if (state.target.disposition === 'halted') turn.cancel('break', 'probe');
}

// The break-in that is under way is waited for as before.
function ignoreAssertion(turn: Turn): void {
  turn.state.target.atQuestion = true;
  turn.resume();
  turn.cancel('confirm');
  turn.running();
  turn.timer('break', turn.plan.breakWaitMs);
}

/** Where a break-in stops a kernel: `nt!DbgBreakPointWithStatus`, or `nt!RtlpBreakWithStatusInstruction` in it. */
const BREAK_IN = /break(?:point)?withstatus/i;

function atPrompt(turn: Turn): void {
  const { state } = turn;
  // kd without the star box (KDQUIET) shows only the exception: the break-in that was owed is this one, unless it stands elsewhere.
  const { kind, place } = state.target.stop ?? {};
  if ((kind === 'exception' && (place === undefined || BREAK_IN.test(place))) || kind === 'cut')
    state.breaks.owed = Math.max(0, state.breaks.owed - 1);
  turn.halted();
  breakProved(turn);
  if (isCrashed(state) && state.aim === 'arm') {
    turn.enter('halted');
    turn.tell('stop', { ...bugCheck(state), policy: 'hold' });
    return;
  }
  if (state.phase === 'breaking') turn.enter('halted');
  turn.proceed();
}

/** The target went away or came back while we were at it. @returns whether the event was that */
export function rebooted(turn: Turn): boolean {
  const { event, state } = turn;
  if (event.type !== 'console') return false;
  const { kind } = event.event;
  if (kind === 'shutdown') {
    forgetTarget(turn, 'rebooted');
    turn.enter('waiting', { rebooted: true });
    return true;
  }
  if (kind === 'established') {
    // A break-in sent while waiting is answered by the connection itself and then by its stop.
    if (state.phase === 'breaking' && state.kd.connectsSinceStart === 0) {
      turn.connects();
      turn.cancel('wait');
      return true;
    }
    forgetTarget(turn, 'perhaps rebooted');
    connected(turn);
    return true;
  }
  return false;
}

/** A reboot takes breakpoints and halt with it. Where it may have been a loss of the link alone, breakpoints are taken to be there. */
export function forgetTarget(turn: Turn, why: 'rebooted' | 'perhaps rebooted'): void {
  const { state } = turn;
  const { target, ours } = state;
  burstAway(turn);
  turn.endBreakIn();
  turn.haltOver();
  turn.cancel('confirm');
  delete state.hits.lastAt;
  delete target.goBehind;
  state.breaks.owed = 0;
  ours.armed &&= why === 'perhaps rebooted';
  ours.tagIn &&= why === 'perhaps rebooted';
  Object.assign(target, { disposition: 'unknown', freed: false, resuming: false, resumes: 0, reloaded: false });
  if (why === 'perhaps rebooted') return;
  target.stood = false;
  target.unproved = false;
  delete target.crashed;
}
