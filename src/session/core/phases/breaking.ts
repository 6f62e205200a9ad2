import { EXIT } from '../../../fault.js';
import { saysNoStop } from '../../../kd-text/no-stop.js';
import { burstAway } from '../bursts.js';
import { endHalt, proceed, resumeTarget, seeHalted, seeRunning, seeStop } from '../halt.js';
import { breakAtHit, breakProved, breakReady, breakSettled, nextWay } from '../pressing.js';
import { bugCheckStop, describeStop, isCrashed } from '../stops.js';
import type { Transition } from '../transition.js';
import { connected } from './connecting.js';
import { interruptKd, overHaltLimit } from './halt-limit.js';

// A break-in until a prompt proves it. How it is sent is in pressing.ts; what the target was stopped for comes after it.

/** `breaking`: a break-in is under way to arm. */
export function breaking(transition: Transition): void {
  if (rebooted(transition)) return;
  if (proveBreak(transition) === 'failed') {
    const { state } = transition;
    transition.endBreakIn();
    state.ending ??= { reason: 'every way to break in failed', exitCode: EXIT.noBreakIn };
    if (state.ours.armed || state.target.disposition === 'halted' || state.target.stood || state.target.unproved)
      transition.giveUp(state.ending.reason);
    else transition.leave();
  }
}

/**
 * Follows a break-in until a prompt proves it, down the ladder of ways. Nothing is sent again before a question to kd
 * has gone unanswered: a break sent to a halted target would fire later.
 */
export function proveBreak(transition: Transition): 'failed' | 'pending' {
  const { event, state, plan } = transition;
  if (event.type === 'answer' && event.purpose === 'probe') {
    // kd echoes without a stop as well; then the break-in is as unanswered as before.
    if (!saysNoStop(event.lines)) atPrompt(transition);
  } else if (event.type === 'console') onConsole(transition);
  else if (event.type === 'break-ready') breakReady(transition);
  else if (event.type === 'timer' && event.name === 'break-settled') breakSettled(transition);
  else if (event.type === 'timer' && event.name === 'halt-limit') overHaltLimit(transition);
  else if (event.type === 'timer' && event.name === 'cancelled') interruptKd(transition);
  else if (event.type === 'timer' && event.name === 'break') transition.probe();
  else if (event.type === 'timer' && event.name === 'probe' && state.breakIn) {
    transition.tell('break-unanswered', { way: plan.ladder[state.breaks.rung] });
    if (nextWay(transition)) return 'failed';
  } else if (event.type === 'break-failed' && state.breakIn && event.way === plan.ladder[state.breaks.rung]) {
    // It never left: nothing is owed, and nothing has to be waited for. Unless kd was asked already, and stands at a prompt.
    transition.tell('break-failed', { way: event.way, text: event.text });
    if (state.query.open || state.target.disposition === 'halted') return 'pending';
    state.breaks.owed = Math.max(0, state.breaks.owed - 1);
    if (nextWay(transition)) return 'failed';
  }
  return 'pending';
}

function onConsole(transition: Transition): void {
  const { event, state } = transition;
  if (event.type !== 'console') return;
  const seen = event.event;
  if (seen.kind === 'prompt') {
    if (seen.prompt.kind === 'kd') atPrompt(transition);
    return;
  }
  if (seen.kind === 'hit') return;
  if (seen.kind === 'stack') {
    breakAtHit(transition);
    return;
  }
  if (seen.kind === 'assertion-prompt') {
    ignoreAssertion(transition);
    return;
  }
  const stop = describeStop(seen);
  if (!stop) return;
  if (seen.kind === 'break-box') state.breaks.owed = Math.max(0, state.breaks.owed - 1);
  seeStop(transition, stop);
  // It stands still: from here on the prompt is awaited, however slow the link, and the halt limit counts.
  if (state.target.disposition === 'halted') transition.cancel('break', 'probe');
}

// The break-in that is under way is waited for as before.
function ignoreAssertion(transition: Transition): void {
  transition.state.target.atQuestion = true;
  resumeTarget(transition);
  transition.cancel('confirm');
  seeRunning(transition);
  transition.timer('break', transition.plan.breakWaitMs);
}

/** Where a break-in stops a kernel: `nt!DbgBreakPointWithStatus`, or `nt!RtlpBreakWithStatusInstruction` in it. */
const BREAK_IN = /break(?:point)?withstatus/i;

function atPrompt(transition: Transition): void {
  const { state } = transition;
  // kd without the star box (KDQUIET) shows only the exception: the break-in that was owed is this one, unless it stands elsewhere.
  const { kind, place } = state.target.stop ?? {};
  if ((kind === 'exception' && (place === undefined || BREAK_IN.test(place))) || kind === 'cut')
    state.breaks.owed = Math.max(0, state.breaks.owed - 1);
  seeHalted(transition);
  breakProved(transition);
  if (isCrashed(state) && state.aim === 'arm') {
    transition.enter('halted');
    transition.tell('stop', { ...bugCheckStop(state), policy: 'hold' });
    return;
  }
  if (state.phase === 'breaking') transition.enter('halted');
  proceed(transition);
}

/** The target went away or came back while we were at it. @returns whether the event was that */
export function rebooted(transition: Transition): boolean {
  const { event, state } = transition;
  if (event.type !== 'console') return false;
  const { kind } = event.event;
  if (kind === 'shutdown') {
    forgetTarget(transition, 'rebooted');
    transition.enter('waiting', { rebooted: true });
    return true;
  }
  if (kind === 'established') {
    // A break-in sent while waiting is answered by the connection itself and then by its stop.
    if (state.phase === 'breaking' && state.kd.connectsSinceStart === 0) {
      transition.onConnect();
      transition.cancel('wait');
      return true;
    }
    forgetTarget(transition, 'perhaps rebooted');
    connected(transition);
    return true;
  }
  return false;
}

/** A reboot takes breakpoints and halt with it. Where it may have been a loss of the link alone, breakpoints are taken to be there. */
export function forgetTarget(transition: Transition, why: 'rebooted' | 'perhaps rebooted'): void {
  const { state } = transition;
  const { target, ours } = state;
  burstAway(transition);
  transition.endBreakIn();
  endHalt(transition);
  transition.cancel('confirm');
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
