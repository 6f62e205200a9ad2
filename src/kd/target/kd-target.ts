import type { Doubt } from '../wire/doubt.js';
import type { Link } from '../wire/link.js';
import { PACKET } from '../wire/packet.js';
import type { Timers } from '../wire/timers.js';
import { API, type Request } from './api.js';
import { type Architecture, architectureOf, canonical, machineName } from './architecture.js';
import { Breakpoints } from './breakpoints.js';
import { Contexts } from './contexts.js';
import { DebugRegisters } from './debug-registers.js';
import { TargetMemory } from './memory.js';
import { Modules } from './modules.js';
import { wayOn } from './release-foreign.js';
import { ask, tell } from './requests.js';
import { type Handling, plainContinue, Resumer } from './resume.js';
import {
  type CommandStop,
  decodeStateChange,
  type ExceptionStop,
  type ModuleEvent,
  programCounter,
} from './state-change.js';
import { isSameStop, judgeStop, type Stop } from './stop.js';
import { decodeVersion, type Version } from './version.js';
import { tidyWreck } from './wreck.js';

/** Whether the target runs, as far as it is known. */
export type Running = 'running' | 'halted' | 'unknown';

/** What is known of a target from its first answer on. */
export interface KnownTarget {
  readonly version: Version;
  readonly architecture: Architecture;
  readonly memory: TargetMemory;
  readonly contexts: Contexts;
  readonly registers: DebugRegisters;
  readonly breakpoints: Breakpoints;
  readonly modules: Modules;
  /** Whether the line has just shown errors. */
  readonly doubt: Doubt;
}

export interface TargetListener {
  /** The target answered for the first time, or for the first time in another boot. */
  connected(known: KnownTarget): void;
  /** It stands, and stays so until somebody resumes it. */
  stopped(stop: Stop): void;
  /** It was told to go on; `confirmed`: and acknowledged that. */
  resumed(confirmed: boolean): void;
  module(event: ModuleEvent): void;
  /** It said that it shuts down. */
  shutdown(): void;
  /** It has begun another boot. */
  rebooted(): void;
  /** It is one that this kd cannot debug; it was told to go on. */
  refused(machine: string): void;
  /** Something that a person should know. */
  note(text: string): void;
}

type StopChange = ExceptionStop | CommandStop;

/** Times that one report is asked for again on a bad line. */
const ASK_AGAIN = 3;
/** Times that a target of a foreign kind is told to go on. */
const REFUSALS = 3;

/**
 * A target over a link: whether it runs, why it stands, and everything that can be asked of it while it does.
 * State changes are worked off one after the other; what comes of them is told to the listener.
 */
export class KdTarget {
  #running: Running = 'unknown';
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
  #haltedSince: number | undefined;
  #haltedMs = 0;
  /** The state change that is being worked off, until the target is told to go on. */
  #answering: Buffer | undefined;
  readonly #watchers = new Set<() => void>();

  constructor(
    readonly link: Link,
    private readonly listener: TargetListener,
    private readonly timers: Timers,
  ) {}

  get running(): Running {
    return this.#running;
  }

  /** Where it stands; undefined while it does not. */
  get stop(): Stop | undefined {
    return this.#running === 'halted' ? this.#stop : undefined;
  }

  /** Undefined until the target has answered for the first time. */
  get known(): KnownTarget | undefined {
    return this.#known;
  }

  /** Milliseconds that the target has stood still since this kd knows it. */
  get haltedMs(): number {
    return this.#haltedMs + (this.#haltedSince === undefined ? 0 : this.timers.now() - this.#haltedSince);
  }

  /** A STATE_CHANGE64 has come. */
  stateChange(payload: Buffer, sync: boolean): void {
    const change = decodeStateChange(payload);
    if (!change) return;
    this.#begunAnew ||= sync;
    // A target says a stop again when it was not acknowledged in time, or asked to: one answer is enough.
    this.#set('halted');
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
    this.#set('unknown');
  }

  /** Resolves true as soon as the condition holds, false after so many milliseconds, or when the signal fires. */
  until(holds: () => boolean, ms: number, signal?: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (value: boolean): void => {
        this.#watchers.delete(look);
        signal?.removeEventListener('abort', abort);
        cancel();
        resolve(value);
      };
      const look = (): void => {
        if (holds()) settle(true);
      };
      const abort = (): void => settle(false);
      const cancel = this.timers.after(ms, () => settle(holds()));
      this.#watchers.add(look);
      signal?.addEventListener('abort', abort, { once: true });
      if (signal?.aborted) abort();
      else look();
    });
  }

  /** True once the target stands at a stop that was told to the listener. */
  get standsStill(): boolean {
    return this.#running === 'halted' && this.#stop !== undefined;
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

  /** Looks at another processor's registers: every request names its processor, so nothing has to move in the target. */
  async switchTo(processor: number): Promise<void> {
    this.#standing();
    this.#known?.contexts.select(processor);
  }

  /** Restarts the target's machine. It stands or not: a target that runs does not hear it. @throws LinkError */
  async reboot(): Promise<void> {
    await tell(this.link, { api: API.reboot });
    this.#forgetBoot();
    this.#set('running');
    this.listener.shutdown();
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
    const now = this.timers.now();
    if (running === 'halted') this.#haltedSince ??= now;
    else if (this.#haltedSince !== undefined) {
      this.#haltedMs += now - this.#haltedSince;
      this.#haltedSince = undefined;
    }
    this.#running = running;
    if (running !== 'halted') {
      this.#stop = undefined;
      this.#known?.memory.resumed();
    }
    this.#look();
  }

  #look(): void {
    for (const look of [...this.#watchers]) look();
  }

  async #stopped(change: StopChange): Promise<void> {
    if (this.#stop && isSameStop(this.#stop.change, change)) return;
    const known = await this.#identify();
    if (!known || this.#running !== 'halted') return;
    known.contexts.stopped(change.processor);
    known.memory.resumed();
    if (known.doubt.troubled && !(await this.#isCertain(known, change))) {
      this.#answering = undefined;
      this.link.reset();
      return;
    }
    const stop = judgeStop(change, known.architecture, known.breakpoints, known.registers);
    known.breakpoints.reported(stop.pc, Math.max(1, stop.report.stream.length));
    this.#stop = stop;
    if (!this.#tidied) await this.#tidy(known, stop);
    const told = this.#resumer ? this.#resumer.sees(stop) : stop;
    if (told) this.#stop = told;
    this.#look();
    if (told) this.listener.stopped(told);
  }

  /**
   * A byte lost and a zero doubled leave the sum of a report right and its fields shifted: on a bad line the program counter is
   * compared with the register. One that differs is asked for again.
   */
  async #isCertain(known: KnownTarget, change: StopChange): Promise<boolean> {
    if (this.#askedAgain++ >= ASK_AGAIN) this.#askedAgain = 0;
    else if (change.processor >= change.processors) return false;
    else {
      const pc = await known.contexts.get(known.architecture.pc).catch(() => undefined);
      if (pc !== programCounter(known.architecture, change)) return false;
    }
    this.#askedAgain = 0;
    return true;
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
    if (event.kind === 'shutdown') this.listener.shutdown();
    await this.#send(plainContinue());
  }

  /** Sends a resume. A state change that comes before its acknowledgement is known is the later of the two all the same. */
  async #send(request: Request): Promise<boolean> {
    const turn = ++this.#turns;
    this.#answering = undefined;
    this.#stop = undefined;
    this.#known?.memory.resumed();
    let confirmed = false;
    try {
      // A resume under a stale id is acknowledged like any other, and not executed: a question shows which one is right.
      if (!this.link.idIsCertain) await ask(this.link, { api: API.getVersion, processor: 0xffff });
      confirmed = await tell(this.link, request);
    } finally {
      if (this.#turns === turn) this.#set(confirmed ? 'running' : 'unknown');
    }
    return confirmed;
  }

  #forgetBoot(): void {
    this.#known?.breakpoints.forget();
    this.#known?.memory.forget();
    this.#known = undefined;
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
      await before.breakpoints.takeOutAll();
      return before;
    }
    const architecture = architectureOf(version.machine);
    if (!architecture) {
      await this.#refuse(version.machine);
      return undefined;
    }
    if (before) this.listener.rebooted();
    this.#known = this.#meet(version, architecture);
    this.listener.connected(this.#known);
    return this.#known;
  }

  /** A target that stops again and again after it was let go is left alone: nothing more is known of how to free it. */
  async #refuse(machine: number): Promise<void> {
    if (this.#refusals++ < REFUSALS) await this.#send(await wayOn(this.link, machine));
    if (this.#refusals === 1 || this.#refusals > REFUSALS) this.listener.refused(machineName(machine));
  }

  #meet(version: Version, architecture: Architecture): KnownTarget {
    const { link } = this;
    const { doubt } = link;
    const memory = new TargetMemory(link, architecture, doubt);
    const registers = new DebugRegisters(link, architecture, doubt);
    const known: KnownTarget = {
      ...{ version, architecture, memory, registers, doubt },
      contexts: new Contexts(link, architecture, doubt),
      breakpoints: new Breakpoints(link, architecture, registers, doubt),
      modules: new Modules(
        memory,
        architecture,
        canonical(architecture, version.loadedModuleList),
        canonical(architecture, version.kernelBase),
      ),
    };
    this.#resumer = new Resumer(known, (request, quietly) => {
      const sent = this.#send(request).then((confirmed) => {
        if (!quietly) this.listener.resumed(confirmed);
        return confirmed;
      });
      this.#resuming = sent.catch(() => undefined);
      return sent;
    });
    return known;
  }
}
