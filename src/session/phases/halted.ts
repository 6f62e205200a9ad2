import type { Turn } from '../turn.js';
import { rebooted } from './breaking.js';

/** `halted`: held by policy. A person decides: the operator with Enter, a colleague by typing `g` in a client of the server. */
export function halted(turn: Turn): void {
  const { event, state, plan } = turn;
  if (rebooted(turn)) return;
  if (event.type === 'operator') {
    turn.tell('resumed-by', { who: 'operator' });
    turn.enter('collecting', { resumed: true });
    turn.resume();
  } else if (event.type === 'timer' && event.name === 'halt-limit') {
    turn.tell('still-halted', { ms: plan.haltLimitMs });
    turn.timer('halt-limit', plan.haltLimitMs);
  } else if (event.type === 'console' && event.event.kind === 'hit') {
    turn.cancel('halt-limit');
    if (state.haltedSince !== undefined) state.haltedMs += event.at - state.haltedSince;
    delete state.haltedSince;
    delete state.stop;
    turn.running();
    turn.tell('resumed-by', { who: 'another client' });
    turn.enter('collecting', { resumed: true });
  }
}
