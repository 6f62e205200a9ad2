import { EXIT } from '../../../fault.js';
import type { Transition } from '../transition.js';

// The target has been halted for longer than allowed: kd's command is interrupted. It does not break in.

/** How long kd may take to answer after a command was cancelled. */
const CANCEL_MS = 1500;
/** Every line that was typed may be a command that takes long: so many are cancelled, one after the other. */
const MAX_CANCELS = 6;

/**
 * The target stands still for longer than the operator allowed, as a rule because kd fetches symbols:
 * cancels what kd is busy with; at the next prompt the target is let go without a breakpoint.
 */
export function overHaltLimit(transition: Transition): void {
  const { state, plan } = transition;
  transition.tell('halt-limit', { ms: plan.haltLimitMs });
  state.ending ??= {
    reason: `arming took longer than the halt limit of ${plan.haltLimitMs} ms`,
    exitCode: EXIT.notResolved,
  };
  state.aim = 'release';
  interruptKd(transition);
}

/**
 * Interrupts the command that kd is busy with, by one way after the other: a key typed into its input would wait behind the
 * command. An interrupt that comes too late for it may fire after the next resume: it is owed.
 */
export function interruptKd(transition: Transition): void {
  const { state } = transition;
  if (state.query.cancels++ >= MAX_CANCELS) {
    transition.giveUp('kd is busy and does not return to its prompt; the target is halted');
    return;
  }
  state.breaks.owed++;
  const ways = transition.plan.ladder.filter((way) => way === 'interrupt' || way === 'client');
  transition.addEffect({ do: 'cancel-command', way: ways[(state.query.cancels - 1) % ways.length] ?? 'interrupt' });
  transition.timer('cancelled', CANCEL_MS);
}
