import type { SessionState } from './state.js';

/**
 * What is known of a target that a session leaves without saying that it may stand still.
 * `freed`: seen running, with nothing of ours in it · `as-found`: with the breakpoint of the debugging server that was joined ·
 * `untouched`: connected, and nothing was sent to it · `unanswered`: it was asked to stop, and never did · `unreached`: never heard of.
 */
export type Left = 'freed' | 'as-found' | 'untouched' | 'unanswered' | 'unreached' | 'unknown';

export function howLeft(state: SessionState): Left {
  if (state.armed && state.theirs) return 'as-found';
  if (state.armed || state.stood || state.unproved) return 'unknown';
  if (state.freed) return 'freed';
  if (state.pressed) return 'unanswered';
  return state.connects > 0 || state.heardAt !== undefined ? 'untouched' : 'unreached';
}
