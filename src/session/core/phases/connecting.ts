import { saysNoStop } from '../../../kd-text/no-stop.js';
import { breakIn } from '../pressing.js';
import type { Aim } from '../state.js';
import { bugCheck, isCrashed, refineStop } from '../stops.js';
import { PROBE_MS, type Turn } from '../turn.js';

// Until the target is broken into for the first time, or again after a boot. It sends no break-in without an order.

/** `starting`, `waiting`, `connected`: until the target is broken into. */
export function connecting(turn: Turn): void {
  const { event } = turn;
  switch (event.type) {
    case 'console':
      onConsole(turn);
      return;
    case 'answer':
      // A client that joined a server whose target stands still: it is answered at a prompt.
      if (event.purpose === 'probe' && !saysNoStop(event.lines)) atPrompt(turn, true);
      return;
    case 'timer':
      onTimer(turn);
      return;
    case 'operator':
      beginBreak(turn, 'the operator');
      return;
  }
}

function onConsole(turn: Turn): void {
  const { event, state, plan } = turn;
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
      if (plan.joined && state.phase === 'starting') turn.timer('probe', PROBE_MS);
      return;
    case 'hit':
      joinedToArmed(turn);
      return;
    case 'stack':
      // Somebody who asks for one at a prompt gets one.
      if (state.target.disposition !== 'halted' || state.hits.stacksSincePrompt > 1) joinedToArmed(turn);
      return;
    case 'assertion-prompt':
      turn.state.target.atQuestion = true;
      turn.resume();
      turn.running();
      return;
    case 'waiting-to-reconnect':
    case 'opened':
      if (state.phase === 'starting') waiting(turn);
      return;
    case 'shutdown':
      state.target.stood = false;
      state.target.unproved = false;
      waiting(turn);
      return;
    case 'established':
      connected(turn);
      return;
    case 'module-loaded':
      // It is booting: a break-in that meets the loading of a module is lost.
      if (state.phase === 'connected' && (standingOrder(turn) || state.ours.armedBefore))
        turn.timer('break-after', Math.max(plan.listenMs, LOADING_MS));
      return;
    case 'exception':
      // What a server has told before somebody joined it is no news.
      if (!turn.plan.joined || state.phase !== 'starting') turn.halted();
      state.target.stop = refineStop(state.target.stop, { kind: 'exception', text: seen.text });
      return;
    case 'prompt':
      if (seen.prompt.kind === 'kd') atPrompt(turn);
      return;
  }
}

/** Where kd has not even connected: a running target says nothing until it is broken into. */
const LISTEN_LONG_MS = 2000;
/** So long no module must have been loaded until a target that boots is broken into. */
const LOADING_MS = 1500;

function waiting(turn: Turn): void {
  const { state, plan } = turn;
  state.target.disposition = 'unknown';
  turn.enter('waiting');
  if (plan.waitMs !== undefined && state.kd.connects === 0) turn.timer('wait', plan.waitMs);
  if (standingOrder(turn) || plan.breakMode.when === 'now') turn.timer('break-after', LISTEN_LONG_MS);
}

/** The link is up. */
export function connected(turn: Turn): void {
  const { state, plan } = turn;
  turn.connects();
  if (state.target.disposition !== 'halted') state.target.disposition = 'running';
  turn.cancel('wait', 'break-after');
  turn.enter('connected', { connects: state.kd.connects });
  const { breakMode } = plan;
  // A target that stands still announces itself when kd connects: listen before speaking.
  if (standingOrder(turn) || state.ours.armedBefore || breakMode.when === 'connected' || breakMode.when === 'now')
    turn.timer('break-after', plan.listenMs);
  else if (breakMode.when === 'after') turn.timer('break-after', breakMode.ms);
  else turn.tell('press-enter');
}

/** Something of ours may be in the target, or it is to be freed: that is the order to break in, even unconnected. */
function standingOrder({ state, plan }: Turn): boolean {
  return state.ours.armed || state.target.unproved || plan.goal === 'release' || state.ending !== undefined;
}

function orderOf(turn: Turn): string {
  const { state, plan } = turn;
  if (plan.goal === 'release' || state.ending) return 'freeing the target';
  if (state.target.unproved) return 'a break-in may have stopped the target';
  if (state.ours.armedBefore || state.ours.armed) return 'arming again after the connection came back';
  return `--break ${plan.breakMode.when}`;
}

function atPrompt(turn: Turn, answered = false): void {
  const { state } = turn;
  if (state.phase === 'starting' && !answered) return;
  turn.cancel('break-after', 'probe', 'wait');
  turn.tell('found-halted', { phase: state.phase });
  state.aim = aimOf(turn);
  turn.halted();
  turn.enter('halted', { found: true });
  if (isCrashed(state) && state.aim === 'arm') turn.tell('stop', { ...bugCheck(state), policy: 'hold' });
  else turn.proceed();
}

function onTimer(turn: Turn): void {
  const { event, state, plan } = turn;
  if (event.type !== 'timer') return;
  if (event.name === 'break-after' && !turn.ordered)
    turn.giveUp('kd was gone before the target was seen to run, and nobody has ordered a break-in');
  else if (event.name === 'break-after') beginBreak(turn, orderOf(turn));
  if (event.name === 'probe' && plan.joined && !state.breakIn && !state.kd.joined) {
    // Nothing came of it: what is not joined says nothing of its target.
    state.kd.startFailure = { text: 'the debugging server lets nobody in' };
    turn.tell('not-joined');
    turn.do({ do: 'end-kd' });
  } else if (event.name === 'probe' && plan.joined && !state.breakIn) {
    // No answer: the target of the server runs (or none is connected yet). Whether it is armed, a hit or a break-in shows.
    turn.tell('joined', { target: 'running' });
    connected(turn);
  }
}

function beginBreak(turn: Turn, order: string): void {
  const { state } = turn;
  if (state.breakIn || state.phase === 'starting') return;
  turn.cancel('break-after');
  state.aim = aimOf(turn);
  turn.enter('breaking', { order });
  breakIn(turn);
}

function aimOf(turn: Turn): Aim {
  return turn.plan.goal === 'release' || turn.state.ending ? 'release' : 'arm';
}

// A hit in somebody's debugging server: it is armed already.
function joinedToArmed(turn: Turn): void {
  const { state, plan } = turn;
  if (!plan.joined || plan.goal !== 'collect') return;
  state.ours.armed = true;
  state.ours.theirs = plan.takesOver !== true;
  state.target.disposition = 'running';
  turn.cancel('break-after', 'probe', 'wait');
  turn.enter('collecting', { found: true });
}
