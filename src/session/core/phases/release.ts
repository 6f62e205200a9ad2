import { EXIT, type ExitCode } from '../../../fault.js';
import { breakIn } from '../pressing.js';
import type { Turn } from '../turn.js';

// Begins the way out from any state. The release itself is in releasing.ts.

/** Begins the end of a session, once; a second reason changes nothing. */
export function end(turn: Turn, reason: string, exitCode: ExitCode): void {
  if (turn.state.ending) return;
  turn.state.ending = { reason, exitCode };
  turn.tell('ending', { reason });
  release(turn);
}

/** On the way out from wherever the session is: the target ends running and free, or nothing is touched at all. */
export function release(turn: Turn): void {
  const { state } = turn;
  state.aim = 'release';
  const stands = state.target.disposition === 'halted' || state.target.stood || state.target.unproved;
  const touched = (state.ours.armed && !state.ours.theirs) || stands;
  switch (state.phase) {
    case 'idle':
      turn.finish(state.ending?.exitCode ?? EXIT.done, state.ending?.reason ?? 'not started');
      return;
    case 'breaking':
    case 'arming':
    case 'releasing':
      // What is under way comes to its end first; it sees the aim, and a break-in has all its ways again.
      if (state.breakIn) state.breakIn.tries = 0;
      return;
    case 'starting':
      // A kd that is started again after a loss has to come up first: its target may stand still.
      if (!touched) turn.leave();
      return;
    case 'leaving':
      return;
    case 'lost':
      if (state.kd.gone) return;
  }
  if (!touched && !state.target.resuming) {
    turn.leave();
    return;
  }
  turn.enter('releasing');
  // At a question kd takes no commands: it is answered first.
  if (state.target.atQuestion) turn.resume();
  // A resume that is not confirmed yet comes first: whether the target runs decides what is next.
  if (state.target.resuming) return;
  if (state.target.disposition === 'halted') turn.proceed();
  else breakIn(turn);
}
