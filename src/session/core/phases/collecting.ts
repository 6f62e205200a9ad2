import { endBurst } from '../bursts.js';
import { resumeTarget, seeHalted, seeRunning, seeStop } from '../halt.js';
import { goesOn } from '../hit-commands.js';
import { startBreakIn } from '../pressing.js';
import type { TargetStop } from '../state.js';
import { describeStop } from '../stops.js';
import type { Transition } from '../transition.js';
import { rebooted } from './breaking.js';
import { tellQuiet, watchQuiet } from './quiet.js';
import { resumeEnded } from './resuming.js';

// The target runs and is armed. It counts no hits (stacks/ does); it looks for what is not a hit.

/** `collecting`: the target runs, kd prints a stack of every hit and resumes by itself. */
export function collecting(transition: Transition): void {
  const { event, state } = transition;
  if (rebooted(transition)) return;
  if (state.target.resuming && event.type !== 'hits') {
    resumeEnded(transition, () => seeRunning(transition));
    return;
  }
  if (event.type === 'hits') {
    endBurst(transition);
    if (state.bursts.pausedAt === undefined) watchQuiet(transition);
  } else if (event.type === 'operator') {
    // Arm once more: after a colleague's `bc *`, say.
    state.aim = 'arm';
    transition.enter('breaking', { order: 'the operator' });
    startBreakIn(transition);
  } else if (event.type === 'timer' && event.name === 'quiet') tellQuiet(transition);
  else if (event.type === 'console') onConsole(transition);
}

function onConsole(transition: Transition): void {
  const { event, state } = transition;
  if (event.type !== 'console') return;
  const seen = event.event;
  switch (seen.kind) {
    // A reboot is told of, or shows when kd connects anew. Until then what was set in the target is taken to be in it.
    case 'waiting-to-reconnect':
    case 'retry':
    case 'link-lost':
      state.kd.lineBack = false;
      transition.enter('lost', { link: true });
      return;
    case 'hit':
      state.target.stop = { kind: 'hit', text: `breakpoint ${seen.breakpoint}` };
      return;
    case 'failed':
      state.target.stop = { kind: 'hit', text: seen.text };
      return;
    case 'assertion-prompt':
      answerAssertion(transition);
      return;
    case 'prompt':
      if (seen.prompt.kind === 'kd') unexpectedStop(transition);
      return;
  }
  const stop = describeStop(seen);
  if (stop) seeStop(transition, stop);
}

/** A prompt that nobody of us asked for: by policy, resumed at once or held. A bug check and a colleague's break-in are held. */
function unexpectedStop(transition: Transition): void {
  const { state, plan } = transition;
  const stop: TargetStop = state.target.stop ?? { kind: 'exception', text: 'a prompt without a word' };
  state.target.stop = stop;
  seeHalted(transition);
  // A stack that nothing follows may be cut for other reasons than a colleague's break-in: without a colleague nobody is held for it.
  const broken =
    stop.kind === 'break-in' || (stop.kind === 'cut' && goesOn(plan) && (state.kd.colleagues || state.breaks.owed > 0));
  if (broken && state.breaks.owed > 0) {
    state.breaks.owed--;
    transition.tell('late-break', { resumes: state.target.resumes });
    resumeTarget(transition);
    return;
  }
  const hold =
    stop.kind === 'bug-check' || broken || (plan.onStop === 'hold' && stop.kind !== 'hit' && stop.kind !== 'cut');
  transition.tell('stop', { ...stop, policy: hold ? 'hold' : 'resume' });
  if (hold) transition.enter('halted', { stop: stop.kind });
  else resumeTarget(transition);
}

// Ignored, the target goes on as it would without a debugger that asks.
function answerAssertion(transition: Transition): void {
  const { state, plan } = transition;
  const stop: TargetStop = state.target.stop ?? { kind: 'assertion', text: 'an assertion failed' };
  transition.tell('stop', { ...stop, policy: plan.onStop });
  state.target.stop = stop;
  state.target.atQuestion = true;
  seeHalted(transition);
  if (plan.onStop === 'hold') transition.enter('halted', { stop: 'assertion', question: true });
  else resumeTarget(transition);
}
