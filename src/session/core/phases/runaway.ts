import { EXIT } from '../../../fault.js';
import type { Transition } from '../transition.js';

// kd eats up the host. It is ended only where that leaves nothing in a target.

/**
 * kd eats the host's memory while it waits for a target, as some versions with redirected input do: it is ended before
 * the laptop is lost, but only where that leaves nothing in a target.
 */
export function runaway(transition: Transition, text: string): void {
  const { state } = transition;
  const waits = state.phase === 'starting' || state.phase === 'waiting';
  const ended =
    waits &&
    !state.ours.armed &&
    state.target.disposition !== 'halted' &&
    state.breakIn === undefined &&
    !state.target.resuming;
  transition.tell('runaway', { text, ended });
  if (!ended) return;
  state.ending ??= { reason: `kd ran away while it waited for the target: ${text}`, exitCode: EXIT.neverConnected };
  transition.enter('leaving');
  transition.addEffect({ do: 'end-kd' });
}
