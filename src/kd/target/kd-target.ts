import type { Link } from '../wire/link.js';
import { LinkError } from '../wire/link-error.js';
import { PACKET } from '../wire/packet.js';
import type { Timers } from '../wire/timers.js';
import { API, type Request } from './api.js';
import { architectureOf, machineName } from './architecture.js';
import { agrees, type KnownTarget, meet } from './known-target.js';
import { Ladder } from './ladder.js';
import { requestProcessor } from './machine-requests.js';
import { wayOn } from './release-foreign.js';
import { ask, tell } from './requests.js';
import { type Handling, plainContinue, Resumer } from './resume.js';
import { type Running, RunState } from './run-state.js';
import {
  type CommandStop,
  decodeStateChange,
  type ExceptionStop,
  type ModuleEvent,
  programCounter,
} from './state-change.js';
import { isSameStop, judgeStop, moduleStop, type Stop } from './stop.js';
import { StopCosts } from './stop-costs.js';
import { decodeVersion } from './version.js';
import { isLeftover, tidyWreck } from './wreck.js';

export interface TargetListener {
  /** The target answered for the first time, or for the first time in another boot. */
  connected(known: KnownTarget): void;
  /** It stands, and stays so until somebody resumes it. */
  stopped(stop: Stop): void;
  /** It was told to go on; `confirmed`: and acknowledged that. */
  resumed(confirmed: boolean): void;
  module(event: ModuleEvent): void;
  /** Asked after it: whether the target is to stay where it tells of an image. */
  stays?(event: ModuleEvent): Promise<boolean>;
  /** It said that it shuts down. */
  shutdown(): void;
  /** It has begun another boot. */
  rebooted(): void;
  /** It is one that this kd cannot debug; it was told to go on. */
  refused(machine: string): void;
  /** Something that a person should know. */
  note(text: string): void;
}

export interface TargetOptions {
  /** Breakpoints only as Microsoft's kd has them: in the target's table, and stepped over. */
  readonly careful?: boolean;
}

type StopChange = ExceptionStop | CommandStop;

/** RESETs that a target that runs is asked by, and how long each may take to be answered, ms. */
const RESETS = 2;
const RESET_MS = 300;
/** How long another processor has to say that it stands, ms. */
const SWITCH_MS = 1000;
/** Times that one report is asked for again on a bad line. */
const ASK_AGAIN = 3;
/** Times that a target of a foreign kind is told to go on. */
const REFUSALS = 3;

/**
 * A target over a link: whether it runs, why it stands, and everything that can be asked of it while it does.
 * State changes are worked off one after the other; what comes of them is told to the listener.
 */
export class KdTarget {
  /** What stops cost. */
  readonly costs: StopCosts;
  readonly #state: RunState;
  #stop: Stop | undefined;
  #known: KnownTarget | undefined;
  #work: Promise<void> = Promise.resolve();
  #resumer: Resumer | undefined;
  /** A wreck's leftovers have been looked for since the link came up. */
  #tidied = false;
  #begunAnew = false;
  #refusals = 0;
  #askedAgain = 0;
  /** Counts state changes and resumes: which of the two was last. */
  #turns = 0;
  /** Settled when nobody waits for the acknowledgement of a resume: what follows it is told after it. */
  #resuming: Promise<unknown> = Promise.resolve();
  /** The state change that is being worked off, until the target is told to go on. */
  #answering: Buffer | undefined;

  constructor(
    readonly link: Link,
    private readonly listener: TargetListener,
    timers: Timers,
    private readonly options: TargetOptions = {},
  ) {
    this.#state = new RunState(timers);
    this.costs = new StopCosts(
      () => link.statistics,
      () => this.haltedMs,
    );
  }

  get running(): Running {
    return this.#state.running;
  }

  /** Where it stands; undefined while it does not. */
  get stop(): Stop | undefined {
    return this.running === 'halted' ? this.#stop : undefined;
  }

  /** Undefined until the target has answered for the first time. */
  get known(): KnownTarget | undefined {
    return this.#known;
  }

  /** Milliseconds that the target has stood still since this kd knows it. */
  get haltedMs(): number {
    return this.#state.haltedMs;
  }

  /** A STATE_CHANGE64 has come. */
  stateChange(payload: Buffer, sync: boolean): void {
    const change = decodeStateChange(payload);
    if (!change) return;
    this.#begunAnew ||= sync;
    // A target says a stop again when it was not acknowledged in time, or asked to: one answer is enough.
    this.#set('halted');
    this.costs.reported(payload.length);
    if (this.#answering?.equals(payload)) return;
    this.#answering = payload;
    this.#turns++;
    this.#later(async () => {
      await this.#resuming;
      if (change.kind === 'exception' || change.kind === 'command') await this.#stopped(change);
      else await this.#moduleEvent(change);
    });
  }

  /**
   * The target has begun its ids anew: it started, or it had given up this debugger. Its table of breakpoints is in doubt.
   * @param type of the packet that shows it: one that stands says so next, and whatever else it says, it says while it runs
   */
  begunAnew(type: number): void {
    this.#begunAnew = true;
    this.#known?.memory.forget();
    if (type !== PACKET.stateChange64) this.#set('running');
  }

  /** The stream to the target is gone, or a new one: nothing is known about it. */
  lineChanged(): void {
    this.#answering = undefined;
    this.#resumer?.cancel();
    this.#set('unknown');
  }

  /** Resolves true as soon as the condition holds, false after so many milliseconds, or when the signal fires. */
  until(holds: () => boolean, ms: number, signal?: AbortSignal): Promise<boolean> {
    return this.#state.until(holds, ms, signal);
  }

  /** A thread that was stepped over a breakpoint has not come back from it: the target stops once more when it does. */
  get stepsPending(): boolean {
    return this.#resumer?.stepsPending === true;
  }

  /** True once the target stands at a stop that was told to the listener. */
  get standsStill(): boolean {
    return this.running === 'halted' && this.#stop !== undefined;
  }

  /**
   * Lets the target run. Breakpoints are put into it first; one at the place where it stands is stepped over.
   * @throws Error when it does not stand, or refuses a breakpoint; LinkError
   */
  async go(handling: Handling = 'default'): Promise<boolean> {
    const { resumer, stop } = this.#standing();
    const confirmed = await resumer.go(stop, handling);
    return confirmed;
  }

  /** Executes one instruction. The listener is told where that ended. @throws as `go` */
  async step(): Promise<void> {
    const { resumer, stop } = this.#standing();
    await resumer.step(stop);
  }

  /** Hands the debugger to another processor, where the target can do that: the next stop is that processor's. */
  async switchProcessor(processor: number): Promise<boolean> {
    const { resumer, stop } = this.#standing();
    // The processor that is left behind goes on with the others, and must not stand at its int3 then.
    await resumer.passInt3(stop);
    this.#answering = undefined;
    await requestProcessor(this.link, processor);
    const there = (): boolean => this.stop?.change.processor === processor;
    return this.until(there, SWITCH_MS);
  }

  /** Looks at another processor's registers: every request names its processor, so nothing has to move in the target. */
  async switchTo(processor: number): Promise<void> {
    this.#standing();
    this.#known?.contexts.select(processor);
  }

  /** Restarts the target's machine. It stands or not: a target that runs does not hear it. @throws LinkError */
  async reboot(): Promise<void> {
    await this.#send({ api: API.reboot });
    this.#forgetBoot();
    this.listener.shutdown();
  }

  /** Makes the target bug-check. @throws LinkError */
  async crash(): Promise<void> {
    this.#standing();
    await this.#send({ api: API.causeBugCheck });
  }

  #standing(): { resumer: Resumer; stop: Stop } {
    if (!this.standsStill || !this.#resumer) throw new Error('The target does not stand.');
    return { resumer: this.#resumer, stop: this.#stop as Stop };
  }

  #later(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.listener.note(error instanceof Error ? error.message : String(error));
    });
  }

  #set(running: Running): void {
    if (running !== 'halted') {
      this.#stop = undefined;
      this.#known?.memory.resumed();
    }
    this.#state.set(running);
  }

  async #stopped(change: StopChange): Promise<void> {
    if (this.#stop && isSameStop(this.#stop.change, change)) return;
    const known = await this.#identify();
    if (!known || this.running !== 'halted') return;
    known.contexts.stopped(change.processor);
    known.memory.resumed();
    const stop = judgeStop(change, known.architecture, known.breakpoints, known.registers);
    if (known.doubt.troubled && (await this.#resumer?.goneOnFrom(stop))) return;
    if (known.doubt.troubled && !(await this.#isCertain(known, change))) {
      this.#answering = undefined;
      this.link.reset();
      return;
    }
    known.breakpoints.reported(stop.pc);
    if (!this.#tidied || isLeftover(stop)) await this.#tidy(known, stop);
    this.#stop = this.#resumer ? this.#resumer.sees(stop) : stop;
    this.#state.changed();
    if (this.#stop) this.listener.stopped(this.#stop);
  }

  /** A report that was asked for again often enough is taken as it is. */
  async #isCertain(known: KnownTarget, change: StopChange): Promise<boolean> {
    const certain = this.#askedAgain++ >= ASK_AGAIN || (await agrees(known, change));
    if (certain) this.#askedAgain = 0;
    return certain;
  }

  async #tidy(known: KnownTarget, stop: Stop): Promise<void> {
    this.#tidied = true;
    for (const note of await tidyWreck(known, stop)) this.listener.note(note);
  }

  async #moduleEvent(event: ModuleEvent): Promise<void> {
    const known = await this.#identify();
    if (!known) return;
    if (event.kind === 'shutdown') this.#forgetBoot();
    else if (event.kind === 'load' && event.base === known.version.kernelBase) {
      // The kernel is loaded once in a boot, before everything else: nobody can have left anything in it.
      if (known.modules.known.length > 0 || known.breakpoints.list.length > 0) {
        this.listener.rebooted();
        this.#forgetBoot();
        await this.#identify();
      }
      this.#tidied = true;
    }
    this.#known?.modules.event(event);
    this.listener.module(event);
    const stays = (await this.listener.stays?.(event)) ?? false;
    if (event.kind === 'shutdown') this.listener.shutdown();
    // This report, too, took breakpoints out of the code that it shows.
    const { architecture, breakpoints } = this.#known ?? known;
    breakpoints.reported(programCounter(architecture, event));
    if (stays && event.kind !== 'shutdown' && this.#resumer && this.running === 'halted') {
      this.#known?.contexts.stopped(event.processor);
      this.#stop = this.#resumer.sees(moduleStop(event, architecture));
      this.#state.changed();
      if (this.#stop) this.listener.stopped(this.#stop);
      return;
    }
    // A breakpoint that is refused must not keep a target that boots, with nobody at a prompt.
    await breakpoints.insert().catch((error: unknown) => {
      if (error instanceof LinkError) throw error;
      this.listener.note(error instanceof Error ? error.message : String(error));
    });
    await this.#send(plainContinue());
  }

  /** Sends a resume. A state change that comes before its acknowledgement is known is the later of the two all the same. */
  async #send(request: Request): Promise<boolean> {
    const turn = ++this.#turns;
    this.#answering = undefined;
    this.#stop = undefined;
    this.#known?.memory.resumed();
    let confirmed = false;
    let repeated = false;
    try {
      // A resume under a stale id is acknowledged like any other, and not executed: a question shows which one is right.
      if (!this.link.idIsCertain) await ask(this.link, { api: API.getVersion, processor: 0xffff });
      ({ confirmed, repeated } = await tell(this.link, request));
    } finally {
      if (this.#turns === turn) this.#set(confirmed ? 'running' : 'unknown');
    }
    if (confirmed && (repeated || this.link.doubt.troubled)) await this.#seeItRun(turn);
    return confirmed;
  }

  /**
   * A resume that was sent twice may have been executed the first time, and taken for the acknowledgement of the next stop the
   * second time: then nothing more is heard of that stop. And the checksum does not cover the packet's type: one that was
   * damaged there is acknowledged and ignored. A target that stands answers a RESET; one that runs does not hear it.
   */
  async #seeItRun(turn: number): Promise<void> {
    for (let asked = 0; asked < RESETS && this.#turns === turn; asked++) {
      this.link.reset();
      await this.until(() => this.#turns !== turn, RESET_MS);
    }
  }

  #forgetBoot(): void {
    this.#known?.breakpoints.forget();
    this.#known?.memory.forget();
    this.#known = undefined;
    this.#resumer?.cancel();
    this.#resumer = undefined;
    this.#tidied = false;
  }

  /** Who the target is, asked once in a boot. */
  async #identify(): Promise<KnownTarget | undefined> {
    if (this.#known && !this.#begunAnew) return this.#known;
    const version = decodeVersion(await ask(this.link, { api: API.getVersion, processor: 0xffff }));
    const before = this.#known;
    this.#begunAnew = false;
    if (before?.version.kernelBase === version.kernelBase && before.version.build === version.build) {
      // It may be another boot all the same: nothing of ours is taken to be in it.
      await before.breakpoints.takeOutAll();
      before.registers.unload();
      return before;
    }
    const architecture = architectureOf(version.machine);
    if (!architecture) {
      await this.#refuse(version.machine);
      return undefined;
    }
    if (before) this.listener.rebooted();
    this.#known = meet(this.link, version, architecture);
    this.#resumer = this.#resumerOf(this.#known);
    this.listener.connected(this.#known);
    return this.#known;
  }

  /** A target that stops again and again after it was let go is left alone: nothing more is known of how to free it. */
  async #refuse(machine: number): Promise<void> {
    if (this.#refusals++ < REFUSALS) await this.#send(await wayOn(this.link, machine));
    if (this.#refusals === 1 || this.#refusals > REFUSALS) this.listener.refused(machineName(machine));
  }

  #resumerOf(known: KnownTarget): Resumer {
    const send = (request: Request, quietly: boolean): Promise<boolean> => {
      const sent = this.#send(request).then((confirmed) => {
        if (!quietly) this.costs.resumed();
        if (!quietly) this.listener.resumed(confirmed);
        return confirmed;
      });
      this.#resuming = sent.catch(() => undefined);
      return sent;
    };
    const ladder = new Ladder(known, this.options.careful === true);
    return new Resumer(known, ladder, send, (stop, { message }) => {
      this.listener.note(message);
      // It was to go on by itself, and stands: that is a stop like any other now.
      if (this.running !== 'halted') return;
      this.#stop = stop;
      this.#state.changed();
      this.listener.stopped(stop);
    });
  }
}
