import { performance } from 'node:perf_hooks';
import { joinToBreak, type ReadyBreak, sendBreak } from '../debugger/break-in.js';
import type { BreakInWay } from '../debugger/break-in-ways.js';
import type { KdProgram } from '../debugger/find-kd.js';
import type { KdProcess, OnOutput } from '../debugger/kd-process.js';
import type { ServerName } from '../debugger/server-name.js';
import type { Transport } from '../debugger/transport.js';
import type { ExitCode } from '../fault.js';
import type { LogFile } from '../log/log-file.js';
import type { Plan } from './core/plan.js';
import { type Effect, type EventBody, INITIAL, type SessionState, type TimerName } from './core/state.js';
import { step } from './core/step.js';
import { KdOutput } from './kd-output.js';
import type { Records } from './records.js';
import { watchUse } from './runaway-guard.js';

// Carries out what core/ decides, on one kd process, and gives it timers, keys and what kd does as events; what kd prints comes
// by kd-output.ts. It makes no decision about the target: those are in core/. What surrounds a session is in live-session.ts.

/** What a session is given to work with. */
export interface SessionTools {
  readonly plan: Plan;
  readonly program: KdProgram;
  readonly server: ServerName;
  /** Starts kd; whatever it prints goes to `onOutput`. */
  readonly startKd: (onOutput: OnOutput) => KdProcess;
  /** kd's working folder: it reads scripts from it that nobody asked for. */
  readonly cwd: string;
  readonly transport?: Transport;
  readonly log: LogFile;
  readonly records: Records;
  /** All standstill so far, hits included, ms: for a plan that has a limit for it. */
  readonly haltedMs?: () => number;
  /** Is shown every event, and the effects that it leads to. It must not throw. */
  readonly trace?: (event: EventBody, effects: readonly Effect[], state: SessionState) => void;
}

export interface SessionEnd {
  readonly exitCode: ExitCode;
  readonly reason: string;
  readonly state: SessionState;
  /** Monotonic milliseconds of the session at its end. */
  readonly at: number;
  /** Bytes of kd's output that are not in the log, because it could not be written. */
  readonly missing: number;
}

const FLUSH_MS = 1000;

/** Carries out what the state machine decides, on one kd process: the only place of a session with hands. */
export class Controller {
  state: SessionState = INITIAL;
  readonly output: KdOutput;
  kd: KdProcess | undefined;
  kdPid: number | undefined;
  /** Every line typed, once. */
  readonly typed = new Set<string>();
  readonly #startedAt = performance.now();
  readonly #timers = new Map<TimerName, NodeJS.Timeout>();
  #ready: ReadyBreak | undefined;
  #breakOver: () => void = () => {};
  #unwatch: () => void = () => {};
  #flusher: NodeJS.Timeout | undefined;
  #finish: (outcome: SessionEnd) => void = () => {};
  readonly #outcome = new Promise<SessionEnd>((resolve) => {
    this.#finish = resolve;
  });
  #finished = false;
  readonly #stateListeners = new Set<(state: SessionState) => void>();

  constructor(private readonly tools: SessionTools) {
    this.output = new KdOutput(tools, this);
  }

  /** Milliseconds since the session began. */
  now(): number {
    return performance.now() - this.#startedAt;
  }

  /** Runs the session to its end. Resolves once, when everything that it opened is closed. */
  run(): Promise<SessionEnd> {
    // It may have been asked to end before.
    if (!this.#finished) {
      this.#flusher = setInterval(() => this.tools.log.flush(), FLUSH_MS);
      this.dispatch({ type: 'start' });
    }
    return this.#outcome;
  }

  onState(listener: (state: SessionState) => void): void {
    this.#stateListeners.add(listener);
  }

  /** The operator presses Enter: break in now, or resume what is held. */
  breakIn(): void {
    this.tools.records.add('operator', { action: 'break' });
    this.dispatch({ type: 'operator', action: 'break' });
  }

  /** Ends the session by release. Asking again changes nothing. */
  release(reason: string, exitCode: ExitCode): void {
    this.tools.records.add('operator', { action: 'release', reason });
    this.dispatch({ type: 'operator', action: 'release', reason, exitCode });
  }

  /** Leaves at once, whatever state the target is in. */
  leave(): void {
    this.tools.records.add('operator', { action: 'leave' });
    this.dispatch({ type: 'operator', action: 'leave' });
  }

  dispatch(body: EventBody): void {
    if (this.#finished) return;
    const { state, effects } = step(this.state, { ...body, at: this.now() }, this.tools.plan);
    this.state = state;
    this.tools.trace?.(body, effects, state);
    for (const effect of effects) this.#carryOut(effect);
    for (const listener of this.#stateListeners) listener(this.state);
  }

  #carryOut(effect: Effect): void {
    const { tools } = this;
    switch (effect.do) {
      case 'spawn':
        this.#spawn();
        return;
      case 'type':
        this.#type([effect.line]);
        return;
      case 'ask':
        this.#type(this.output.ask(effect.id, effect.purpose, effect.lines));
        return;
      case 'ready-break':
        this.#makeReady();
        return;
      case 'break':
        if (effect.atHit && this.#ready) this.#ready.press();
        else this.#break(effect.way, (text) => this.dispatch({ type: 'break-failed', way: effect.way, text }));
        return;
      case 'break-over':
        this.#breakOver();
        this.#breakOver = () => {};
        this.#ready = undefined;
        return;
      case 'cancel-command':
        // One that cannot be sent is typed as the key that it is.
        this.#break(effect.way, () => effect.way === 'interrupt' && this.#type(['\x03']));
        return;
      case 'timer':
        this.#setTimer(effect.name, effect.ms);
        return;
      case 'cancel-timer':
        clearTimeout(this.#timers.get(effect.name));
        this.#timers.delete(effect.name);
        return;
      case 'flush':
        tools.log.flush();
        return;
      case 'tell':
        tools.records.add(effect.event, effect.detail);
        return;
      case 'end-kd':
        this.kd?.kill();
        return;
      case 'finish':
        this.#end(effect.exitCode, effect.reason);
        return;
    }
  }

  #makeReady(): void {
    const { program, server, cwd } = this.tools;
    const failed = (text: string): void => this.dispatch({ type: 'break-failed', way: 'client', text });
    this.#breakOver();
    this.#ready = joinToBreak(program, server, cwd, () => this.dispatch({ type: 'break-ready' }), failed);
    this.#breakOver = this.#ready.over;
  }

  #break(way: BreakInWay, failed: (why: string) => void): void {
    const { program, server, cwd } = this.tools;
    this.#breakOver();
    this.#ready = undefined;
    if (way === 'operator') this.tools.records.add('press-break', { pipe: server.pipe, host: server.host });
    if (this.kd) this.#breakOver = sendBreak(way, this.kd, program, server, cwd, failed);
  }

  #type(lines: readonly string[]): void {
    this.tools.records.add('typed', { lines });
    for (const line of lines) this.typed.add(line);
    this.kd?.type(...lines);
  }

  #spawn(): void {
    const { startKd, records } = this.tools;
    this.output.begin();
    const kd = startKd((chunk) => this.output.push(chunk));
    this.kd = kd;
    void kd.started.then((pid) => {
      this.kdPid = pid;
      records.add('kd-started', { pid });
      if (pid !== undefined) this.#watch(pid);
    });
    void kd.exited.then(async ({ code, signal }) => {
      await this.output.ended();
      this.dispatch({ type: 'exited', code, signal });
    });
  }

  #watch(pid: number): void {
    this.#unwatch();
    this.#unwatch = watchUse(
      pid,
      () => this.state.phase === 'starting' || this.state.phase === 'waiting',
      (text) => this.dispatch({ type: 'runaway', text }),
      (text) => this.tools.records.add('not-watched', { text }),
    );
  }

  #setTimer(name: TimerName, ms: number): void {
    clearTimeout(this.#timers.get(name));
    this.#timers.set(
      name,
      setTimeout(() => {
        this.#timers.delete(name);
        this.dispatch({ type: 'timer', name });
      }, ms),
    );
  }

  #end(exitCode: ExitCode, reason: string): void {
    this.#finished = true;
    clearInterval(this.#flusher);
    this.#unwatch();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#breakOver();
    // A kd that is left alive keeps its target going: hits are resumed by its own command string.
    this.kd?.abandon();
    this.output.close();
    const outcome = { exitCode, reason, state: this.state, at: this.now() };
    void this.tools.log.close().then(() => this.#finish({ ...outcome, missing: this.output.missing }));
  }
}
