import type { Fault } from '../fault.js';
import type { ConsoleEvent } from '../kd-text/events.js';
import { ConsoleReader } from '../kd-text/reader.js';
import { LogIntake } from '../log/log-intake.js';
import { Wrappers } from '../stacks/attribute/wrappers.js';
import { HitReader } from '../stacks/read/hit-reader.js';
import type { SessionTools } from './controller.js';
import type { EventBody, Purpose, SessionState } from './core/state.js';
import { Dialog } from './dialog.js';
import { HitHalts } from './hit-halts.js';

// What kd prints, on its way through a session: to the log, then to the reader of hits, then to core/ as events.
// It types nothing, and does nothing with the target.

/** A session shows drivers and callers with most hits only; its report reads the log once more. */
const KEPT = { most: 4_000, mostAddresses: 50_000 };
/** What comes again and again is in the log, and not among the records. */
const ORDINARY: ReadonlySet<ConsoleEvent['kind']> = new Set(['prompt', 'hit', 'stack', 'place']);

/** Whom the events are for. */
export interface EventReceiver {
  readonly state: SessionState;
  /** Milliseconds since the session began. */
  now(): number;
  dispatch(event: EventBody): void;
}

/** Reads what kd prints, of all kds that a session starts one after the other. */
export class KdOutput {
  readonly hits: HitReader;
  /** Halts at hits, as far as kd does not say them itself. */
  readonly hitHalts: HitHalts;
  readonly #dialog = new Dialog();
  #reader = new ConsoleReader();
  readonly #intake: LogIntake;
  #closed = false;

  constructor(
    private readonly tools: Pick<SessionTools, 'plan' | 'transport' | 'log' | 'records' | 'haltedMs'>,
    private readonly session: EventReceiver,
  ) {
    this.hits = new HitReader({ ...KEPT, wrappers: new Wrappers(tools.plan.wrappers) });
    this.hitHalts = new HitHalts(tools.transport);
    // First to disk, then to anybody.
    this.#intake = new LogIntake(
      tools.log,
      (chunk) => this.#act(chunk),
      (fault) => this.#logFailed(fault),
    );
  }

  /** Bytes that are not in the log, because it could not be written. */
  get missing(): number {
    return this.#intake.missing;
  }

  /** Another kd is about to be started. */
  begin(): void {
    this.#dialog.reset();
    this.#reader = new ConsoleReader();
  }

  push(chunk: Buffer): Promise<void> | undefined {
    return this.#closed ? undefined : this.#intake.push(chunk);
  }

  /** @returns what to type, so that the answer to these lines is recognised */
  ask(id: number, purpose: Purpose, lines: readonly string[]): string[] {
    this.#reader.verbose = true;
    return this.#dialog.ask(id, purpose, lines);
  }

  /** kd has ended. Resolves when all that it has printed has been acted on. */
  async ended(): Promise<void> {
    await this.#intake.settled();
    this.#dialog.reset();
  }

  /** The session is over. */
  close(): void {
    this.#closed = true;
    this.hits.end();
  }

  #act(chunk: Buffer): void {
    // What a kd says that is left alive is in its own log.
    if (this.#closed) return;
    const before = this.hits.hits;
    const { frames } = this.hits;
    this.hits.push(chunk);
    const { haltedMs } = this.tools;
    if (this.hits.hits !== before)
      this.session.dispatch({ type: 'hits', total: this.hits.hits, ...(haltedMs && { haltedMs: haltedMs() }) });
    this.#reader.verbose = this.#dialog.waiting;
    const events = this.#reader.push(chunk);
    for (const event of events) this.#console(event);
    this.#countHalt(events, this.hits.frames > frames);
  }

  #countHalt(events: readonly ConsoleEvent[], grown: boolean): void {
    if (this.session.state.target.disposition === 'halted') this.hitHalts.stays();
    else if (events.some(({ kind }) => kind === 'stack')) this.hitHalts.begins(this.session.now());
    else if (grown) this.hitHalts.goesOn(this.session.now());
  }

  // A disk that takes no more ends the session by release, and kd's own log goes on.
  #logFailed({ message, remedy, exitCode }: Fault): void {
    this.tools.records.add('log-failed', { message, remedy });
    this.session.dispatch({ type: 'operator', action: 'release', reason: message, exitCode });
  }

  #console(event: ConsoleEvent): void {
    if (event.kind === 'line') {
      this.#dialog.collect(event.text);
      return;
    }
    if (event.kind === 'marker') {
      const answer = this.#dialog.answered(event.text);
      if (answer)
        this.session.dispatch({ type: 'answer', id: answer.id, purpose: answer.purpose, lines: answer.lines });
      return;
    }
    if (!ORDINARY.has(event.kind)) this.tools.records.add('kd-says', { ...event });
    this.session.dispatch({ type: 'console', event });
  }
}
