import type { LinkListener } from '../wire/delivery.js';
import type { Link } from '../wire/link.js';
import type { Timers } from '../wire/timers.js';
import { API, type ApiRequest } from './api.js';
import { BreakpointStrategy } from './breakpoints/breakpoint-strategy.js';
import type { KnownTarget } from './known-target.js';
import { Lookout } from './look-after.js';
import { requestProcessor } from './machine-requests.js';
import { ReportIntake } from './report-intake.js';
import type { Handling } from './resume/continue-request.js';
import { Resumer } from './resume/resume.js';
import { ResumeSender } from './resume/resume-sender.js';
import { type Running, RunState } from './resume/run-state.js';
import { TargetActivity } from './resume/target-activity.js';
import type { Stop } from './stop.js';
import { StopCosts } from './stop-costs.js';
import type { TargetEvent, TargetOptions } from './target-event.js';
import { TargetIdentity } from './target-identity.js';

// The target over a link: whether it runs, why it is halted, and the way to ask it anything. It prints nothing and knows no symbol.

/** How long another processor has to say that it stands, ms. */
const SWITCH_MS = 1000;

/**
 * A target over a link: whether it runs, why it stands, and everything that can be asked of it while it does.
 * What it reports is worked off by report-intake.ts, and told as events.
 */
export class KdTarget {
  readonly link: Link;
  /** What stops cost. */
  readonly costs: StopCosts;
  readonly signs: TargetActivity;
  readonly #state: RunState;
  readonly #lookout: Lookout;
  readonly #sender: ResumeSender;
  readonly #identity: TargetIdentity;
  readonly #reports: ReportIntake;
  #leaving = false;

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
    this.#reports = new ReportIntake({
      link,
      tell,
      state: this.#state,
      sender: this.#sender,
      identity: this.#identity,
      lookout: this.#lookout,
      signs: this.signs,
      costs: this.costs,
      bytesPerSecond: options.bytesPerSecond,
    });
  }

  #linkListener(): LinkListener {
    const { tell } = this;
    return {
      stateChange: (payload, sync) => this.#reports.take(payload, sync),
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
    return this.#reports.processors;
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
    return this.#state.stop;
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
    this.#reports.askAgain();
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
    this.#reports.leave();
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
    return this.stop !== undefined;
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
    const { stop } = this;
    if (!stop || !this.#identity.resumer) throw new Error('The target does not stand.');
    return { resumer: this.#identity.resumer, stop };
  }

  #set(running: 'running' | 'unknown'): void {
    this.#leaves();
    this.#state.set(running);
  }

  #leaves(): void {
    this.#state.leaveStop();
    this.known?.memory.resumed();
  }

  #resumerOf(known: KnownTarget): Resumer {
    const send = (request: ApiRequest, quietly: boolean): Promise<boolean> => {
      const since = this.signs.now;
      return this.#sender.send(request).then((confirmed) => {
        if (!quietly) this.costs.resumed();
        // A target that stands acknowledges what is sent to it again and again; one that runs may be seen by its pokes.
        if (!quietly) this.tell({ kind: 'resumed', confirmed: confirmed || this.link.aliveAt > since });
        return confirmed;
      });
    };
    const strategy = new BreakpointStrategy(known, this.options.ways ?? 'usual');
    const resumer = new Resumer(known, strategy, send, (stop, { message }) => {
      this.tell({ kind: 'note', text: message });
      // It was to go on by itself, and stands: that is a stop like any other now.
      if (this.running !== 'halted') return;
      this.#state.standAt(stop);
      this.tell({ kind: 'stopped', stop });
    });
    resumer.leaving = this.#leaving;
    return resumer;
  }
}
