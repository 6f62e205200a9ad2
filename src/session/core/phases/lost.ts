import { EXIT, type ExitCode } from '../../../fault.js';
import { win32Code, win32Error } from '../../../platform/windows/win32-error.js';
import { endHalt, proceed, seeHalted } from '../halt.js';
import { startBreakIn } from '../pressing.js';
import { bugCheckStop, isCrashed } from '../stops.js';
import type { Transition } from '../transition.js';
import { rebooted } from './breaking.js';

// The link or kd is gone, and what that means for the target. It assumes nothing good: what was set is still there.

const MAX_STARTS = 5;
const RESTART_MS = 1000;

/** `lost`: the link or kd is gone. What comes back decides: output of the target, a new connection, a new kd. */
export function lost(transition: Transition): void {
  const { event } = transition;
  if (rebooted(transition)) return;
  if (event.type === 'timer' && event.name === 'respawn') {
    transition.start();
  } else if (event.type === 'console' && (event.event.kind === 'hit' || event.event.kind === 'stack')) {
    transition.tell('recovered', {});
    transition.enter('collecting', { recovered: true });
  } else if (event.type === 'console' && event.event.kind === 'prompt' && event.event.prompt.kind === 'kd') {
    seeHalted(transition);
    transition.tell('recovered', {});
    transition.enter('halted');
    if (isCrashed(transition.state) && transition.state.aim === 'arm')
      transition.tell('stop', { ...bugCheckStop(transition.state), policy: 'hold' });
    else proceed(transition);
  } else if (event.type === 'console' && event.event.kind === 'opened') {
    transition.state.kd.lineBack = true;
    transition.tell('link-open', {});
  } else if (event.type === 'operator' && transition.state.kd.lineBack) {
    // The target may have been restarted meanwhile, and hold nothing of ours any more.
    transition.state.aim = 'arm';
    transition.enter('breaking', { order: 'the operator' });
    startBreakIn(transition);
  }
}

/** kd has ended: as we wanted, at its start, or in the middle of its work. */
export function kdGone(transition: Transition): void {
  const { event, state, plan } = transition;
  if (event.type !== 'exited') return;
  transition.cancel('leave', 'probe', 'confirm', 'halt-limit', 'cancelled', 'break-after', 'wait');
  const breaking = state.breakIn !== undefined;
  const leaving = state.phase === 'leaving';
  transition.endBreakIn();
  // So do the helpers that were to interrupt it.
  if (state.query.cancels > 0) transition.addEffect({ do: 'break-over' });
  state.query.cancels = 0;
  state.target.resuming = false;
  state.kd.gone = true;
  state.query.open = false;
  state.query.arms = false;
  // A kd of ours that leaves frees the target itself, and says so: what it printed of that is no halt that lasts.
  const freed = state.kd.haltedMs !== undefined && event.code === EXIT.done;
  // One that leaves and says that the target may stand knows better than we do.
  const killed =
    plan.vouches &&
    event.signal !== undefined &&
    (state.ours.armedBefore || state.breaks.pressed || state.target.stood);
  const warns = event.code === EXIT.maybeHalted || killed;
  if (leaving && warns) state.target.stood = true;
  if (leaving && !warns && (state.target.disposition !== 'halted' || freed)) {
    if (freed) {
      endHalt(transition);
      state.target.disposition = 'running';
      state.target.stood = false;
      state.target.freed = true;
    }
    const { exitCode, reason } = state.ending ?? { exitCode: EXIT.done, reason: 'released' };
    transition.enter('released');
    if (plan.vouches && state.target.freed) transition.tellFree();
    transition.finish(exitCode, reason);
    return;
  }
  // Words like those of a failure may also come from the target: once it was touched, the end of kd is a loss.
  const touched =
    state.ours.armed ||
    state.ours.armedBefore ||
    state.target.disposition === 'halted' ||
    state.target.stood ||
    breaking;
  // Somebody who rescues has other ways than this pipe: a client that ends before it reached anything is no way to the target.
  const rescuing = plan.joined && plan.goal === 'release';
  const failed = !touched && (state.phase === 'starting' || state.kd.startFailure !== undefined || rescuing);
  const again = failed && state.kd.starts > 1;
  transition.tell('kd-ended', { code: event.code, signal: event.signal, said: state.kd.startFailure?.text, again });
  if (failed && state.kd.starts <= 1) {
    // What it has said of the target before is no news of now.
    state.target.disposition = 'unknown';
    const { exitCode, reason } = whyNotStarted(transition);
    transition.finish(exitCode, reason);
    return;
  }
  afterLoss(transition, failed, breaking);
  delete state.kd.startFailure;
  if (plan.joined && !rescuing ? state.ending !== undefined : state.kd.starts >= MAX_STARTS) {
    transition.giveUp('kd is gone and could not be started again');
    return;
  }
  transition.enter('lost', { kd: true, again, joined: plan.joined });
  transition.timer('respawn', plan.joined ? RESTART_MS : RESTART_MS * state.kd.starts);
}

// Without kd, a halted target stays halted and an armed one stops at its next hit: it is not known to run.
// So is one that a break-in of ours was on its way to.
function afterLoss(transition: Transition, failed: boolean, breaking: boolean): void {
  const { state } = transition;
  if (failed) return;
  state.target.unproved ||= breaking && state.breaks.pressed;
  if (state.target.disposition === 'halted' || state.ours.armed || state.target.stood || state.target.unproved)
    state.target.disposition = 'unknown';
  state.breaks.owed = 0;
  delete state.target.stop;
}

function whyNotStarted(transition: Transition): { exitCode: ExitCode; reason: string } {
  const { event, state, plan } = transition;
  const failure = state.kd.startFailure;
  const exit = event.type === 'exited' ? `exit code ${event.code ?? event.signal ?? 'none'}` : '';
  const reason = failure?.text ?? `kd ended at once (${exit})`;
  // A server that refuses a client is not held by anybody: the client is not known there.
  if (failure?.code !== undefined && !plan.joined && BUSY.has(win32Code(failure.code)))
    return { exitCode: EXIT.busy, reason: `${reason}: another program holds it` };
  const why = failure?.code === undefined ? undefined : win32Error(failure.code, plan.joined ? 'server' : 'port');
  if (failure || plan.joined)
    return { exitCode: EXIT.missing, reason: why ? `${reason}: ${why.meaning} ${why.remedy}` : reason };
  return { exitCode: EXIT.fault, reason };
}

/** ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, ERROR_PIPE_BUSY. Source: "System Error Codes". */
const BUSY: ReadonlySet<number> = new Set([5, 183, 231]);
