import { EXIT, type ExitCode } from '../../../fault.js';
import { proceed, resumeTarget } from '../halt.js';
import { startBreakIn } from '../pressing.js';
import type { Transition } from '../transition.js';

// Begins the way out from any state. The release itself is in releasing.ts.

/** Begins the end of a session, once; a second reason changes nothing. */
export function end(transition: Transition, reason: string, exitCode: ExitCode): void {
  if (transition.state.ending) return;
  transition.state.ending = { reason, exitCode };
  transition.tell('ending', { reason });
  startRelease(transition);
}

/** On the way out from wherever the session is: the target ends running and free, or nothing is touched at all. */
export function startRelease(transition: Transition): void {
  const { state } = transition;
  state.aim = 'release';
  const stands = state.target.disposition === 'halted' || state.target.stood || state.target.unproved;
  const touched = (state.ours.armed && !state.ours.theirs) || stands;
  switch (state.phase) {
    case 'idle':
      transition.finish(state.ending?.exitCode ?? EXIT.done, state.ending?.reason ?? 'not started');
      return;
    case 'breaking':
    case 'arming':
    case 'releasing':
      // What is under way comes to its end first; it sees the aim, and a break-in has all its ways again.
      if (state.breakIn) state.breakIn.tries = 0;
      return;
    case 'starting':
      // A kd that is started again after a loss has to come up first: its target may stand still.
      if (!touched) transition.leave();
      return;
    case 'leaving':
      return;
    case 'lost':
      if (state.kd.gone) return;
  }
  if (!touched && !state.target.resuming) {
    transition.leave();
    return;
  }
  transition.enter('releasing');
  // At a question kd takes no commands: it is answered first.
  if (state.target.atQuestion) resumeTarget(transition);
  // A resume that is not confirmed yet comes first: whether the target runs decides what is next.
  if (state.target.resuming) return;
  if (state.target.disposition === 'halted') proceed(transition);
  else startBreakIn(transition);
}
