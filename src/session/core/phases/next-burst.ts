import { startBreakIn } from '../pressing.js';
import type { Transition } from '../transition.js';

// Begins the next burst when its pause is over, as the operator ordered beforehand. A session without that order
// has no bursts.

/** So often it is looked whether the next burst can begin that is due. */
const AGAIN_MS = 5000;

/**
 * The pause behind a burst is over, or its end has been missed: the next one begins by the operator's standing order. Where the target
 * is held for somebody, is being resumed, or cannot be reached just now, it begins later: with nothing set, no hit would bring it back.
 */
export function nextBurst(transition: Transition): void {
  const { event, state, plan } = transition;
  if (!plan.bursts || state.aim === 'release') return;
  const reached = state.phase === 'collecting' || (state.phase === 'lost' && state.kd.lineBack);
  if (!reached || state.target.resuming) {
    transition.timer('pause', AGAIN_MS);
    return;
  }
  state.bursts.pausedAt ??= event.at;
  state.aim = 'arm';
  transition.enter('breaking', { order: 'the halt budget' });
  startBreakIn(transition);
}
