import { tellLastBurst } from './bursts.js';
import { clearLines, GO, resolveLines } from './commands.js';
import { hitsByTag } from './ours.js';
import { startBreakIn } from './pressing.js';
import { standsSince } from './stands-since.js';
import type { TargetStop } from './state.js';
import { bugCheckStop, crashWords, isCrashed, refineStop } from './stops.js';
import type { Transition } from './transition.js';

// One halt of the target: it is seen to stand, is used, is resumed, and is seen to run. The break-in before it is in pressing.ts,
// what kd answers meanwhile is for phases/.

/** Clearing breakpoints takes a few packets each, at 9,600 baud as well. */
const RELEASE_MS = 10_000;
/** So often kd may say that it has no target that stands. */
const MAX_NO_STOPS = 6;
const IGNORE = 'i';

/** A line told of a stop. Under PoolHitTag every hit is a bare exception that kd resumes by itself: only a prompt is a halt. */
export function seeStop(transition: Transition, stop: TargetStop): void {
  const { state, plan } = transition;
  state.target.stop = refineStop(state.target.stop, stop);
  if (stop.kind === 'hit' || (hitsByTag(plan, state.ours) && stop.kind === 'exception')) return;
  seeHalted(transition);
}

/** The target was seen to stand still. */
export function seeHalted(transition: Transition): void {
  const { state, event, plan } = transition;
  // It may have been halted before a kd that is gone, whose timers went with it.
  if (state.target.disposition !== 'halted' || state.target.haltedSince === undefined)
    transition.timer('halt-limit', plan.haltLimitMs);
  state.target.disposition = 'halted';
  state.target.stood = true;
  // What sets a breakpoint, or the tag, and was not carried out yet is carried out now, in another boot too.
  if (state.query.arms) {
    state.ours.armed = true;
    state.ours.tagIn ||= state.ours.catching === 'pool-hit-tag';
  }
  state.target.unproved = false;
  // kd prints only when it has read what it wants over the link: the target stands still since our break-in reached it.
  state.target.haltedSince ??= standsSince(state, event.at);
}

/** It was taken to stand, and kd has no target that stands: what was typed came to nothing, and it has to be broken into anew. */
export function seeNoStop(transition: Transition): void {
  const { state } = transition;
  const again = transition.ordered;
  transition.tell('no-stop', { clears: state.ours.clears, again });
  endHalt(transition);
  transition.cancel('confirm');
  state.target.resuming = false;
  state.target.disposition = 'unknown';
  if (++state.ours.clears > MAX_NO_STOPS) {
    transition.giveUp('kd says again and again that it has no target that stands');
    return;
  }
  if (!again && state.aim === 'release') {
    transition.giveUp('kd says that it has no target that stands, and nobody has ordered a break-in');
    return;
  }
  if (!again) {
    transition.enter('connected');
    transition.tell('press-enter');
    return;
  }
  transition.enter(state.aim === 'release' ? 'releasing' : 'breaking', { order: 'kd has no target that stands' });
  startBreakIn(transition);
}

/** With the target halted: go on with what it was halted for. */
export function proceed(transition: Transition): void {
  const { state, plan } = transition;
  if (state.aim === 'release') {
    if (isCrashed(state) && plan.finishesCrash !== true) {
      keepCrash(transition);
      return;
    }
    transition.enter('releasing');
    // What a joined server has set stays set.
    if (state.ours.theirs) {
      resumeTarget(transition);
      return;
    }
    // A release has an allowance of its own, and a short one: `bc *` needs no symbols, so a kd that does not answer is busy.
    transition.timer('halt-limit', Math.min(plan.haltLimitMs, RELEASE_MS));
    transition.ask('clear', [...tellLastBurst(transition), ...clearLines(plan, state.ours)]);
  } else {
    transition.enter('arming');
    transition.ask('resolve', resolveLines(plan));
  }
}

/**
 * Types `g`, or `i` (ignore) at an assertion's question. Running is believed only when no prompt comes back.
 * @param byPerson somebody has ordered just this, also of a target that has crashed
 */
export function resumeTarget(transition: Transition, byPerson = false): void {
  const { state, plan } = transition;
  if (isCrashed(state) && !byPerson && plan.finishesCrash !== true) {
    keepCrash(transition);
    return;
  }
  if (state.target.atQuestion) {
    transition.addEffect({ do: 'type', line: IGNORE });
    delete state.target.goBehind;
  } else {
    transition.ask('go', [GO]);
    state.target.goBehind = state.query.last;
  }
  state.target.resumes++;
  endHalt(transition);
  seeResumed(transition);
}

/** A crash is for somebody to look at. */
function keepCrash(transition: Transition): void {
  const { state } = transition;
  if (state.aim === 'release') {
    transition.giveUp(crashWords(state));
    return;
  }
  transition.enter('halted');
  transition.tell('stop', { ...bugCheckStop(state), policy: 'hold' });
}

/** The halt has ended: count it. */
export function endHalt(transition: Transition): void {
  const { state, event } = transition;
  const { target, query } = state;
  target.atQuestion = false;
  if (query.cancels > 0) transition.addEffect({ do: 'break-over' });
  query.cancels = 0;
  transition.cancel('halt-limit', 'cancelled', 'break', 'probe');
  if (target.haltedSince !== undefined) {
    const ms = event.at - target.haltedSince;
    target.haltedMs += ms;
    transition.tell('halt', { ms, total_ms: target.haltedMs });
  }
  delete target.haltedSince;
  delete target.stop;
}

/** The target was told to run; until that is confirmed nothing is known. */
export function seeResumed(transition: Transition): void {
  const { state, event } = transition;
  state.target.resuming = true;
  state.target.resumedAt = event.at;
  state.kd.heardAt = event.at;
  state.target.disposition = 'unknown';
  awaitRun(transition);
}

/** Waits for what comes of a `g`. */
export function awaitRun(transition: Transition): void {
  const { state, plan } = transition;
  // A break-in of ours that met a target that stood already may still stop it: it is not left before that.
  const late = state.aim === 'release' && state.breaks.owed > 0;
  transition.timer('confirm', late ? Math.max(plan.confirmMs, plan.lateBreakMs) : plan.confirmMs);
}

/** The resume is confirmed: the target runs. */
export function seeRunning(transition: Transition): void {
  const { state } = transition;
  state.target.resuming = false;
  state.target.resumes = 0;
  state.target.disposition = 'running';
  state.target.stood = false;
  state.target.unproved = false;
  delete state.target.crashed;
  state.target.freed = !state.ours.armed && !state.ours.tagIn;
  transition.cancel('confirm');
}
