import { saysNoStop } from '../../../kd-text/no-stop.js';
import { proceed, resumeTarget, seeHalted, seeRunning } from '../halt.js';
import { startBreakIn } from '../pressing.js';
import type { Aim } from '../state.js';
import { bugCheckStop, isCrashed, refineStop } from '../stops.js';
import { PROBE_MS, type Transition } from '../transition.js';

// Until the target is broken into for the first time, or again after a boot. It sends no break-in without an order.

/** `starting`, `waiting`, `connected`: until the target is broken into. */
export function connecting(transition: Transition): void {
  const { event } = transition;
  switch (event.type) {
    case 'console':
      onConsole(transition);
      return;
    case 'answer':
      // A client that joined a server whose target stands still: it is answered at a prompt.
      if (event.purpose === 'probe' && !saysNoStop(event.lines)) atPrompt(transition, true);
      return;
    case 'timer':
      onTimer(transition);
      return;
    case 'operator':
      beginBreak(transition, 'the operator');
      return;
  }
}

function onConsole(transition: Transition): void {
  const { event, state, plan } = transition;
  if (event.type !== 'console') return;
  const seen = event.event;
  switch (seen.kind) {
    case 'open-failure':
      state.kd.startFailure = { text: `kd could not open ${seen.path}`, path: seen.path };
      return;
    case 'start-failure':
      state.kd.startFailure = {
        text: state.kd.startFailure?.text ?? seen.text,
        ...(seen.code !== undefined && { code: seen.code }),
        ...(state.kd.startFailure?.path && { path: state.kd.startFailure.path }),
      };
      return;
    case 'no-server':
      state.kd.startFailure = { text: seen.text, ...(seen.code !== undefined && { code: seen.code }) };
      return;
    case 'client-joined':
      // From here on the question that was typed is answered, if the target stands.
      if (plan.joined && state.phase === 'starting') transition.timer('probe', PROBE_MS);
      return;
    case 'hit':
      joinedToArmed(transition);
      return;
    case 'stack':
      // Somebody who asks for one at a prompt gets one.
      if (state.target.disposition !== 'halted' || state.hits.stacksSincePrompt > 1) joinedToArmed(transition);
      return;
    case 'assertion-prompt':
      transition.state.target.atQuestion = true;
      resumeTarget(transition);
      seeRunning(transition);
      return;
    case 'waiting-to-reconnect':
    case 'opened':
      if (state.phase === 'starting') waiting(transition);
      return;
    case 'shutdown':
      state.target.stood = false;
      state.target.unproved = false;
      waiting(transition);
      return;
    case 'established':
      connected(transition);
      return;
    case 'module-loaded':
      // It is booting: a break-in that meets the loading of a module is lost.
      if (state.phase === 'connected' && (standingOrder(transition) || state.ours.armedBefore))
        transition.timer('break-after', Math.max(plan.listenMs, LOADING_MS));
      return;
    case 'exception':
      // What a server has told before somebody joined it is no news.
      if (!transition.plan.joined || state.phase !== 'starting') seeHalted(transition);
      state.target.stop = refineStop(state.target.stop, { kind: 'exception', text: seen.text });
      return;
    case 'prompt':
      if (seen.prompt.kind === 'kd') atPrompt(transition);
      return;
  }
}

/** Where kd has not even connected: a running target says nothing until it is broken into. */
const LISTEN_LONG_MS = 2000;
/** So long no module must have been loaded until a target that boots is broken into. */
const LOADING_MS = 1500;

function waiting(transition: Transition): void {
  const { state, plan } = transition;
  state.target.disposition = 'unknown';
  transition.enter('waiting');
  if (plan.waitMs !== undefined && state.kd.connects === 0) transition.timer('wait', plan.waitMs);
  if (standingOrder(transition) || plan.breakMode.when === 'now') transition.timer('break-after', LISTEN_LONG_MS);
}

/** The link is up. */
export function connected(transition: Transition): void {
  const { state, plan } = transition;
  transition.onConnect();
  if (state.target.disposition !== 'halted') state.target.disposition = 'running';
  transition.cancel('wait', 'break-after');
  transition.enter('connected', { connects: state.kd.connects });
  const { breakMode } = plan;
  // A target that stands still announces itself when kd connects: listen before speaking.
  if (standingOrder(transition) || state.ours.armedBefore || breakMode.when === 'connected' || breakMode.when === 'now')
    transition.timer('break-after', plan.listenMs);
  else if (breakMode.when === 'after') transition.timer('break-after', breakMode.ms);
  else transition.tell('press-enter');
}

/** Something of ours may be in the target, or it is to be freed: that is the order to break in, even unconnected. */
function standingOrder({ state, plan }: Transition): boolean {
  return state.ours.armed || state.target.unproved || plan.goal === 'release' || state.ending !== undefined;
}

function orderOf(transition: Transition): string {
  const { state, plan } = transition;
  if (plan.goal === 'release' || state.ending) return 'freeing the target';
  if (state.target.unproved) return 'a break-in may have stopped the target';
  if (state.ours.armedBefore || state.ours.armed) return 'arming again after the connection came back';
  return `--break ${plan.breakMode.when}`;
}

function atPrompt(transition: Transition, answered = false): void {
  const { state } = transition;
  if (state.phase === 'starting' && !answered) return;
  transition.cancel('break-after', 'probe', 'wait');
  transition.tell('found-halted', { phase: state.phase });
  state.aim = aimOf(transition);
  seeHalted(transition);
  transition.enter('halted', { found: true });
  if (isCrashed(state) && state.aim === 'arm') transition.tell('stop', { ...bugCheckStop(state), policy: 'hold' });
  else proceed(transition);
}

function onTimer(transition: Transition): void {
  const { event, state, plan } = transition;
  if (event.type !== 'timer') return;
  if (event.name === 'break-after' && !transition.ordered)
    transition.giveUp('kd was gone before the target was seen to run, and nobody has ordered a break-in');
  else if (event.name === 'break-after') beginBreak(transition, orderOf(transition));
  if (event.name === 'probe' && plan.joined && !state.breakIn && !state.kd.joined) {
    // Nothing came of it: what is not joined says nothing of its target.
    state.kd.startFailure = { text: 'the debugging server lets nobody in' };
    transition.tell('not-joined');
    transition.addEffect({ do: 'end-kd' });
  } else if (event.name === 'probe' && plan.joined && !state.breakIn) {
    // No answer: the target of the server runs (or none is connected yet). Whether it is armed, a hit or a break-in shows.
    transition.tell('joined', { target: 'running' });
    connected(transition);
  }
}

function beginBreak(transition: Transition, order: string): void {
  const { state } = transition;
  if (state.breakIn || state.phase === 'starting') return;
  transition.cancel('break-after');
  state.aim = aimOf(transition);
  transition.enter('breaking', { order });
  startBreakIn(transition);
}

function aimOf(transition: Transition): Aim {
  return transition.plan.goal === 'release' || transition.state.ending ? 'release' : 'arm';
}

// A hit in somebody's debugging server: it is armed already.
function joinedToArmed(transition: Transition): void {
  const { state, plan } = transition;
  if (!plan.joined || plan.goal !== 'collect') return;
  state.ours.armed = true;
  state.ours.theirs = plan.takesOver !== true;
  state.target.disposition = 'running';
  transition.cancel('break-after', 'probe', 'wait');
  transition.enter('collecting', { found: true });
}
