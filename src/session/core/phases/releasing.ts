import { EXIT } from '../../../fault.js';
import { parseBreakpointRow } from '../../../kd-text/listings/breakpoints.js';
import { parseUnresolved } from '../../../kd-text/listings/symbols.js';
import { saysNoStop } from '../../../kd-text/no-stop.js';
import { clearLines } from '../commands.js';
import { resumeTarget, seeNoStop, seeRunning } from '../halt.js';
import { HIT_TAG, saysGone, tagIn } from '../hit-tag.js';
import { mayHoldTag, type OursState } from '../ours.js';
import type { Plan } from '../plan.js';
import { startBreakIn } from '../pressing.js';
import type { Transition } from '../transition.js';
import { forgetTarget, proveBreak } from './breaking.js';
import { interruptKd } from './halt-limit.js';
import { resumeEnded } from './resuming.js';

// The release: clear, resume, see the target run. It gives up loudly and never pretends.

const MAX_CLEARS = 3;
/** So long there must have been no sign of a boot before kd may leave. */
const BOOT_MS = 3000;
const LATE_BREAK_MS = 2000;

/** `releasing`: break in, `bc *`, see that nothing is left, `g`, see it run, leave with CTRL+B. */
export function releasing(transition: Transition): void {
  const { event, state } = transition;
  if (gone(transition)) return;
  if (state.target.resuming) {
    resumeEnded(transition, () => free(transition));
  } else if (state.breakIn) {
    if (proveBreak(transition) === 'failed')
      transition.giveUp('every way to break in failed; what was sent may still halt the target');
  } else if (event.type === 'answer' && event.purpose === 'clear') {
    if (saysNoStop(event.lines)) seeNoStop(transition);
    else cleared(transition, event.lines);
  } else if (event.type === 'timer' && (event.name === 'halt-limit' || event.name === 'cancelled')) {
    // No answer at a prompt: kd is busy, or a `g` that was still in its input took the target away. An interrupt helps in both.
    interruptKd(transition);
  }
}

// A target that reboots while it is being released has neither breakpoint nor halt any more.
function gone(transition: Transition): boolean {
  const { event, state } = transition;
  if (event.type !== 'console' || (event.event.kind !== 'shutdown' && event.event.kind !== 'established')) return false;
  // A break-in sent before any connection is answered by the connection itself: the stop follows.
  if (event.event.kind === 'established' && state.kd.connectsSinceStart === 0) {
    transition.onConnect();
    return true;
  }
  const owed = state.breaks.owed;
  forgetTarget(transition, 'rebooted');
  state.target.disposition = 'running';
  if (event.event.kind === 'shutdown') {
    transition.leave();
    return true;
  }
  // It boots, and stops for each of its modules; a break-in that is still on its way may stop it as well. Both are waited for like a
  // resume that has to be confirmed.
  state.breaks.owed = owed;
  state.target.resuming = true;
  transition.timer('confirm', owed === 0 ? BOOT_MS : Math.max(BOOT_MS, LATE_BREAK_MS));
  return true;
}

function cleared(transition: Transition, lines: readonly string[]): void {
  const { state, plan } = transition;
  if (isClear(lines, plan, state.ours)) {
    state.ours.armed = false;
    state.ours.tagIn = false;
    resumeTarget(transition);
  } else if (++state.ours.clears >= MAX_CLEARS) {
    transition.giveUp(`what was set in the target is left in it: ${whatIsLeft(lines)}`);
  } else if (saysGone(lines)) {
    // What kd shows is the stop of a target that was reset meanwhile: it is left, and the new boot is broken into.
    // What could not be read there is not known to be gone.
    transition.tell('stale-stop');
    state.ours.tagIn = true;
    resumeTarget(transition);
  } else {
    transition.ask('clear', clearLines(plan, state.ours));
  }
}

function whatIsLeft(lines: readonly string[]): string {
  return hasBreakpoints(lines)
    ? 'bc * does not clear the breakpoints'
    : `kd does not show that ${HIT_TAG} was put back`;
}

function hasBreakpoints(lines: readonly string[]): boolean {
  return lines.some((line) => parseBreakpointRow(line) !== undefined);
}

/**
 * Whether kd's table of breakpoints is empty, and PoolHitTag as it was where it may have been used. Where that is not known, a kd
 * without the symbol has nothing to put back.
 */
export function isClear(lines: readonly string[], plan: Plan, ours: Pick<OursState, 'tagIn' | 'before'>): boolean {
  if (hasBreakpoints(lines)) return false;
  if (!mayHoldTag(plan, ours) || tagIn(lines) === ours.before.tag) return true;
  return !ours.tagIn && lines.some((line) => /PoolHitTag/i.test(parseUnresolved(line) ?? ''));
}

function free(transition: Transition): void {
  seeRunning(transition);
  if ((transition.state.ours.armed || transition.state.ours.tagIn) && !transition.state.ours.theirs) {
    startBreakIn(transition);
    return;
  }
  const { event, state } = transition;
  // A target that boots stops for every module, and stands for good where kd leaves just then.
  const booting = state.target.bootsAt === undefined ? 0 : state.target.bootsAt + BOOT_MS - event.at;
  if (booting > 0) {
    state.target.resuming = true;
    transition.timer('confirm', booting);
    return;
  }
  // One that vouches for it says so when it leaves.
  if (!transition.state.ours.theirs && !transition.plan.vouches) transition.tellFree();
  transition.leave();
  transition.state.ending ??= { reason: 'released', exitCode: EXIT.done };
}
