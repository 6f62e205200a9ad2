import { EXIT, type ExitCode } from '../../fault.js';
import { CTRL_B } from '../../kd-text/control-keys.js';
import { tellLastBurst } from './bursts.js';
import { clearLines, GO, resolveLines } from './commands.js';
import { type Draft, draft } from './draft.js';
import { howLeft } from './left.js';
import { hitsByTag } from './ours.js';
import type { Plan } from './plan.js';
import { startBreakIn } from './pressing.js';
import { standsSince } from './stands-since.js';
import type { Effect, Phase, Purpose, SessionEvent, SessionState, TargetStop, TimerName } from './state.js';
import { bugCheckStop, crashWords, isCrashed, refineStop } from './stops.js';

// One step under way: the state to change, the effects so far, and the moves that states share.
// It lives for one event; what belongs to one state alone is in phases/.

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
/** Clearing breakpoints takes a few packets each, at 9,600 baud as well. */
const RELEASE_MS = 10_000;
/** So often kd may say that it has no target that stands. */
const MAX_NO_STOPS = 6;
const IGNORE = 'i';

/** One step of the machine: a copy of the state to change, the effects so far, and the moves that phases share. */
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

  /** A line told of a stop. Under PoolHitTag every hit is a bare exception that kd resumes by itself: only a prompt is a halt. */
  onStopSeen(stop: TargetStop): void {
    this.state.target.stop = refineStop(this.state.target.stop, stop);
    if (stop.kind === 'hit' || (hitsByTag(this.plan, this.state.ours) && stop.kind === 'exception')) return;
    this.onHalted();
  }

  /** The target was seen to stand still. */
  onHalted(): void {
    const { state } = this;
    // It may have been halted before a kd that is gone, whose timers went with it.
    if (state.target.disposition !== 'halted' || state.target.haltedSince === undefined)
      this.timer('halt-limit', this.plan.haltLimitMs);
    state.target.disposition = 'halted';
    state.target.stood = true;
    // What sets a breakpoint, or the tag, and was not carried out yet is carried out now, in another boot too.
    if (state.query.arms) {
      state.ours.armed = true;
      state.ours.tagIn ||= state.ours.catching === 'pool-hit-tag';
    }
    state.target.unproved = false;
    // kd prints only when it has read what it wants over the link: the target stands still since our break-in reached it.
    state.target.haltedSince ??= standsSince(this.state, this.event.at);
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

  /** It was taken to stand, and kd has no target that stands: what was typed came to nothing, and it has to be broken into anew. */
  onNoStop(): void {
    const { state } = this;
    const again = this.ordered;
    this.tell('no-stop', { clears: state.ours.clears, again });
    this.endHalt();
    this.cancel('confirm');
    state.target.resuming = false;
    state.target.disposition = 'unknown';
    if (++state.ours.clears > MAX_NO_STOPS) {
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
    startBreakIn(this);
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
      if (state.ours.theirs) {
        this.resume();
        return;
      }
      // A release has an allowance of its own, and a short one: `bc *` needs no symbols, so a kd that does not answer is busy.
      this.timer('halt-limit', Math.min(plan.haltLimitMs, RELEASE_MS));
      this.ask('clear', [...tellLastBurst(this), ...clearLines(plan, state.ours)]);
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
    if (state.target.atQuestion) {
      this.addEffect({ do: 'type', line: IGNORE });
      delete state.target.goBehind;
    } else {
      this.ask('go', [GO]);
      state.target.goBehind = state.query.last;
    }
    state.target.resumes++;
    this.endHalt();
    this.onResumed();
  }

  /** A crash is for somebody to look at. */
  #keepCrash(): void {
    const { state } = this;
    if (state.aim === 'release') {
      this.giveUp(crashWords(state));
      return;
    }
    this.enter('halted');
    this.tell('stop', { ...bugCheckStop(state), policy: 'hold' });
  }

  /** The halt has ended: count it. */
  endHalt(): void {
    const { state, event } = this;
    const { target, query } = state;
    target.atQuestion = false;
    if (query.cancels > 0) this.addEffect({ do: 'break-over' });
    query.cancels = 0;
    this.cancel('halt-limit', 'cancelled', 'break', 'probe');
    if (target.haltedSince !== undefined) {
      const ms = event.at - target.haltedSince;
      target.haltedMs += ms;
      this.tell('halt', { ms, total_ms: target.haltedMs });
    }
    delete target.haltedSince;
    delete target.stop;
  }

  /** The target was told to run; until that is confirmed nothing is known. */
  onResumed(): void {
    const { state, event } = this;
    state.target.resuming = true;
    state.target.resumedAt = event.at;
    state.kd.heardAt = event.at;
    state.target.disposition = 'unknown';
    this.confirm();
  }

  /** Waits for what comes of a `g`. */
  confirm(): void {
    const { state, plan } = this;
    // A break-in of ours that met a target that stood already may still stop it: it is not left before that.
    const late = state.aim === 'release' && state.breaks.owed > 0;
    this.timer('confirm', late ? Math.max(plan.confirmMs, plan.lateBreakMs) : plan.confirmMs);
  }

  /** The resume is confirmed: the target runs. */
  onRunning(): void {
    const { state } = this;
    state.target.resuming = false;
    state.target.resumes = 0;
    state.target.disposition = 'running';
    state.target.stood = false;
    state.target.unproved = false;
    delete state.target.crashed;
    state.target.freed = !state.ours.armed && !state.ours.tagIn;
    this.cancel('confirm');
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
