import { EXIT } from '../../fault.js';
import type { Turn } from '../turn.js';

/** How long kd may take to come back to its prompt after a command was cancelled. */
const CANCEL_MS = 5000;

/**
 * The target stands still for longer than the operator allowed, as a rule because kd fetches symbols:
 * cancels what kd is busy with; at the next prompt the target is let go without a breakpoint.
 */
export function overHaltLimit(turn: Turn): void {
  const { state, plan } = turn;
  turn.tell('halt-limit', { ms: plan.haltLimitMs });
  state.ending ??= {
    reason: `arming took longer than the halt limit of ${plan.haltLimitMs} ms`,
    exitCode: EXIT.notResolved,
  };
  state.aim = 'release';
  interruptKd(turn);
}

/** Interrupts the command that kd is busy with. One that comes too late for it may fire after the next resume: it is owed. */
export function interruptKd(turn: Turn): void {
  turn.state.breaksOwed++;
  turn.do({ do: 'cancel-command' });
  turn.timer('cancelled', CANCEL_MS);
}
