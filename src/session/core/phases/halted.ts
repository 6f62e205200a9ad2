import type { Turn } from '../turn.js';
import { rebooted } from './breaking.js';

// The target is held for a person. No timer lets it go.

/** `halted`: held by policy. A person decides: the operator with Enter, a colleague by typing `g` in a client of the server. */
export function halted(turn: Turn): void {
  const { event, state, plan } = turn;
  if (rebooted(turn)) return;
  if (event.type === 'operator') {
    turn.tell('resumed-by', { who: 'operator' });
    turn.enter('collecting', { resumed: true });
    turn.resume(true);
  } else if (event.type === 'timer' && event.name === 'halt-limit') {
    turn.tell('still-halted', { ms: plan.haltLimitMs });
    turn.timer('halt-limit', plan.haltLimitMs);
  } else if (event.type === 'console' && (event.event.kind === 'hit' || state.hits.stacksSincePrompt > 1)) {
    turn.running();
    resumedByOther(turn);
  } else if (event.type === 'console' && event.event.kind === 'client-command' && RESUMES.test(event.event.text)) {
    resumedByOther(turn);
    // As with a `g` of ours: running is believed when no prompt comes back.
    turn.resumed();
  }
}

/** A command line that ends with kd's `g`, `gh`, `gn`, `gc` or `gu`. */
const RESUMES = /(?:^|;)\s*g[hncu]?\s*;?\s*$/i;

function resumedByOther(turn: Turn): void {
  turn.haltOver();
  turn.tell('resumed-by', { who: 'another client' });
  turn.enter('collecting', { resumed: true });
}
