import { existsSync, statSync } from 'node:fs';
import type { Launch } from '../debugger/command-line.js';
import type { KdProgram } from '../debugger/find-kd.js';
import type { ServerName } from '../debugger/server-name.js';
import type { Transport } from '../debugger/transport.js';
import { EXIT, type ExitCode, messageOf } from '../fault.js';
import { splitPrompts } from '../kd-text/prompt.js';
import { compareLogs } from '../log/compare.js';
import { LogFile } from '../log/log-file.js';
import { type ControlRequest, type ControlServer, serveControl } from './control.js';
import { Controller, type SessionEnd } from './controller.js';
import { howLeft } from './core/left.js';
import type { Plan } from './core/plan.js';
import { haltedMs } from './core/state.js';
import { type Diagnostics, openDiagnostics } from './diagnostics.js';
import { Dialog } from './dialog.js';
import { KdStarter } from './kd-starter.js';
import { tellMuchHalted, tellProgress } from './progress.js';
import { Records, type SessionRecord } from './records.js';
import type { RunDirectory } from './run-directory.js';
import { enterKd, newRunRecord, type RunRecord, saveRunRecord } from './run-record.js';
import { type SessionStatus, StatusKeeper } from './status.js';

// One session with all that surrounds it: run directory, log, records, control pipe, result. It puts the parts together
// and closes them; what happens in between is the controller's.

export interface LiveSessionOptions {
  readonly place: RunDirectory;
  readonly plan: Plan;
  readonly program: KdProgram;
  readonly server: ServerName;
  readonly launch: Launch;
  /** What frees the target when this program dies; with it, kd is started under a supervisor that outlives us. */
  readonly rescue?: Launch;
  readonly transport?: Transport;
  readonly logMaxBytes?: number;
}

/** A session with everything around it: its run directory, its control pipe, its end. */
export class LiveSession {
  readonly #controller: Controller;
  readonly #log: LogFile;
  readonly #records: Records;
  readonly #statusKeeper: StatusKeeper;
  #diagnostics: Diagnostics | undefined;
  readonly record: RunRecord;

  constructor(private readonly options: LiveSessionOptions) {
    const { place, plan, program, server, transport, logMaxBytes } = options;
    const starter = new KdStarter(options);
    this.#log = new LogFile(place.log, logMaxBytes === undefined ? {} : { maxBytes: logMaxBytes });
    this.#records = new Records(place.events, place.run, () => this.#controller.now());
    this.#controller = new Controller({
      plan,
      program,
      server,
      startKd: (onOutput) => starter.start(onOutput),
      cwd: place.directory,
      ...(transport && { transport }),
      trace: (event, effects, { phase, target }) =>
        this.#debug({ event, effects, phase, target: target.disposition }, `event ${event.type}`),
      log: this.#log,
      records: this.#records,
      ...((plan.bursts || plan.maxHaltMs !== undefined) && { haltedMs: () => this.#statusKeeper.haltedTotalMs() }),
    });
    this.#statusKeeper = new StatusKeeper(this.#controller, () => this.#log.bytes, transport, starter);
    this.record = newRunRecord(place, plan, program, server, options.launch, transport);
  }

  /** Where the rescue speaks that a supervisor starts when this program dies; undefined where kd has no supervisor. */
  get kept(): string | undefined {
    return this.options.rescue && this.options.place.rescueLog;
  }

  /** The logs of the session, oldest first: one, unless it was rotated. */
  get logs(): readonly string[] {
    return [...this.#log.finished, this.options.place.log];
  }

  /** Functions that allocate for others, besides the known ones. */
  get wrappers(): readonly string[] {
    return this.options.plan.wrappers ?? [];
  }

  /** For whoever looks for a fault of this program (LIVEDEBUG_LOG_LEVEL=debug). What fails here decides nothing. */
  #debug(detail: object, message: string): void {
    try {
      this.#diagnostics?.debug?.(detail, message);
    } catch {
      this.#diagnostics = undefined;
    }
  }

  onRecord(listener: (record: SessionRecord) => void): void {
    this.#records.listen(listener);
  }

  status(): SessionStatus {
    return this.#statusKeeper.status();
  }

  breakIn(): void {
    this.#controller.breakIn();
  }

  release(reason: string, exitCode: ExitCode): void {
    this.#controller.release(reason, exitCode);
  }

  leave(): void {
    this.#controller.leave();
  }

  /** Runs to the end and closes everything. @returns the result record, the last of the session */
  async run(): Promise<SessionRecord> {
    const diagnostics = openDiagnostics(this.options.place.diagnostics);
    this.#diagnostics = diagnostics;
    this.#records.listen((record) => diagnostics.info(record, record.event));
    // Before kd is there: whoever comes after a sudden end has to find it.
    this.#save();
    // And before anything is set in the target: whoever frees it has to know what.
    this.#records.listen(({ event }) => (event === 'kd-started' || event === 'symbol') && this.#save());
    this.#saveOnChange();
    const control = await this.#serve();
    this.#records.listen((record) => control?.broadcast({ record }));
    this.#records.add('session', { directory: this.options.place.directory, pid: process.pid });
    const stopTelling = tellProgress(this.#records, () => this.status());
    const { goal, bursts } = this.options.plan;
    const stopWatching =
      goal === 'collect' && !bursts ? tellMuchHalted(this.#records, () => this.status()) : () => undefined;
    const outcome = await this.#controller.run();
    stopTelling();
    stopWatching();
    const result = await this.#conclude(outcome);
    control?.close();
    this.#records.close();
    diagnostics.flush();
    return result;
  }

  async #serve(): Promise<ControlServer | undefined> {
    try {
      return await serveControl(this.options.place.run, (request) => this.#answer(request));
    } catch (error) {
      // Without it nobody can join, but the session itself is whole.
      this.#records.add('no-control', { message: messageOf(error) });
      return undefined;
    }
  }

  #answer(request: ControlRequest): object | undefined {
    if (request.do === 'break') this.breakIn();
    // A rescue does nothing else, and comes to its own end.
    if (request.do === 'release' && this.options.plan.goal !== 'release') this.release(request.reason, EXIT.done);
    return { status: this.status(), run: this.record };
  }

  #saveOnChange(): void {
    let phase = this.record.phase;
    this.#controller.onState((state) => {
      const { armed, crashed } = this.record;
      if (state.phase === phase && state.ours.armed === armed && state.target.crashed === crashed) return;
      phase = state.phase;
      this.#save();
    });
  }

  #save(): void {
    const { state, output, kdPid } = this.#controller;
    Object.assign(this.record, {
      phase: state.phase,
      disposition: state.target.disposition,
      armed: state.ours.armed,
      ...(state.ours.catching && { catching: state.ours.catching }),
      tag_in: state.ours.tagIn,
      hits: output.hits.hits,
      halted_ms: Math.round(haltedMs(state, this.#controller.now())),
    });
    if (kdPid !== undefined) enterKd(this.record, kdPid);
    if (this.logs.length > 1) this.record.logs = this.logs;
    if (state.target.crashed === undefined) delete this.record.crashed;
    else this.record.crashed = state.target.crashed;
    saveRunRecord(this.options.place.record, this.record);
  }

  async #conclude(outcome: SessionEnd): Promise<SessionRecord> {
    this.#records.add('comparing', {});
    const comparison = await this.#compare();
    Object.assign(this.record, {
      ended: new Date().toISOString(),
      exit_code: outcome.exitCode,
      reason: outcome.reason,
      left: howLeft(outcome.state),
      kd_alive: !outcome.state.kd.gone,
      ...(outcome.state.kd.heardAt !== undefined && {
        last_heard_ms: Math.round(outcome.at - outcome.state.kd.heardAt),
      }),
    });
    this.#save();
    const { phase, target, armed, catching, hits, log_bytes, elapsed_ms, top_driver, top_caller, ...halts } =
      this.status();
    return this.#records.add('result', {
      exit_code: outcome.exitCode,
      reason: outcome.reason,
      disposition: target,
      left: howLeft(outcome.state),
      phase,
      armed,
      ...(catching && { catching }),
      hits,
      log_bytes,
      halted_ms: halts.halted_ms,
      hit_halt_ms: halts.hit_halt_ms,
      halted_total_ms: halts.halted_total_ms,
      halted_estimated: halts.halted_estimated,
      elapsed_ms,
      ...(top_driver && { top_driver }),
      ...(top_caller && { top_caller }),
      ...(outcome.missing > 0 && { log_lacks: outcome.missing }),
      log: this.options.place.log,
      directory: this.options.place.directory,
      ...(comparison && { kd_log: comparison }),
    });
  }

  async #compare(): Promise<object | undefined> {
    const { log, kdLog } = this.options.place;
    if (this.record.kd_log === undefined || !existsSync(kdLog)) return undefined;
    try {
      if (!statSync(log).isFile()) return undefined;
      return await compareLogs([...this.#log.finished, log], kdLog, withoutPrompts, this.#isTyped());
    } catch (error) {
      return { error: messageOf(error) };
    }
  }

  // kd's own log has the commands too; ours are known, and a prompt with a command stands on one line there.
  #isTyped(): (line: string) => boolean {
    const typed = new Set(this.#controller.typed);
    return (line) => typed.has(line) || Dialog.isOwn(line);
  }
}

function withoutPrompts(line: string): string {
  return splitPrompts(line).rest;
}
