import { EXIT, type ExitCode } from '../../fault.js';
import { CTRL_B } from '../../kd-text/control-keys.js';
import { type Draft, draft } from './draft.js';
import { howLeft } from './left.js';
import type { Plan } from './plan.js';
import type { Effect, Phase, Purpose, SessionEvent, SessionState, TimerName } from './state.js';

// One step under way: the state to change, the effects so far, and how kd is started, asked and left. It lives for one event;
// what is done about a target that stands is in halt.ts, and what belongs to one state alone in phases/.

export const PROBE_MS = 2000;
/** kd may take so long to start, with a virus scanner looking at it. */
const START_MS = 30_000;
/** A client may take so long to start and to be let in. */
const JOIN_MS = 15_000;
const LEAVE_MS = 5000;
/** One that frees its target itself takes its time for that, and says how it went. */
const LEAVE_FREEING_MS = 65_000;
/** A client that touched nothing has nothing to end. */
const LEAVE_CLIENT_MS = 1500;

/** One step of the machine: a copy of the state to change, the effects so far, and what all phases do with kd. */
export class Transition {
  readonly state: Draft;
  readonly effects: Effect[] = [];

  constructor(
    state: SessionState,
    readonly event: SessionEvent,
    readonly plan: Plan,
  ) {
    this.state = draft(state);
  }

  addEffect(effect: Effect): void {
    this.effects.push(effect);
  }

  tell(event: string, detail: Record<string, unknown> = {}): void {
    this.addEffect({ do: 'tell', event, detail });
  }

  enter(phase: Phase, detail: Record<string, unknown> = {}): void {
    if (this.state.phase === phase) return;
    this.state.phase = phase;
    this.addEffect({ do: 'flush' });
    this.tell('phase', { phase, ...detail });
  }

  timer(name: TimerName, ms: number): void {
    this.addEffect({ do: 'timer', name, ms });
  }

  cancel(...names: TimerName[]): void {
    for (const name of names) this.addEffect({ do: 'cancel-timer', name });
  }

  ask(purpose: Purpose, lines: readonly string[]): void {
    const { state } = this;
    state.query.open = true;
    state.query.arms ||= purpose === 'arm';
    this.addEffect({ do: 'ask', id: ++state.query.last, purpose, lines });
  }

  /** Starts kd, or the client that joins one. */
  start(): void {
    const { state, plan } = this;
    state.kd.starts++;
    state.kd.gone = false;
    state.kd.joined = false;
    state.kd.connectsSinceStart = 0;
    state.target.reloaded = false;
    this.enter('starting');
    this.addEffect({ do: 'spawn' });
    // It counts from the moment kd waits; a kd that does not even come to that has this much more.
    if (plan.waitMs !== undefined) this.timer('wait', plan.waitMs + (plan.joined ? 0 : START_MS));
    if (!plan.joined) return;
    this.ask('probe', ['bl']);
    this.timer('probe', JOIN_MS);
  }

  /** kd has a connection. */
  onConnect(): void {
    this.state.kd.connects++;
    this.state.kd.connectsSinceStart++;
  }

  /** A break-in that was proved, given up or overtaken goes, with its timers and helpers. */
  endBreakIn(): void {
    if (!this.state.breakIn) return;
    delete this.state.breakIn;
    this.cancel('break', 'break-settled', 'probe');
    this.addEffect({ do: 'break-over' });
  }

  /** Asks kd for a sign of life at a prompt. While the target runs, the question waits and harms nothing. */
  probe(): void {
    this.ask('probe', ['bl']);
    this.timer('probe', PROBE_MS);
  }

  /**
   * Somebody has ordered a break-in, once and for all, or something of ours may be in the target. A target that stood by somebody
   * else's doing may have been used without; and the halt limit, which ends a session, is nobody's order.
   */
  get ordered(): boolean {
    const { state, plan } = this;
    const asked = state.ending !== undefined && state.ending.exitCode !== EXIT.notResolved;
    const ours = state.breaks.pressed || state.ours.armed || state.ours.armedBefore || state.target.unproved;
    return ours || asked || plan.goal === 'release' || plan.breakMode.when !== 'enter';
  }

  /** Leaves kd with CTRL+B. Only with a target that runs without a breakpoint, or that was never reached. */
  leave(): void {
    this.enter('leaving');
    // What was still to be done would disturb a kd that frees its target.
    this.endBreakIn();
    this.cancel('break-after', 'probe', 'wait', 'for', 'quiet');
    this.addEffect({ do: 'type', line: CTRL_B });
    const { joined, vouches } = this.plan;
    this.timer('leave', vouches ? LEAVE_FREEING_MS : joined ? LEAVE_CLIENT_MS : LEAVE_MS);
  }

  tellFree(): void {
    const { ours, target, hits } = this.state;
    this.tell('target-free', { catching: ours.catching, halted_ms: target.haltedMs, hits: hits.total });
  }

  /** The end. What it says of the target is earned, whatever the exit code was meant to be. */
  finish(exitCode: ExitCode, reason: string): void {
    if (exitCode !== EXIT.maybeHalted && !this.#accounted()) {
      this.giveUp(reason);
      return;
    }
    this.addEffect({ do: 'flush' });
    this.addEffect({ do: 'finish', exitCode, reason });
  }

  #accounted(): boolean {
    const left = howLeft(this.state);
    if (left === 'unknown' || (this.state.target.disposition === 'halted' && left !== 'as-found')) return false;
    return this.plan.goal !== 'release' || left === 'freed';
  }

  /** The end that must not be silent: the target may stand still or hold a breakpoint. */
  giveUp(reason: string): void {
    this.enter('unknown', { reason });
    this.finish(EXIT.maybeHalted, reason);
  }
}
