import { CTRL_B } from '../debugger/break-in.js';
import { EXIT, type ExitCode } from '../fault.js';
import { clearLines, GO, resolveLines } from './commands.js';
import { howLeft } from './left.js';
import type { Plan } from './plan.js';
import { breakIn } from './pressing.js';
import type { Effect, Phase, Purpose, SessionEvent, SessionState, Stop, TimerName } from './state.js';
import { bugCheck, crashWords, isCrashed, refineStop } from './stops.js';

const PROBE_MS = 2000;
/**
 * Microsoft's kd sends a break-in when the line has been silent for so long, or when it meets a command that prints a stack.
 * Source: its engine of 2026, measured.
 */
export const SILENCE_MS = 4000;
/** Reading who the target is takes kd no longer than this. */
const LINK_MS = 3000;
/** kd may take so long to start, with a virus scanner looking at it. */
const START_MS = 30_000;
const LEAVE_MS = 5000;
/** One that frees its target itself takes its time for that, and says how it went. */
const LEAVE_FREEING_MS = 65_000;
/** A client that touched nothing has nothing to end. */
const LEAVE_CLIENT_MS = 1500;
/** Clearing breakpoints takes a few packets each, at 9,600 baud as well. */
const RELEASE_MS = 10_000;
/** So often kd may say that it has no target that stands. */
const MAX_NO_STOPS = 6;
const IGNORE = 'i';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** One step of the machine: a copy of the state to change, the effects so far, and the moves that phases share. */
export class Turn {
  readonly state: Writable<SessionState>;
  readonly effects: Effect[] = [];

  constructor(
    state: SessionState,
    readonly event: SessionEvent,
    readonly plan: Plan,
  ) {
    this.state = { ...state };
  }

  do(effect: Effect): void {
    this.effects.push(effect);
  }

  tell(event: string, detail: Record<string, unknown> = {}): void {
    this.do({ do: 'tell', event, detail });
  }

  enter(phase: Phase, detail: Record<string, unknown> = {}): void {
    if (this.state.phase === phase) return;
    this.state.phase = phase;
    this.do({ do: 'flush' });
    this.tell('phase', { phase, ...detail });
  }

  timer(name: TimerName, ms: number): void {
    this.do({ do: 'timer', name, ms });
  }

  cancel(...names: TimerName[]): void {
    for (const name of names) this.do({ do: 'cancel-timer', name });
  }

  ask(purpose: Purpose, lines: readonly string[]): void {
    const { state } = this;
    state.asking = true;
    this.do({ do: 'ask', id: ++state.asked, purpose, lines });
  }

  /** Starts kd, or the client that joins one. */
  start(): void {
    const { state, plan } = this;
    state.starts++;
    state.kdGone = false;
    state.kdConnects = 0;
    state.reloaded = false;
    this.enter('starting');
    this.do({ do: 'spawn' });
    // It counts from the moment kd waits; a kd that does not even come to that has this much more.
    if (plan.waitMs !== undefined) this.timer('wait', plan.waitMs + (plan.joined ? 0 : START_MS));
    if (plan.joined) this.probe();
  }

  /** A line told of a stop. Under PoolHitTag every hit is a bare exception that kd resumes by itself: only a prompt is a halt. */
  stopSeen(stop: Stop): void {
    this.state.stop = refineStop(this.state.stop, stop);
    if (stop.kind === 'hit' || (this.plan.strategy === 'pool-hit-tag' && stop.kind === 'exception')) return;
    this.halted();
  }

  /** The target was seen to stand still. */
  halted(): void {
    const { state } = this;
    // It may have been halted before a kd that is gone, whose timers went with it.
    if (state.target !== 'halted' || state.haltedSince === undefined) this.timer('halt-limit', this.plan.haltLimitMs);
    state.target = 'halted';
    state.stood = true;
    state.unproved = false;
    // kd prints only when it has read what it wants over the link: the target stands still since our break-in reached it.
    state.haltedSince ??= this.#standsSince();
  }

  #standsSince(): number {
    const { state, event } = this;
    if (state.stop?.kind === 'cut') return state.lastHitAt ?? event.at;
    if (!state.breaking || state.brokeAt === undefined) return event.at;
    // It may have been off when the break-in was sent: kd speaks of a connection soon after it has one.
    if (state.heardBeforeBreak === undefined)
      return state.linkedAt === undefined ? event.at : Math.max(state.brokeAt, state.linkedAt - LINK_MS);
    const heard = Math.max(state.brokeAt, state.heardBeforeBreak + SILENCE_MS);
    return heard <= event.at ? heard : state.brokeAt;
  }

  /** kd has a connection. */
  connects(): void {
    this.state.connects++;
    this.state.kdConnects++;
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
    const ours = state.pressed || state.armed || state.wasArmed || state.unproved;
    return ours || asked || plan.goal === 'release' || plan.breakMode.when !== 'enter';
  }

  /** It was taken to stand, and kd has no target that stands: what was typed came to nothing, and it has to be broken into anew. */
  noStop(): void {
    const { state } = this;
    const again = this.ordered;
    this.tell('no-stop', { clears: state.clears, again });
    this.haltOver();
    this.cancel('confirm');
    state.resuming = false;
    state.target = 'unknown';
    if (++state.clears > MAX_NO_STOPS) {
      this.giveUp('kd says again and again that it has no target that stands');
      return;
    }
    if (!again && state.aim === 'release') {
      this.giveUp('kd says that it has no target that stands, and nobody has ordered a break-in');
      return;
    }
    if (!again) {
      this.enter('connected');
      this.tell('press-enter');
      return;
    }
    this.enter(state.aim === 'release' ? 'releasing' : 'breaking', { order: 'kd has no target that stands' });
    breakIn(this);
  }

  /** With the target halted: go on with what it was halted for. */
  proceed(): void {
    const { state, plan } = this;
    if (state.aim === 'release') {
      if (isCrashed(state) && plan.finishesCrash !== true) {
        this.#keepCrash();
        return;
      }
      this.enter('releasing');
      // What a joined server has set stays set.
      if (state.theirs) {
        this.resume();
        return;
      }
      // A release has an allowance of its own, and a short one: `bc *` needs no symbols, so a kd that does not answer is busy.
      this.timer('halt-limit', Math.min(plan.haltLimitMs, RELEASE_MS));
      this.ask('clear', clearLines(plan));
    } else {
      this.enter('arming');
      this.ask('resolve', resolveLines(plan));
    }
  }

  /**
   * Types `g`, or `i` (ignore) at an assertion's question. Running is believed only when no prompt comes back.
   * @param byPerson somebody has ordered just this, also of a target that has crashed
   */
  resume(byPerson = false): void {
    const { state, plan } = this;
    if (isCrashed(state) && !byPerson && plan.finishesCrash !== true) {
      this.#keepCrash();
      return;
    }
    this.do({ do: 'type', line: state.question ? IGNORE : GO });
    state.resumes++;
    this.haltOver();
    this.resumed();
  }

  /** A crash is for somebody to look at. */
  #keepCrash(): void {
    const { state } = this;
    if (state.aim === 'release') {
      this.giveUp(crashWords(state));
      return;
    }
    this.enter('halted');
    this.tell('stop', { ...bugCheck(state), policy: 'hold' });
  }

  /** The halt has ended: count it. */
  haltOver(): void {
    const { state, event } = this;
    state.question = false;
    if (state.cancels > 0) this.do({ do: 'break-over' });
    state.cancels = 0;
    this.cancel('halt-limit', 'cancelled', 'break', 'probe');
    if (state.haltedSince !== undefined) {
      const ms = event.at - state.haltedSince;
      state.haltedMs += ms;
      this.tell('halt', { ms, total_ms: state.haltedMs });
    }
    delete state.haltedSince;
    delete state.stop;
  }

  /** The target was told to run; until that is confirmed nothing is known. */
  resumed(): void {
    const { state, event } = this;
    state.resuming = true;
    state.resumedAt = event.at;
    state.heardAt = event.at;
    state.target = 'unknown';
    // A break-in of ours that met a target that stood already may still stop it: it is not left before that.
    const late = state.aim === 'release' && state.breaksOwed > 0;
    this.timer('confirm', late ? Math.max(this.plan.confirmMs, this.plan.lateBreakMs) : this.plan.confirmMs);
  }

  /** The resume is confirmed: the target runs. */
  running(): void {
    const { state } = this;
    state.resuming = false;
    state.resumes = 0;
    state.target = 'running';
    state.stood = false;
    state.unproved = false;
    delete state.crashed;
    state.freed = !state.armed;
    this.cancel('confirm');
  }

  /** Leaves kd with CTRL+B. Only with a target that runs without a breakpoint, or that was never reached. */
  leave(): void {
    this.state.leaving = true;
    // What was still to be done would disturb a kd that frees its target.
    this.cancel('break-after', 'break-settled', 'break', 'probe', 'wait', 'for', 'quiet');
    this.do({ do: 'type', line: CTRL_B });
    const { joined, vouches } = this.plan;
    this.timer('leave', vouches ? LEAVE_FREEING_MS : joined ? LEAVE_CLIENT_MS : LEAVE_MS);
  }

  tellFree(): void {
    this.tell('target-free', { halted_ms: this.state.haltedMs, hits: this.state.hits });
  }

  /** The end. What it says of the target is earned, whatever the exit code was meant to be. */
  finish(exitCode: ExitCode, reason: string): void {
    if (exitCode !== EXIT.maybeHalted && !this.#accounted()) {
      this.giveUp(reason);
      return;
    }
    this.do({ do: 'flush' });
    this.do({ do: 'finish', exitCode, reason });
  }

  #accounted(): boolean {
    const left = howLeft(this.state);
    if (left === 'unknown' || (this.state.target === 'halted' && left !== 'as-found')) return false;
    return this.plan.goal !== 'release' || left === 'freed';
  }

  /** The end that must not be silent: the target may stand still or hold a breakpoint. */
  giveUp(reason: string): void {
    this.enter('unknown', { reason });
    this.finish(EXIT.maybeHalted, reason);
  }
}
