import { saysNoStop } from '../../../kd-text/no-stop.js';
import { awaitRun, proceed, resumeTarget, seeHalted, seeNoStop, seeStop } from '../halt.js';
import { crashWords, describeStop, isCrashed } from '../stops.js';
import type { Transition } from '../transition.js';

// What follows a `g` until it is confirmed. Typing `g` is not here, and silence alone is believed only at its end.

/** A target that stops again so many times right after `g` is not ours to resume any more. */
const MAX_RESUMES = 5;
/** So long kd may take over what was typed before a `g`. */
const MOST_BUSY_MS = 20_000;
/** A `g` that kd comes to later than this has a halt of its own in the records. */
const BUSY_MS = 100;

/**
 * Follows a `g` until it is confirmed: no prompt for a while, or a hit, or any sign that the target runs.
 * A prompt means that it stopped again: by a break-in of ours that came late (resumed), or by something else (held).
 */
export function resumeEnded(transition: Transition, confirmed: () => void): void {
  const { event, state } = transition;
  if (event.type === 'timer') {
    // A stop whose prompt is still to come is no run; the halt limit ends the wait for it.
    if (event.name === 'confirm' && state.target.disposition !== 'halted') {
      if (state.query.open && state.target.goBehind === state.query.last) notYet(transition);
      else confirmed();
    }
    if (event.name === 'halt-limit') stoppedAgain(transition);
    return;
  }
  if (event.type === 'answer' && event.purpose === 'go') {
    cameToGo(transition);
    return;
  }
  if (event.type !== 'console') return;
  const seen = event.event;
  if (seen.kind === 'prompt' && seen.prompt.kind === 'kd') {
    // The prompt at which our `g` was typed may be read only now: without a stop before it, it is no news.
    if (state.target.stop === undefined) return;
    // A hit that was cut announces itself by nothing but its place.
    seeHalted(transition);
    stoppedAgain(transition);
    return;
  }
  if (seen.kind === 'hit' || seen.kind === 'stack') {
    // A hit that kd resumes by itself: the target ran. A break-in may still meet this very hit: then a prompt comes.
    if (state.ours.armed && (state.target.stop === undefined || state.target.stop.kind === 'cut')) confirmed();
    return;
  }
  if (seen.kind === 'failed') {
    if (saysNoStop([`^ ${seen.text}`])) seeNoStop(transition);
    return;
  }
  const stop = describeStop(seen);
  if (stop) seeStop(transition, stop);
}

/** kd has come to the `g`: what it does of it is waited for from now on, and the target stood until now. */
function cameToGo(transition: Transition): void {
  const { event, state } = transition;
  const late = event.at - (state.target.resumedAt ?? event.at);
  state.target.haltedMs += late;
  if (late > BUSY_MS) transition.tell('halt', { ms: late, total_ms: state.target.haltedMs });
  state.target.resumedAt = event.at;
  awaitRun(transition);
}

/** kd is busy, or was stopped: it has not come to the `g`, and silence says nothing. */
function notYet(transition: Transition): void {
  const { event, state, plan } = transition;
  const waited = event.at - (state.target.resumedAt ?? event.at);
  if (waited > (state.aim === 'release' ? MOST_BUSY_MS : Math.max(MOST_BUSY_MS, plan.haltLimitMs)))
    transition.giveUp('kd is busy, and has not come to the command that lets the target go');
  else transition.timer('confirm', plan.confirmMs);
}

function stoppedAgain(transition: Transition): void {
  const { state, plan } = transition;
  transition.cancel('confirm');
  state.target.resuming = false;
  const crashed = isCrashed(state) && plan.finishesCrash !== true;
  const hopeless = crashed || state.target.resumes >= MAX_RESUMES;
  if (state.aim === 'release') {
    if (state.target.stop?.kind === 'break-in') state.breaks.owed = Math.max(0, state.breaks.owed - 1);
    transition.tell('stop', { ...state.target.stop, policy: hopeless ? 'hold' : 'resume' });
    if (hopeless) transition.giveUp(crashed ? crashWords(state) : 'the target stops again whenever it is resumed');
    else proceed(transition);
  } else if (!hopeless && state.breaks.owed > 0) {
    state.breaks.owed--;
    transition.tell('late-break', { resumes: state.target.resumes });
    resumeTarget(transition);
  } else if (!hopeless && plan.onStop === 'resume') {
    // Also a break-in that is none of ours: so close behind `g` it is one that was sent to the target while it stood, and comes late.
    transition.tell('stop', { ...state.target.stop, policy: 'resume' });
    resumeTarget(transition);
  } else {
    transition.tell('stop', { ...state.target.stop, policy: 'hold' });
    transition.enter('halted');
  }
}
