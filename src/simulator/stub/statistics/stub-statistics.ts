import type { Machine } from '../../machine/machine.js';
import type { TargetClock } from '../target-clock.js';
import { HitWatch } from './hit-watch.js';
import {
  emptyTargetBooks,
  type StopKind,
  type TargetBooks,
  type TargetHalt,
  violationOf,
} from './target-statistics.js';

// The books of a night must not grow without end.
const MOST_HALTS = 10_000;
const brief: ReadonlySet<StopKind> = new Set(['hit', 'pool-hit', 'step', 'load-symbols']);

export type StatisticsEvent = 'connected' | 'halted' | 'resumed' | 'hit';

/** Bytes of an instruction, at most. */
const LONGEST_INSTRUCTION = 15n;

/** Keeps the books of a target. Whoever writes them to a file listens to `onChange`. */
export class StubStatistics {
  readonly books: TargetBooks;
  /** Told after every change; `urgent` when somebody may look at the file for just this. */
  onChange: (urgent: boolean) => void = () => undefined;
  /** Told of what happens to the target, for scripts. */
  onEvent: (what: StatisticsEvent) => void = () => undefined;
  /** Where the target stands, for what is counted from its machine. */
  #injected: () => readonly bigint[] = () => [];
  #machine: Machine | undefined;
  #since: number | undefined;
  #halt: TargetHalt | undefined;
  readonly #epoch: number;
  #lastHit: { readonly thread: string; readonly pc: bigint; readonly counted: number } | undefined;
  readonly #routine = new HitWatch<bigint>(() => this.#machine?.tagAllocations ?? 0);
  readonly #hitTag = new HitWatch<number>((tag) => this.#machine?.pool.usesOf(tag) ?? 0);
  #wrongSince: string | undefined;

  constructor(
    about: string,
    private readonly clock: TargetClock,
  ) {
    this.books = emptyTargetBooks(about, new Date().toISOString());
    this.#epoch = clock.now();
  }

  /** The machine to count from. @param injected addresses of everything that stops code in it */
  watch(machine: Machine, injected: () => readonly bigint[]): void {
    this.#machine = machine;
    this.#injected = injected;
  }

  atMs(): number {
    return Math.round(this.clock.now() - this.#epoch);
  }

  halted(reason: StopKind): void {
    this.#settle();
    this.#since = this.clock.now();
    const halt: TargetHalt = { reason, at_ms: this.atMs(), ms: 0, requests: 0 };
    this.#halt = halt;
    const { books } = this;
    books.target.state = 'halted';
    books.target.stop = reason;
    books.stops[reason] = (books.stops[reason] ?? 0) + 1;
    if (!brief.has(reason) && books.halts.length < MOST_HALTS) books.halts.push(halt);
    this.changed(!brief.has(reason));
    this.onEvent('halted');
  }

  /** The target goes on. @param stepping it comes back after one instruction: what was armed counts as armed */
  resumed(state: TargetBooks['target']['state'] = 'running', stepping = false): void {
    const halt = this.#halt;
    this.#settle();
    this.#since = undefined;
    this.#halt = undefined;
    this.books.target.state = state;
    this.books.target.stop = null;
    if (state === 'running' && !stepping) this.#armedFrom();
    this.changed(halt !== undefined && !brief.has(halt.reason));
    if (state === 'running') this.onEvent('resumed');
  }

  /**
   * The last hit of that thread over again, or one instruction later: nothing has been counted since. A debugger tries things so.
   */
  isAgain(thread: string, pc: bigint): boolean {
    const last = this.#lastHit;
    const counted = this.#machine?.tagAllocations ?? 0;
    this.#lastHit = { thread, pc, counted };
    if (last?.thread !== thread || last.counted !== counted || !this.#inRoutine(pc)) return false;
    return pc >= last.pc && pc - last.pc <= LONGEST_INSTRUCTION;
  }

  hit(thread: string): void {
    this.books.hits++;
    this.books.hits_by_thread[thread] = (this.books.hits_by_thread[thread] ?? 0) + 1;
    this.onEvent('hit');
  }

  /** A hit at the special pool routine: one allocation less that may have been missed. */
  routineHit(address: bigint): void {
    if (this.#inRoutine(address)) this.#routine.hit();
  }

  /** A hit at a break of PoolHitTag: one allocation or free less that may have been missed. */
  tagHit(): void {
    this.#hitTag.hit();
  }

  request(api: number): void {
    this.books.requests++;
    const name = api.toString(16);
    this.books.requests_by_api[name] = (this.books.requests_by_api[name] ?? 0) + 1;
    if (this.#halt) this.#halt.requests++;
  }

  booted(): void {
    this.books.boots++;
    this.#routine.close();
    this.#hitTag.close();
  }

  bugCheck(text: string): void {
    this.books.bug_checks.push(text);
    this.changed(true);
  }

  /** A client came or went. What is wrong with the target is looked at when the line has settled. */
  connected(connected: boolean): void {
    this.books.target.connected = connected;
    if (connected) {
      this.books.connections++;
      this.#wrongSince = undefined;
    }
    this.changed(true);
    if (connected) this.onEvent('connected');
  }

  /** Looks whether the target is left as nobody may leave one; each thing is written down once per absence. */
  inspect(): void {
    this.refresh();
    const violation = violationOf(this.books, this.atMs(), this.#halt?.ms ?? 0);
    if (!violation || violation.kind === this.#wrongSince) return;
    this.#wrongSince = violation.kind;
    this.books.violations.push(violation);
    this.changed(true);
  }

  /** Brings what is counted from the machine and the clock up to date. */
  refresh(): void {
    this.#settle();
    const machine = this.#machine;
    if (!machine) return;
    this.books.target.breakpoints = this.#injected().length;
    this.books.target.pool_hit_tag = machine.pool.hitTag;
    this.books.allocations = machine.tagAllocations;
    this.books.damages = [...machine.damages];
    this.books.hits_lost = this.#routine.lost + this.#hitTag.lost;
  }

  /** Time has passed in the running target: tells when there is something new. */
  tick(): void {
    if (this.#machine?.tagAllocations !== this.books.allocations) {
      this.books.allocations = this.#machine?.tagAllocations ?? 0;
      this.changed();
    }
  }

  changed(urgent = false): void {
    this.onChange(urgent);
  }

  #settle(): void {
    if (this.#since === undefined) return;
    const now = this.clock.now();
    const ms = now - this.#since;
    this.books.halted_ms += ms;
    if (this.#halt) this.#halt.ms += ms;
    if (this.#halt && brief.has(this.#halt.reason)) this.books.brief_halted_ms += ms;
    this.#since = now;
  }

  #armedFrom(): void {
    const armed = this.#injected().some((address) => this.#inRoutine(address));
    this.#routine.resumed(armed ? this.#machine?.pool.routine : undefined);
    this.#hitTag.resumed(this.#machine?.pool.hitTag || undefined);
  }

  // A breakpoint may also stand a few instructions into the routine.
  #inRoutine(address: bigint): boolean {
    const routine = this.#machine?.pool.routine;
    return routine !== undefined && address >= routine && address < routine + 0x20n;
  }
}
