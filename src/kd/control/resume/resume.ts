import { LinkError } from '../../wire/link-error.js';
import type { ApiRequest } from '../api.js';
import type { BreakpointStrategy } from '../breakpoints/breakpoint-strategy.js';
import type { KnownTarget } from '../known-target.js';
import { INT3, type Stop } from '../stop.js';
import { continueRequest, type Handling, statusOf } from './continue-request.js';
import { RepeatedReports } from './repeated-report.js';
import { isBack, isBehind, type Stepping, type Trying } from './step-off.js';

// Everything between "go" and a running target: leaving a breakpoint, stepping, restoring registers. Whether it was
// acknowledged is resume-sender.ts.

/** Gets a target off the place where it stands: past an int3 of its own, over a breakpoint of ours, or simply on. */
export class Resumer {
  /** The step off a breakpoint that is under way. */
  #stepping: Stepping | undefined;
  /** Threads whose step was overtaken by another stop: their traps still come. */
  readonly #overtaken = new Map<bigint, Stepping>();
  /** Threads whose trial without a step was overtaken, as they stood: should they report the same, they have not moved. */
  readonly #untold = new Map<bigint, ReadonlyMap<string, bigint>>();
  /** Where registers have waited behind instructions. */
  readonly #behind = new Set<bigint>();
  /** Threads that were told to execute one instruction, and have not been seen to have done it. */
  readonly #pending = new Set<bigint>();
  readonly #repeated: RepeatedReports;
  /** Whoever leaves looks at every stop, and has every breakpoint taken out first: nothing goes on by itself. */
  leaving = false;

  /**
   * @param strategy knows the cheapest way past a breakpoint
   * @param send sends a resume and gives whether it was acknowledged; `quietly`: one instruction, of which nobody else hears
   * @param stuck is told of a stop that was to be passed over unseen, and could not be
   */
  constructor(
    private readonly known: KnownTarget,
    private readonly strategy: BreakpointStrategy,
    private readonly send: (request: ApiRequest, quietly: boolean) => Promise<boolean>,
    private readonly stuck: (stop: Stop, error: Error) => void,
  ) {
    this.#repeated = new RepeatedReports(strategy);
  }

  /**
   * Looks at a stop first: the end of a step off a breakpoint is this class's own business, and goes on.
   * @returns the stop that is to be told; undefined for one that is not
   */
  sees(stop: Stop): Stop | undefined {
    const { thread } = stop.change;
    const current = this.#stepping;
    this.#endTrial();
    this.#stepping = undefined;
    // Nobody else steps: on a bad line it was the thread of one of the two reports that came damaged.
    const misread = stop.reason === 'step' && this.known.quality.isDegraded ? current : undefined;
    const own = current?.thread === thread ? current : (this.#overtaken.get(thread) ?? misread);
    const back = own !== undefined && isBack(own, stop);
    const ended = own !== undefined && (back || stop.reason === 'step' || isBehind(own, stop));
    if (stop.reason === 'step' || ended) {
      this.#pending.delete(own?.thread ?? thread);
      this.#repeated.stepEnded(stop);
    }
    if (stop.reason === 'breakpoint' && stop.byRegister) this.strategy.hardwareFired();
    if (own?.trying && ended && !own.unconfirmed) this.strategy.recordTrial(own.trying.trial, back);
    if (current && !(ended && own === current)) this.#overtake(current);
    if (this.leaving) {
      this.#overtaken.delete(thread);
      current?.ended(undefined);
      return stop;
    }
    if (!ended && stop.reason === 'foreign-register' && this.#behind.has(stop.pc)) {
      // Another thread came by behind the instruction first, or one whose trial was given up: that is nobody's stop.
      this.#startOnward(stop);
      return undefined;
    }
    if (!ended) return stop;
    this.#overtaken.delete(thread);
    // The instruction behind a breakpoint may have one of its own.
    const next = back ? undefined : this.known.breakpoints.at(stop.pc);
    if (own === current) current?.ended(next ? undefined : stop);
    else if (!next) this.#startOnward(stop);
    return next && { ...stop, reason: 'breakpoint', breakpoint: next };
  }

  #overtake(current: Stepping): void {
    if (current.trying?.behind) {
      // Whether it moves on is not told: it stops again where it stands, or never.
      this.#pending.delete(current.thread);
      this.#untold.set(current.thread, current.trying.behind.stands);
    } else this.#overtaken.set(current.thread, current);
    current.ended(undefined);
  }

  /**
   * Lets the target run.
   * @returns whether it acknowledged; true also when another stop came while it stepped off a breakpoint, as it had been told to
   * @throws LinkError; Error for a refused breakpoint, with the target standing where it was
   */
  async go(stop: Stop, handling: Handling): Promise<boolean> {
    const { architecture, breakpoints, registers } = this.known;
    await this.passInt3(stop);
    const pc = this.#pc(stop);
    const here = breakpoints.at(pc);
    if (here) await this.strategy.promoteToHardware(here, stop);
    if (here && !(await this.strategy.pass(here, stop, pc))) {
      const stepped = await this.#stepOff(stop, handling, pc);
      if (stepped === 'unconfirmed') return false;
      if (stepped === 'overtaken') return true;
      if (this.#overtaken.size === 0) await this.strategy.placeAfterPush(here, stop.report.stream, stepped);
      return this.#onward(stepped);
    }
    await this.#load(stop);
    const request = continueRequest(architecture, statusOf(stop, handling), false, registers.dr7());
    return this.send(request, false);
  }

  /**
   * Goes on from a report that was answered before, if it is one: nobody is told of it again.
   * @returns whether it is
   * @throws LinkError
   */
  async goneOnFrom(stop: Stop, troubled: boolean): Promise<boolean> {
    if (this.leaving) return false;
    const repeats = await this.#hasNotMoved(stop);
    if (repeats) this.strategy.recordTrial('flag', true);
    const ordered = this.#pending.has(stop.change.thread);
    if (!repeats && !(troubled && (await this.#repeated.isRepeated(stop, this.#stepping, ordered)))) return false;
    this.known.breakpoints.reported(stop.pc);
    // What was under way from there has come to nothing.
    this.#pending.delete(stop.change.thread);
    this.#giveUpStep();
    this.#startOnward(stop);
    return true;
  }

  /**
   * A thread that has come round with equal registers looks like one that never moved. x64 kernels leave a trap by `iretq`, which keeps the
   * flag: there it has come round. x86 kernels drop it (both measured): there it stands where it stood.
   */
  async #hasNotMoved(stop: Stop): Promise<boolean> {
    const stood = this.#untold.get(stop.change.thread);
    if (!stood || stop.reason !== 'breakpoint') return false;
    this.#untold.delete(stop.change.thread);
    if (this.known.architecture.bits === 64) return false;
    const stands = await this.known.contexts.general();
    return [...stood].every(([name, value]) => name === 'efl' || stands.get(name) === value);
  }

  /** Executes one instruction; where it ended comes as a stop. @throws as `go` */
  async step(stop: Stop): Promise<void> {
    await this.passInt3(stop);
    const pc = this.#pc(stop);
    await this.#load(stop, pc);
    await this.#execute(stop, 'default', true, pc);
  }

  /** Nothing will come of a step any more: another boot, another line. */
  cancel(): void {
    this.#giveUpStep();
    this.#behind.clear();
    this.#overtaken.clear();
    this.#untold.clear();
    this.#pending.clear();
    this.#repeated.forget();
  }

  /** A thread still has an instruction to execute by itself: the target stops once more when it does. */
  get stepsPending(): boolean {
    return this.#pending.size > 0;
  }

  /** That thread has. */
  isStepping(thread: bigint): boolean {
    return this.#pending.has(thread);
  }

  #giveUpStep(): void {
    this.#endTrial();
    const current = this.#stepping;
    this.#stepping = undefined;
    current?.ended(undefined);
  }

  #endTrial(): void {
    const slot = this.#stepping?.trying?.behind?.slot;
    if (slot !== undefined) this.known.registers.free(slot);
  }

  #startOnward(stop: Stop): void {
    void this.#onward(stop).catch((error: Error) => this.stuck(stop, error));
  }

  /** Goes on from the end of a step, of which nobody has heard: where that is refused, it becomes a stop like any other. */
  async #onward(stop: Stop): Promise<boolean> {
    try {
      return await this.go(stop, 'default');
    } catch (error) {
      if (error instanceof LinkError) throw error;
      this.stuck(stop, error as Error);
      return true;
    }
  }

  /** Gives the stop after the step, or that another one came first, or that none may come. */
  async #stepOff(stop: Stop, handling: Handling, pc: bigint): Promise<Stop | 'overtaken' | 'unconfirmed'> {
    const { thread } = stop.change;
    const trying = await this.#trialAt(stop, pc);
    let resolve: Stepping['ended'] = () => {};
    const ended = new Promise<Stop | undefined>((resolved) => {
      resolve = resolved;
    });
    const stepping = { thread, from: pc, ended: resolve, ...(trying && { trying }) };
    // Somebody else may have let it go from there in the meantime, and have heard nothing of it.
    this.#giveUpStep();
    this.#stepping = stepping;
    let sent = false;
    try {
      await this.#load(stop, pc);
      sent = await this.#execute(stop, handling, !trying?.behind, trying ? undefined : pc);
      // Not acknowledged: if it was executed all the same, its end is passed over when it comes.
      if (!sent) this.#overtaken.set(thread, { ...stepping, unconfirmed: true });
    } finally {
      if (!sent && this.#stepping === stepping) this.#giveUpStep();
    }
    return sent ? ((await ended) ?? 'overtaken') : 'unconfirmed';
  }

  /** What the instruction can show, and everything that is needed for that. */
  async #trialAt(stop: Stop, pc: bigint): Promise<Trying | undefined> {
    const { breakpoints, contexts, registers } = this.known;
    const here = breakpoints.at(pc);
    const trial = here && this.strategy.takeTrial(here, stop);
    if (trial !== 'flag') return trial && { trial, pc };
    const place = this.strategy.addressBehindPush(stop, pc);
    if (place === undefined) return undefined;
    const stands = await contexts.general();
    const slot = registers.take({ address: place, access: 'execute', bytes: 1 });
    if (slot === undefined) return undefined;
    this.#behind.add(place);
    return { trial, pc, behind: { place, slot, stands } };
  }

  /** @param step by the trap flag; otherwise a register waits behind the instruction */
  async #execute(stop: Stop, handling: Handling, step: boolean, without: bigint | undefined): Promise<boolean> {
    const { architecture, registers } = this.known;
    const request = continueRequest(architecture, statusOf(stop, handling), step, registers.dr7(without));
    this.#pending.add(stop.change.thread);
    return this.send(request, true);
  }

  async #load(stop: Stop, except?: bigint): Promise<void> {
    await this.known.breakpoints.insert(except);
    await this.known.registers.load(stop.change.processors);
  }

  #pc(stop: Stop): bigint {
    return this.known.contexts.peek(this.known.architecture.pc) ?? stop.pc;
  }

  /** A processor that stands at an int3 of the code runs into it again and again unless it is set behind it. */
  async passInt3(stop: Stop): Promise<void> {
    this.known.contexts.select(stop.change.processor);
    const stands = stop.reason === 'int3' && !stop.repaired && stop.report.stream[0] === INT3;
    if (stands && this.#pc(stop) === stop.pc)
      await this.known.contexts.set({ [this.known.architecture.pc]: stop.pc + 1n });
  }
}
