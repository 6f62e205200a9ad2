import type { SessionState } from './state.js';

// How a session has left its target, in one word for run.json. It judges the state and changes nothing.

/**
 * What is known of a target that a session leaves without saying that it may stand still.
 * `freed`: seen running, with nothing of ours in it · `as-found`: with the breakpoint of the debugging server that was joined ·
 * `untouched`: connected, and nothing was sent to it · `unanswered`: it was asked to stop, and never did · `unreached`: never heard of.
 */
export type Left = 'freed' | 'as-found' | 'untouched' | 'unanswered' | 'unreached' | 'unknown';

export function howLeft(state: SessionState): Left {
  if (state.ours.armed && state.ours.theirs) return 'as-found';
  if (state.ours.armed || state.target.stood || state.target.unproved) return 'unknown';
  if (state.target.freed) return 'freed';
  if (state.breaks.pressed) return 'unanswered';
  return state.kd.connects > 0 || state.kd.heardAt !== undefined ? 'untouched' : 'unreached';
}
