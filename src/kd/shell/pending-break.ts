import { resumesTarget } from '../../kd-text/commands.js';
import type { KdTarget } from '../control/kd-target.js';
import type { BreakRequest } from './break-request.js';
import type { DialogState } from './shell-parts.js';

/** A target that stands goes on, or has its prompt, within this time, ms. */
const WANTED_MS = 60_000;

/** What CTRL+C means at the moment, and what has come of it. */
export class PendingBreak {
  /** A command is at work: what interrupts means the command, and not the target. */
  working = false;
  /** Work at whose end the target goes on: a `g`, or what a breakpoint wants. The next stop's may begin before it has returned. */
  #goingOn: { readonly stays: boolean } | undefined;
  /** A module has come, and symbols are looked for that a breakpoint waits for. */
  resolving = false;
  #wanted = false;
  #taken = new AbortController();

  constructor(
    private readonly target: KdTarget,
    private readonly breaks: BreakRequest,
    private readonly dialog: DialogState,
  ) {}

  /** CTRL+C came while the target was about to go on. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Aborted when the command at work is taken back. */
  get signal(): AbortSignal {
    return this.#taken.signal;
  }

  /** CTRL+C: takes back a command at work, or asks a running target to stop. What is about to let it run is not taken back. */
  interrupt(): void {
    const { target } = this;
    if (this.working && !this.#goingOn) this.withdraw();
    else if (target.running !== 'halted') this.breaks.ask();
    else if (target.stop === undefined || target.stop !== this.dialog.shown || this.#goingOn) {
      // It stands, and is about to go on by itself: at a hit, or while it boots.
      this.#wanted = true;
      if (this.resolving) this.#abort();
      void target.until(() => target.running !== 'halted' || !this.#wanted, WANTED_MS).then(() => this.#askIfWanted());
    }
  }

  /** Whether a command of a command string is not carried out, because the target is to stay. */
  forbids(command: string): boolean {
    return this.#goingOn !== undefined && (this.#goingOn.stays || this.#wanted) && resumesTarget(command);
  }

  withdraw(): void {
    this.target.link.abandon();
    this.#abort();
  }

  /** The target stands at its prompt: whoever wanted that has it. */
  fulfilled(): void {
    this.#wanted = false;
  }

  /** Work at whose end the target may go on; `stays`: not beyond the stop that somebody asked for. */
  async whileGoingOn<T>(goes: boolean, work: () => Promise<T>, stays = false): Promise<T> {
    const own = goes ? { stays } : undefined;
    this.#goingOn = own;
    try {
      return await work();
    } finally {
      if (this.#goingOn === own) this.#goingOn = undefined;
      this.#askIfWanted();
    }
  }

  /** Whoever pressed CTRL+C while the target was told to go on wants it to stop again. */
  #askIfWanted(): void {
    if (!this.#wanted || this.target.running === 'halted') return;
    this.#wanted = false;
    this.breaks.ask();
  }

  #abort(): void {
    this.#taken.abort();
    this.#taken = new AbortController();
  }
}
