import { messageOf } from '../../fault.js';
import type { Link } from '../wire/link.js';
import { LinkError } from '../wire/link-error.js';
import { packetBytes } from '../wire/packet.js';
import type { Lookout } from './look-after.js';
import { plainContinue } from './resume/continue-request.js';
import type { ResumeSender } from './resume/resume-sender.js';
import type { RunState } from './resume/run-state.js';
import type { TargetActivity } from './resume/target-activity.js';
import { type CommandStop, decodeStateChange, type ExceptionStop, type ModuleEvent } from './state-change.js';
import { isSameStop, judgeStop, moduleStop, type Stop } from './stop.js';
import type { StopCosts } from './stop-costs.js';
import type { TargetEvent } from './target-event.js';
import type { TargetIdentity } from './target-identity.js';

// What a target reports: which report is new, which is believed, and which is told. What is asked of a target is in kd-target.ts.

/** Times that a target is asked to say its stop again, and how long each may take besides the line, ms: the question itself may get lost. */
const ASK_AGAIN = { times: 60, ms: 1000 };

/** What reports have to do with. */
export interface ReportIntakeParts {
  readonly link: Link;
  readonly tell: (event: TargetEvent) => void;
  readonly state: RunState;
  readonly sender: ResumeSender;
  readonly identity: TargetIdentity;
  readonly lookout: Lookout;
  readonly signs: TargetActivity;
  readonly costs: StopCosts;
  /** What the line moves; undefined where that is not known. */
  readonly bytesPerSecond: number | undefined;
}

/** Works state changes off, one after the other. */
export class ReportIntake {
  #processors = 1;
  #leaving = false;
  /** For which report it is being asked again. */
  #askedTurn = -1;
  #work: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ReportIntakeParts) {}

  /** How many it said it has, of the last time that it was halted. */
  get processors(): number {
    return this.#processors;
  }

  /** Somebody leaves: every stop is told from now on. */
  leave(): void {
    this.#leaving = true;
    this.parts.state.changed();
  }

  /** A STATE_CHANGE64 has come. @param sync under an id that shows that the target has begun its ids anew */
  take(payload: Buffer, sync: boolean): void {
    const { signs, costs, identity, lookout, state, sender, tell } = this.parts;
    const change = decodeStateChange(payload);
    if (!change) return;
    this.#processors = Math.max(1, change.processors);
    signs.reported(change);
    if (sync) identity.onRestartedIds();
    costs.reported(payload.length);
    const found = lookout.found(change);
    const unsure = sender.overtaken || sender.unacknowledged;
    state.set('halted', found?.same ? found.silentMs : this.#saidMs(payload));
    // A target says a stop again when it was not acknowledged in time, or asked to: one answer is enough.
    if (!sender.isNew(payload)) return;
    state.changed();
    const { turn } = sender;
    if (found) tell({ kind: 'note', text: found.note });
    this.#later(async () => {
      await sender.settled;
      const asked = unsure || sender.overtaken;
      if (found?.same && !asked && !this.#leaving) await sender.sendAgain();
      else if (change.kind === 'exception' || change.kind === 'command') await this.#stopped(change, turn, asked);
      else await this.#moduleEvent(change);
    });
  }

  /** What was reported of the stop that is being looked at is not believed: the target is asked to say it again. */
  askAgain(): void {
    const { sender, link } = this.parts;
    sender.forget();
    link.reset();
    const { turn } = sender;
    if (this.#askedTurn !== turn) void this.#insist(turn);
    this.#askedTurn = turn;
  }

  /** The question gets lost like any other packet. Whoever leaves asks for himself. */
  async #insist(turn: number): Promise<void> {
    const { sender, state, signs, link, tell } = this.parts;
    const over = (): boolean => this.#leaving || sender.turn !== turn || state.running !== 'halted';
    const waitForReport = (): Promise<boolean> => state.until(over, ASK_AGAIN.ms + 2 * signs.reportMs);
    for (let asked = 1; asked < ASK_AGAIN.times; asked++) {
      if (await waitForReport()) return;
      link.reset();
    }
    if (await waitForReport()) return;
    // As long as it counts as halted, no CTRL+C would ask it.
    state.set('unknown');
    tell({
      kind: 'note',
      text: 'The target was halted, and its reports do not get through: it may be halted. CTRL+C asks it.',
    });
  }

  /** For how long it has been saying so, ms. A server in between may hand over at once what came slowly to it. */
  #saidMs(payload: Buffer): number {
    const { link, bytesPerSecond = Number.POSITIVE_INFINITY } = this.parts;
    return Math.max(link.tookMs, (packetBytes(payload.length) * 1000) / bytesPerSecond);
  }

  #later(work: () => Promise<void>): void {
    const { tell, state } = this.parts;
    this.#work = this.#work.then(work).catch((error: unknown) => {
      tell({ kind: 'note', text: messageOf(error) });
      // It stands for an answer that it has not got: what it says again was taken for the report that is being answered.
      const spoilt = error instanceof LinkError && error.code !== 'closed' && error.code !== 'damaged';
      if (spoilt && state.running === 'halted' && !state.stop) this.askAgain();
    });
  }

  /**
   * @param turn when it was reported: one that another follows before it is told is over, for a resume that was late has found it
   * @param unsure it may be the stop that it was last told to go on from
   */
  async #stopped(change: ExceptionStop | CommandStop, turn: number, unsure: boolean): Promise<void> {
    const { state, identity, lookout, sender } = this.parts;
    if (state.stop && isSameStop(state.stop.change, change)) return;
    const known = await identity.identify();
    if (!known || state.running !== 'halted') return;
    lookout.left = change;
    known.contexts.stopped(change.processor);
    known.memory.resumed();
    const stop = judgeStop(change, known.architecture, known.breakpoints, known.registers);
    const { isDegraded } = known.quality;
    if (await identity.resumer?.goneOnFrom(stop, isDegraded || unsure)) return;
    if (isDegraded && !(await identity.confirmReport(known, change, this.#isExpected(stop)))) {
      this.askAgain();
      return;
    }
    if (sender.turn !== turn) return;
    known.contexts.standsAt(stop.pc);
    known.breakpoints.reported(stop.pc);
    await identity.cleanUp(known, stop);
    this.#tellStop(stop);
  }

  /** A stop of the usual kinds: any other may be damage that the checksum does not show. */
  #isExpected({ reason, change }: Stop): boolean {
    const stepping = this.parts.identity.resumer?.isStepping(change.thread) === true;
    return this.#leaving || reason === 'breakpoint' || (reason === 'step' && stepping);
  }

  /** It stands; a stop that is the resumer's own business is not told. */
  #tellStop(stop: Stop): void {
    const { state, identity, tell } = this.parts;
    const told = identity.resumer ? identity.resumer.sees(stop) : stop;
    state.standAt(told);
    if (told) tell({ kind: 'stopped', stop: told });
  }

  async #moduleEvent(event: ModuleEvent): Promise<void> {
    const { lookout, identity, state, sender, tell } = this.parts;
    lookout.left = undefined;
    const heard = await identity.onModuleEvent(event);
    if (!heard) return;
    const { architecture, breakpoints, contexts } = heard.known;
    if (heard.stays && identity.resumer && state.running === 'halted') {
      contexts.stopped(event.processor);
      this.#tellStop(moduleStop(event, architecture));
      return;
    }
    // A breakpoint that is refused must not keep a target that boots, with nobody at a prompt.
    await breakpoints.insert().catch((error: unknown) => {
      if (error instanceof LinkError) throw error;
      tell({ kind: 'note', text: messageOf(error) });
    });
    await sender.send(plainContinue());
  }
}
