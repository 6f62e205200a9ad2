import { messageOf } from '../../fault.js';
import type { LinkListener } from '../wire/delivery.js';
import type { Link } from '../wire/link.js';
import { LinkError } from '../wire/link-error.js';
import { packetBytes } from '../wire/packet.js';
import type { Timers } from '../wire/timers.js';
import { API, type ApiRequest } from './api.js';
import { BreakpointStrategy } from './breakpoints/breakpoint-strategy.js';
import type { KnownTarget } from './known-target.js';
import { Lookout } from './look-after.js';
import { requestProcessor } from './machine-requests.js';
import { type Handling, plainContinue, Resumer } from './resume/resume.js';
import { ResumeSender } from './resume/resume-sender.js';
import { type Running, RunState } from './resume/run-state.js';
import { TargetActivity } from './resume/target-activity.js';
import { type CommandStop, decodeStateChange, type ExceptionStop, type ModuleEvent } from './state-change.js';
import { isSameStop, judgeStop, moduleStop, type Stop } from './stop.js';
import { StopCosts } from './stop-costs.js';
import type { TargetEvent, TargetOptions } from './target-event.js';
import { TargetIdentity } from './target-identity.js';

// The target over a link: whether it runs, why it is halted, and the way to ask it anything. It prints nothing and knows no symbol.

type StopChange = ExceptionStop | CommandStop;

/** Times that a target is asked to say its stop again, and how long each may take besides the line, ms: the question itself may get lost. */
const ASK_AGAIN = { times: 60, ms: 1000 };

/** How long another processor has to say that it stands, ms. */
const SWITCH_MS = 1000;

/**
 * A target over a link: whether it runs, why it stands, and everything that can be asked of it while it does.
 * State changes are worked off one after the other; what comes of them is told as events.
 */
export class KdTarget {
  /** What stops cost. */
  readonly costs: StopCosts;
  readonly signs: TargetActivity;
  readonly #state: RunState;
  #stop: Stop | undefined;
  readonly #lookout: Lookout;
  readonly #sender: ResumeSender;
  readonly #identity: TargetIdentity;
  #leaving = false;
  /** For which report it is being asked again. */
  #askedTurn = -1;
  #work: Promise<void> = Promise.resolve();
  /** Settled when nobody waits for the acknowledgement of a resume: what follows it is told after it. */
  #resuming: Promise<unknown> = Promise.resolve();

  readonly link: Link;
  #processors = 1;

  /**
   * @param openLink makes the link, which tells the listener what comes over it
   * @param tell is told what the target does
   */
  constructor(
    openLink: (listener: LinkListener) => Link,
    private readonly tell: (event: TargetEvent) => void,
    timers: Timers,
    private readonly options: TargetOptions = {},
  ) {
    const link = openLink(this.#linkListener());
    this.link = link;
    this.#state = new RunState(timers);
    this.#lookout = new Lookout(this, timers);
    this.signs = new TargetActivity(link, timers, options.bytesPerSecond);
    this.#sender = new ResumeSender(link, this.#state, this.signs, () => this.#leaves());
    this.#identity = new TargetIdentity(
      link,
      tell,
      (known) => this.#resumerOf(known),
      (request) => this.#sender.send(request),
    );
    this.costs = new StopCosts(
      () => link.statistics,
      () => this.haltedMs,
    );
  }

  #linkListener(): LinkListener {
    const { tell } = this;
    return {
      stateChange: (payload, sync) => this.#stateChange(payload, sync),
      sync: (type) => this.#onRestartedIds(type),
      repeatWanted: () => this.#lookout.repeatWanted(),
      print: (text) => tell({ kind: 'printed', text }),
      prompt: (text) => new Promise((resolve) => tell({ kind: 'asked', text, answer: resolve })),
      retrying: (times) => tell({ kind: 'retrying', times }),
      recovered: () => tell({ kind: 'recovered' }),
      fileRefused: (name) => tell({ kind: 'file-refused', name }),
      foreign: (type) => tell({ kind: 'foreign-packet', type }),
    };
  }

  /** How many it said it has, of the last time that it was halted. */
  get processors(): number {
    return this.#processors;
  }

  get running(): Running {
    return this.#state.running;
  }

  /** When it was told to go on, in the timers' ms, and should run since then; undefined where it stands, or nobody knows. */
  get wentOnAt(): number | undefined {
    const should = this.running === 'running' || (this.running === 'unknown' && this.unacknowledged);
    return should ? this.#state.since : undefined;
  }

  /**
   * Asks it from now on when it is silent though it should run: it may stand, and nobody would ever see it.
   * @param may whether nobody else is asking it now
   * @returns ends that
   */
  lookAfter(may: () => boolean): () => void {
    this.#lookout.start(may);
    return () => this.#lookout.stop();
  }

  /** The last resume was not acknowledged: it may stand where it stood. */
  get unacknowledged(): boolean {
    return this.#sender.unacknowledged;
  }

  /** Where it stands; undefined while it does not. */
  get stop(): Stop | undefined {
    return this.running === 'halted' ? this.#stop : undefined;
  }

  /** Undefined until the target has answered for the first time. */
  get known(): KnownTarget | undefined {
    return this.#identity.known;
  }

  /** It is one that this kd cannot debug: it is told to go on whenever it stops, and nothing is known of its stops. */
  get foreign(): boolean {
    return this.#identity.isUnsupported;
  }

  /** Milliseconds that the target has stood still since this kd knows it. */
  get haltedMs(): number {
    return this.#state.haltedMs;
  }

  /** A STATE_CHANGE64 has come. */
  #stateChange(payload: Buffer, sync: boolean): void {
    const change = decodeStateChange(payload);
    if (!change) return;
    this.#processors = Math.max(1, change.processors);
    this.signs.reported(change);
    if (sync) this.#identity.onRestartedIds();
    // A target says a stop again when it was not acknowledged in time, or asked to: one answer is enough.
    const { bytesPerSecond = Number.POSITIVE_INFINITY } = this.options;
    this.costs.reported(payload.length);
    const found = this.#lookout.found(change);
    // It has stood since it began to say so, or never gone on. A server in between may hand over at once what came slowly to it.
    const saidMs = Math.max(this.link.tookMs, (packetBytes(payload.length) * 1000) / bytesPerSecond);
    const unsure = this.#sender.overtaken || this.unacknowledged;
    this.#set('halted', found?.same ? found.silentMs : saidMs);
    if (!this.#sender.isNew(payload)) return;
    this.#state.changed();
    const { turn } = this.#sender;
    if (found) this.tell({ kind: 'note', text: found.note });
    this.#later(async () => {
      await this.#resuming;
      const asked = unsure || this.#sender.overtaken;
      if (found?.same && !asked && !this.#leaving) await this.#sender.sendAgain();
      else if (change.kind === 'exception' || change.kind === 'command') await this.#stopped(change, turn, asked);
      else await this.#moduleEvent(change);
    });
  }

  /**
   * The target has begun its ids anew: it started, or it had given up this debugger. Its table of breakpoints is in doubt.
   * @param type of the packet that shows it
   */
  #onRestartedIds(type: number): void {
    this.#identity.onRestartedIds();
    this.#identity.known?.memory.forget();
    if (this.signs.onRestart(type)) this.#set('running');
    this.tell({ kind: 'ids-restarted' });
  }

  /** What was reported of the stop that is being looked at is not believed: the target is asked to say it again. */
  askAgain(): void {
    this.#sender.forget();
    this.link.reset();
    const { turn } = this.#sender;
    if (this.#askedTurn !== turn) void this.#insist(turn);
    this.#askedTurn = turn;
  }

  /** The question gets lost like any other packet. Whoever leaves asks for himself. */
  async #insist(turn: number): Promise<void> {
    const over = (): boolean => this.#leaving || this.#sender.turn !== turn || this.running !== 'halted';
    for (let asked = 1; asked < ASK_AGAIN.times; asked++) {
      if (await this.until(over, ASK_AGAIN.ms + 2 * this.signs.reportMs)) return;
      this.link.reset();
    }
  }

  /** It was taken to stand, and answers nothing any more: it may run. */
  notHeard(): void {
    this.#set('unknown');
  }

  /** The stream to the target is gone, or a new one: nothing is known about it. */
  lineChanged(): void {
    this.#sender.forget();
    this.#identity.resumer?.cancel();
    this.#set('unknown');
  }

  /** Another boot, or another machine, is at the other end, and says so: nothing that was known holds. */
  restarted(): void {
    const known = this.known !== undefined;
    this.lineChanged();
    this.#identity.forgetBoot();
    if (known) this.tell({ kind: 'shutdown' });
  }

  /** Somebody leaves: every stop is told from now on, and nothing goes on by itself. */
  leave(): void {
    this.#leaving = true;
    this.#state.changed();
    this.link.hurry();
    if (this.#identity.resumer) this.#identity.resumer.leaving = true;
  }

  /** Resolves true as soon as the condition holds, false after so many milliseconds, or when the signal fires. */
  until(holds: () => boolean, ms: number, signal?: AbortSignal): Promise<boolean> {
    return this.#state.until(holds, ms, signal);
  }

  /** A thread that was stepped over a breakpoint has not come back from it: the target stops once more when it does. */
  get stepsPending(): boolean {
    return this.#identity.resumer?.stepsPending === true;
  }

  /** True once the target stands at a stop that was told. */
  get standsStill(): boolean {
    return this.running === 'halted' && this.#stop !== undefined;
  }

  /**
   * Lets the target run. Breakpoints are put into it first; one at the place where it stands is stepped over.
   * @throws Error when it does not stand, or refuses a breakpoint; LinkError
   */
  async go(handling: Handling = 'default'): Promise<boolean> {
    const { resumer, stop } = this.#standing();
    return resumer.go(stop, handling);
  }

  /** Executes one instruction. Where that ended is told as a stop. @throws as `go` */
  async step(): Promise<void> {
    const { resumer, stop } = this.#standing();
    await resumer.step(stop);
  }

  /** Hands the debugger to another processor, where the target can do that: the next stop is that processor's. */
  async switchProcessor(processor: number): Promise<boolean> {
    const { resumer, stop } = this.#standing();
    // The processor that is left behind goes on with the others, and must not stand at its int3 then.
    await resumer.passInt3(stop);
    this.#sender.forget();
    await requestProcessor(this.link, processor);
    const there = (): boolean => this.stop?.change.processor === processor;
    return this.until(there, SWITCH_MS);
  }

  /** Looks at another processor's registers: every request names its processor, so nothing has to move in the target. */
  async switchTo(processor: number): Promise<void> {
    this.#standing();
    this.#identity.known?.contexts.select(processor);
  }

  /** Restarts the target's machine. It stands or not: a target that runs does not hear it. @throws LinkError */
  async reboot(): Promise<void> {
    await this.#sender.send({ api: API.reboot });
    this.#identity.forgetBoot();
    this.tell({ kind: 'shutdown' });
  }

  /** Makes the target bug-check. @throws LinkError */
  async crash(): Promise<void> {
    this.#standing();
    await this.#sender.send({ api: API.causeBugCheck });
  }

  #standing(): { resumer: Resumer; stop: Stop } {
    if (!this.standsStill || !this.#identity.resumer) throw new Error('The target does not stand.');
    return { resumer: this.#identity.resumer, stop: this.#stop as Stop };
  }

  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.tell({ kind: 'note', text: messageOf(error) });
      // It stands for an answer that it has not got: what it says again was taken for the report that is being answered.
      const spoilt = error instanceof LinkError && error.code !== 'closed' && error.code !== 'damaged';
      if (spoilt && this.running === 'halted' && !this.#stop) this.askAgain();
    });
  }

  #set(running: Running, ago = 0): void {
    if (running !== 'halted') this.#leaves();
    this.#state.set(running, ago);
  }

  #leaves(): void {
    this.#stop = undefined;
    this.known?.memory.resumed();
  }

  /**
   * @param turn when it was reported: one that another follows before it is told is over, for a resume that was late has found it
   * @param unsure it may be the stop that it was last told to go on from
   */
  async #stopped(change: StopChange, turn: number, unsure: boolean): Promise<void> {
    if (this.#stop && isSameStop(this.#stop.change, change)) return;
    const known = await this.#identity.identify();
    if (!known || this.running !== 'halted') return;
    this.#lookout.left = change;
    known.contexts.stopped(change.processor);
    known.memory.resumed();
    const stop = judgeStop(change, known.architecture, known.breakpoints, known.registers);
    const { isDegraded } = known.quality;
    if (await this.#identity.resumer?.goneOnFrom(stop, isDegraded || unsure)) return;
    if (isDegraded && !(await this.#identity.confirmReport(known, change, this.#isExpected(stop)))) {
      this.askAgain();
      return;
    }
    if (this.#sender.turn !== turn) return;
    known.contexts.standsAt(stop.pc);
    known.breakpoints.reported(stop.pc);
    await this.#identity.cleanUp(known, stop);
    this.#tellStop(stop);
  }

  /** A stop of the usual kinds: any other may be damage that the checksum does not show. */
  #isExpected({ reason }: Stop): boolean {
    return this.#leaving || reason === 'breakpoint' || (reason === 'step' && this.stepsPending);
  }

  /** It stands; a stop that is the resumer's own business is not told. */
  #tellStop(stop: Stop): void {
    this.#stop = this.#identity.resumer ? this.#identity.resumer.sees(stop) : stop;
    this.#state.changed();
    if (this.#stop) this.tell({ kind: 'stopped', stop: this.#stop });
  }

  async #moduleEvent(event: ModuleEvent): Promise<void> {
    this.#lookout.left = undefined;
    const heard = await this.#identity.onModuleEvent(event);
    if (!heard) return;
    const { architecture, breakpoints, contexts } = heard.known;
    if (heard.stays && this.#identity.resumer && this.running === 'halted') {
      contexts.stopped(event.processor);
      this.#tellStop(moduleStop(event, architecture));
      return;
    }
    // A breakpoint that is refused must not keep a target that boots, with nobody at a prompt.
    await breakpoints.insert().catch((error: unknown) => {
      if (error instanceof LinkError) throw error;
      this.tell({ kind: 'note', text: messageOf(error) });
    });
    await this.#sender.send(plainContinue());
  }

  #resumerOf(known: KnownTarget): Resumer {
    const send = (request: ApiRequest, quietly: boolean): Promise<boolean> => {
      const since = this.signs.now;
      const sent = this.#sender.send(request).then((confirmed) => {
        if (!quietly) this.costs.resumed();
        // A target that stands acknowledges what is sent to it again and again; one that runs may be seen by its pokes.
        if (!quietly) this.tell({ kind: 'resumed', confirmed: confirmed || this.link.aliveAt > since });
        return confirmed;
      });
      this.#resuming = sent.catch(() => undefined);
      return sent;
    };
    const strategy = new BreakpointStrategy(known, this.options.ways ?? 'usual');
    const resumer = new Resumer(known, strategy, send, (stop, { message }) => {
      this.tell({ kind: 'note', text: message });
      // It was to go on by itself, and stands: that is a stop like any other now.
      if (this.running !== 'halted') return;
      this.#stop = stop;
      this.#state.changed();
      this.tell({ kind: 'stopped', stop });
    });
    resumer.leaving = this.#leaving;
    return resumer;
  }
}
