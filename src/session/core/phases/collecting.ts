import { endBurst } from '../bursts.js';
import { goesOn } from '../hit-commands.js';
import { breakIn } from '../pressing.js';
import type { Stop } from '../state.js';
import { describeStop } from '../stops.js';
import type { Turn } from '../turn.js';
import { rebooted } from './breaking.js';
import { tellQuiet, watchQuiet } from './quiet.js';
import { resumeEnded } from './resuming.js';

// The target runs and is armed. It counts no hits (stacks/ does); it looks for what is not a hit.

/** `collecting`: the target runs, kd prints a stack of every hit and resumes by itself. */
export function collecting(turn: Turn): void {
  const { event, state } = turn;
  if (rebooted(turn)) return;
  if (state.target.resuming && event.type !== 'hits') {
    resumeEnded(turn, () => turn.running());
    return;
  }
  if (event.type === 'hits') {
    endBurst(turn);
    if (state.bursts.pausedAt === undefined) watchQuiet(turn);
  } else if (event.type === 'operator') {
    // Arm once more: after a colleague's `bc *`, say.
    state.aim = 'arm';
    turn.enter('breaking', { order: 'the operator' });
    breakIn(turn);
  } else if (event.type === 'timer' && event.name === 'quiet') tellQuiet(turn);
  else if (event.type === 'console') onConsole(turn);
}

function onConsole(turn: Turn): void {
  const { event, state } = turn;
  if (event.type !== 'console') return;
  const seen = event.event;
  switch (seen.kind) {
    // A reboot is told of, or shows when kd connects anew. Until then what was set in the target is taken to be in it.
    case 'waiting-to-reconnect':
    case 'retry':
    case 'link-lost':
      state.kd.lineBack = false;
      turn.enter('lost', { link: true });
      return;
    case 'hit':
      state.target.stop = { kind: 'hit', text: `breakpoint ${seen.breakpoint}` };
      return;
    case 'failed':
      state.target.stop = { kind: 'hit', text: seen.text };
      return;
    case 'assertion-prompt':
      answerAssertion(turn);
      return;
    case 'prompt':
      if (seen.prompt.kind === 'kd') unexpectedStop(turn);
      return;
  }
  const stop = describeStop(seen);
  if (stop) turn.stopSeen(stop);
}

/** A prompt that nobody of us asked for: by policy, resumed at once or held. A bug check and a colleague's break-in are held. */
function unexpectedStop(turn: Turn): void {
  const { state, plan } = turn;
  const stop: Stop = state.target.stop ?? { kind: 'exception', text: 'a prompt without a word' };
  state.target.stop = stop;
  turn.halted();
  // A stack that nothing follows may be cut for other reasons than a colleague's break-in: without a colleague nobody is held for it.
  const broken =
    stop.kind === 'break-in' || (stop.kind === 'cut' && goesOn(plan) && (state.kd.colleagues || state.breaks.owed > 0));
  if (broken && state.breaks.owed > 0) {
    state.breaks.owed--;
    turn.tell('late-break', { resumes: state.target.resumes });
    turn.resume();
    return;
  }
  const hold =
    stop.kind === 'bug-check' || broken || (plan.onStop === 'hold' && stop.kind !== 'hit' && stop.kind !== 'cut');
  turn.tell('stop', { ...stop, policy: hold ? 'hold' : 'resume' });
  if (hold) turn.enter('halted', { stop: stop.kind });
  else turn.resume();
}

// Ignored, the target goes on as it would without a debugger that asks.
function answerAssertion(turn: Turn): void {
  const { state, plan } = turn;
  const stop: Stop = state.target.stop ?? { kind: 'assertion', text: 'an assertion failed' };
  turn.tell('stop', { ...stop, policy: plan.onStop });
  state.target.stop = stop;
  state.target.atQuestion = true;
  turn.halted();
  if (plan.onStop === 'hold') turn.enter('halted', { stop: 'assertion', question: true });
  else turn.resume();
}
