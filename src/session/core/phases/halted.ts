import { endHalt, resumeTarget, seeResumed, seeRunning } from '../halt.js';
import type { Transition } from '../transition.js';
import { rebooted } from './breaking.js';

// The target is held for a person. No timer lets it go.

/** `halted`: held by policy. A person decides: the operator with Enter, a colleague by typing `g` in a client of the server. */
export function halted(transition: Transition): void {
  const { event, state, plan } = transition;
  if (rebooted(transition)) return;
  if (event.type === 'operator') {
    transition.tell('resumed-by', { who: 'operator' });
    transition.enter('collecting', { resumed: true });
    resumeTarget(transition, true);
  } else if (event.type === 'timer' && event.name === 'halt-limit') {
    transition.tell('still-halted', { ms: plan.haltLimitMs });
    transition.timer('halt-limit', plan.haltLimitMs);
  } else if (event.type === 'console' && (event.event.kind === 'hit' || state.hits.stacksSincePrompt > 1)) {
    seeRunning(transition);
    resumedByOther(transition);
  } else if (event.type === 'console' && event.event.kind === 'client-command' && RESUMES.test(event.event.text)) {
    resumedByOther(transition);
    // As with a `g` of ours: running is believed when no prompt comes back.
    seeResumed(transition);
  }
}

/** A command line that ends with kd's `g`, `gh`, `gn`, `gc` or `gu`. */
const RESUMES = /(?:^|;)\s*g[hncu]?\s*;?\s*$/i;

function resumedByOther(transition: Transition): void {
  endHalt(transition);
  transition.tell('resumed-by', { who: 'another client' });
  transition.enter('collecting', { resumed: true });
}
