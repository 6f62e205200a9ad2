import type { Transition } from '../transition.js';

// kd has been told to leave. The target has been released before; it is not released here.

/** `leaving`: CTRL+B was typed, and kd ends. Too late to stay: what it still shows of the target decides whether it is started again. */
export function leaving(transition: Transition): void {
  const { event, state, plan } = transition;
  if (event.type !== 'console') return;
  // A joined server's target may be stopped by anybody.
  const ours = !plan.joined || state.breaks.pressed || (state.ours.armedBefore && !state.ours.theirs);
  if (event.event.kind === 'exception' && ours) state.target.disposition = 'halted';
}
