import { LinkError } from '../../wire/link-error.js';
import type { KnownTarget } from '../known-target.js';
import type { Stop } from '../stop.js';
import type { Breakpoint } from './breakpoint.js';
import { straightBytes } from './iced.js';
import { registerEffect } from './register-effect.js';

// The breakpoint strategy: how each breakpoint is implemented and passed, from what this target has proved to do.
// It decides; breakpoints.ts and resume/ carry out.

/** What a kd may do to implement breakpoints and to pass them, from Microsoft's way upwards. */
export type BreakpointMode =
  /** The bottom: software breakpoints are in the target's table, and stepped over, as Microsoft's kd has them. */
  | 'careful'
  /** Whatever writes nothing but registers. */
  | 'usual'
  /** The same, and copies of instructions in unused bytes of the target's code. */
  | 'code-slack';

/** What one instruction at a breakpoint is to show about the target. */
export type StrategyTrial =
  /** Whether a debug register stops it at all: shown by a step. */
  | 'register'
  /**
   * Whether it keeps the resume flag when it goes on. A step shows nothing of that: a kernel may keep the flag of a thread that steps,
   * and drop it otherwise. So it goes on as it will later, and a second register waits behind the instruction.
   */
  | 'flag';

type Values = Readonly<Record<string, bigint>>;

/** EFLAGS.RF: the next instruction runs although a debug register waits for it. Source: the processor's manual. */
const RESUME_FLAG = 0x1_0000n;
/** Hits by one thread at one place that may follow each other before the resume flag has to prove itself again; doubled each time. */
const ALIKE = { first: 64, most: 4096 };
/** `push ebp; mov ebp,esp`, in both encodings of the second. */
const PROLOGUE = /^55(?:8bec|89e5)/;
const PUSH_BYTES = 1n;

/**
 * The ways to have a breakpoint and to get past it, cheapest first, as far as this target has been seen to bear them:
 * a debug register passed by its instruction's known effect, by the resume flag, through a copy of the instruction where that is
 * wanted, or by a step; an entry of the target's table and a step, which is Microsoft's own way, and the bottom. Measured bytes of each are in
 * the bench `wire`.
 */
export class BreakpointStrategy {
  #register: 'untried' | 'fires' | 'silent' = 'untried';
  /** Some kernels lose the flag on their way out of a trap: the same instruction would trap for ever. */
  #flag: 'untried' | 'kept' | 'dropped' = 'untried';
  /** What was set to go on from a breakpoint without a step, and where. */
  #passed: { readonly thread: bigint; readonly pc: bigint; readonly values: Values } | undefined;
  #alike = { thread: 0n, pc: 0n, times: 0, allowed: ALIKE.first };

  constructor(
    private readonly known: KnownTarget,
    private readonly ways: BreakpointMode,
  ) {}

  /** A debug register has stopped the target. */
  hardwareFired(): void {
    if (this.#register === 'untried') this.#register = 'fires';
  }

  /**
   * Has a debug register stand in for the table from now on. At a place that is never hit the table costs nothing; so this is for
   * the breakpoint at which the target stands.
   * @throws LinkError
   */
  async promoteToHardware(here: Breakpoint, stop: Stop): Promise<void> {
    if (here.slot === undefined && this.#mayClimb(here)) await this.#toRegister(here, here.address, stop);
  }

  /**
   * Has the register wait one instruction later, behind `push ebp`, where the next one's effect is known and the flag is of no use.
   * @param stepped the end of the step off the breakpoint
   * @throws LinkError
   */
  async placeAfterPush(here: Breakpoint, code: Buffer, stepped: Stop): Promise<void> {
    const wanted = here.slot !== undefined && here.stackOnly && here.place === here.address;
    if (!wanted || this.#flag !== 'dropped' || !this.#mayClimb(here)) return;
    const next = here.address + PUSH_BYTES;
    if (this.known.architecture.bits === 32 && PROLOGUE.test(code.toString('hex')) && stepped.pc === next)
      await this.#toRegister(here, next, stepped);
  }

  /** Makes the processor able to go on from a breakpoint that stays armed. False: it takes a step. @throws LinkError */
  async pass(here: Breakpoint, stop: Stop, pc: bigint): Promise<boolean> {
    if (here.slot === undefined || this.#register !== 'fires') return false;
    return (await this.#passByEffect(stop, pc)) || (await this.#passByFlag(stop, pc)) || this.#passByCopy(stop, pc);
  }

  /**
   * Whether a report is the one that the target was last told to go on from: a resume can get lost. Its registers show then what was
   * set for that, which a hit of its own does not. @throws LinkError
   */
  async isRepeatedReport(stop: Stop): Promise<boolean> {
    const passed = this.#passed;
    if (passed?.thread !== stop.change.thread || passed.pc !== stop.pc) return false;
    for (const [name, value] of Object.entries(passed.values))
      if ((await this.known.contexts.get(name)) !== value) return false;
    return true;
  }

  /** What the step off a breakpoint can show: then it is taken with the breakpoint armed. */
  takeTrial(here: Breakpoint, stop: Stop): StrategyTrial | undefined {
    if (here.slot === undefined) return undefined;
    if (this.#register === 'untried') return (BigInt(stop.report.eflags) & RESUME_FLAG) === 0n ? 'register' : undefined;
    return this.#flag === 'untried' ? 'flag' : undefined;
  }

  /**
   * Where a second register shows that the instruction of a breakpoint was executed.
   * @returns undefined where that cannot be told, or where a breakpoint waits already
   */
  addressBehindPush(stop: Stop, pc: bigint): bigint | undefined {
    if (pc !== stop.pc) return undefined;
    const bytes = straightBytes(stop.report.stream, this.known.architecture.bits);
    const next = bytes === undefined ? undefined : pc + BigInt(bytes);
    return next === undefined || this.known.breakpoints.at(next) ? undefined : next;
  }

  /** How a trial ended. @param back at the breakpoint, rather than behind it */
  recordTrial(trial: StrategyTrial, back: boolean): void {
    if (trial === 'flag') this.#flag = back ? 'dropped' : 'kept';
    else if (back) this.#register = 'fires';
    else this.#giveUpRegisters();
  }

  #mayClimb(here: Breakpoint): boolean {
    const kernel = here.address >= this.known.architecture.firstKernel;
    return this.ways !== 'careful' && kernel && here.access === 'software' && this.#register !== 'silent';
  }

  async #toRegister(here: Breakpoint, place: bigint, { change }: Stop): Promise<void> {
    try {
      await this.known.breakpoints.toRegister(here, place, change.processors);
    } catch (error) {
      if (error instanceof LinkError) throw error;
      this.#giveUpRegisters();
    }
  }

  #giveUpRegisters(): void {
    this.#register = 'silent';
    for (const each of this.known.breakpoints.list)
      if (each.access === 'software') this.known.breakpoints.toTable(each);
  }

  async #passByEffect(stop: Stop, pc: bigint): Promise<boolean> {
    const { contexts, architecture } = this.known;
    const effect = pc === stop.pc ? registerEffect(stop.report.stream, architecture.bits) : undefined;
    if (!effect) return false;
    const { move, length } = effect;
    const moved = move && { [move.to]: await contexts.get(move.from) };
    return this.#set(stop, { ...moved, [architecture.pc]: pc + BigInt(length) });
  }

  /** Sets the resume flag, which spares the step off a hardware breakpoint, and other processors a moment without it. */
  async #passByFlag(stop: Stop, pc: bigint): Promise<boolean> {
    if (this.#flag === 'dropped') return false;
    this.#count(stop.change.thread, pc);
    const flags = this.known.contexts.peek('efl') ?? BigInt(stop.report.eflags);
    if (!(await this.#set(stop, { efl: flags | RESUME_FLAG }))) this.#flag = 'dropped';
    return this.#flag === 'kept';
  }

  /** For a target that drops the flag. */
  async #passByCopy(stop: Stop, pc: bigint): Promise<boolean> {
    if (this.ways !== 'code-slack' || this.#flag !== 'dropped' || pc !== stop.pc) return false;
    const copy = await this.known.slack.copyOf(pc, stop.report.stream);
    return copy !== undefined && this.#set(stop, { [this.known.architecture.pc]: copy });
  }

  /** The trap that comes again for ever looks like a thread that comes by again and again. */
  #count(thread: bigint, pc: bigint): void {
    const alike = this.#alike;
    const same = alike.thread === thread && alike.pc === pc;
    this.#alike = same ? { ...alike, times: alike.times + 1 } : { ...alike, thread, pc, times: 1 };
    if (this.#alike.times <= alike.allowed) return;
    this.#alike = { thread, pc, times: 0, allowed: Math.min(ALIKE.most, alike.allowed * 2) };
    this.#flag = 'untried';
  }

  /** False where the target refuses. */
  async #set({ change, pc }: Stop, values: Values): Promise<boolean> {
    try {
      await this.known.contexts.set(values);
      this.#passed = { thread: change.thread, pc, values };
      return true;
    } catch (error) {
      if (error instanceof LinkError) throw error;
      return false;
    }
  }
}
