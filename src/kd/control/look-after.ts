import type { Timers } from '../wire/timers.js';
import type { KdTarget } from './kd-target.js';
import type { CommandStop, ExceptionStop, StateChange } from './state-change.js';
import { isSameStop } from './stop.js';

// Asks a target that is silent though it should run whether it is halted. It never breaks in.

/** Silence after which a target that is believed to run is asked whether it stands, ms. */
const SILENCE_MS = 5000;
/** The next time, while nothing else happens, ms. */
const AGAIN_MS = 60_000;
/** The same on KDNET, where it is a datagram, and only a resume that was not acknowledged leaves a question. */
const AGAIN_PACKETS_MS = 5000;
/** The same where the last resume was not acknowledged, ms: longer than a target waits for the rest of a packet that lost its end. */
const AGAIN_UNSURE_MS = 20_000;
/** Silence behind a wish of it for a packet that nobody sends, ms. */
const WANTED_MS = 500;
/** A report within this time is the answer to a question on KDNET, where no other packet says so, ms. */
const ANSWER_MS = 1000;
/** How soon it is seen that a target goes on, ms. */
const LOOK_MS = 1000;

/** What a question has brought to light. */
export interface FoundStanding {
  /** For so many ms the target was taken to run. */
  readonly silentMs: number;
  /** It stands where it stood: it has dropped the last resume. */
  readonly same: boolean;
  /** What people are told. */
  readonly note: string;
}

/**
 * Looks after a target that is believed to run, for good: one that is silent is asked by a RESET. One that stands answers, with its
 * report; one that runs does not hear it, as it takes nothing but the byte of a break-in, which a RESET has not.
 */
export class Lookout {
  /** The last report that was looked at: what it was told to go on from, while it runs. */
  left: StateChange | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #wantedAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;
  #may: () => boolean = () => false;

  constructor(
    private readonly target: KdTarget,
    private readonly timers: Timers,
  ) {}

  /** @param may whether nobody else is asking it now */
  start(may: () => boolean): void {
    this.#may = may;
    this.#wait(LOOK_MS);
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The target wants a packet again, and none is under way: one that runs does not. It is asked soon, unless it says more. */
  repeatWanted(): void {
    this.#wantedAt = this.timers.now();
    if (this.target.wentOnAt === undefined || !this.#cancel) return;
    this.#cancel();
    this.#wait(WANTED_MS);
  }

  /** @returns undefined for a report that is no answer to a question of this one */
  found(change: StateChange): FoundStanding | undefined {
    const { link, wentOnAt } = this.target;
    const answered = link.packets ? this.timers.now() - this.#askedAt <= ANSWER_MS : link.resetAt >= this.#askedAt;
    if (wentOnAt === undefined || this.#askedAt < wentOnAt || !answered) return undefined;
    const silentMs = this.timers.now() - wentOnAt;
    const seconds = (silentMs / 1000).toFixed(1);
    const same = this.left !== undefined && isSame(this.left, change);
    const note = same
      ? `The target was halted for ${seconds} s: it had dropped the last resume, which is sent again.`
      : `The target is halted, after ${seconds} s of silence: it was asked.`;
    return { silentMs, same, note };
  }

  #wait(ms: number): void {
    this.#cancel = this.timers.after(ms, () => this.#look());
  }

  #look(): void {
    const { link, wentOnAt, known, unacknowledged } = this.target;
    const now = this.timers.now();
    // Between two boots there may be somebody else on the line: firmware, a boot loader.
    // On KDNET a resume that was acknowledged is under way for certain.
    const sure = link.packets && !unacknowledged;
    if (wentOnAt === undefined || known === undefined || sure || !this.#may()) {
      this.#wait(LOOK_MS);
      return;
    }
    const since = Math.max(link.heardAt, wentOnAt);
    const due = this.#due(since);
    if (now >= due) {
      this.#askedAt = now;
      link.reset();
    }
    this.#wait(now >= due ? LOOK_MS : Math.min(due - now, LOOK_MS));
  }

  /** @param since it has said nothing */
  #due(since: number): number {
    const { link, unacknowledged } = this.target;
    if (this.#wantedAt >= since && this.#askedAt < this.#wantedAt) return this.#wantedAt + WANTED_MS;
    if (this.#askedAt < since) return since + SILENCE_MS;
    if (link.packets) return this.#askedAt + AGAIN_PACKETS_MS;
    return this.#askedAt + (unacknowledged ? AGAIN_UNSURE_MS : AGAIN_MS);
  }
}

function isSame(a: StateChange, b: StateChange): boolean {
  return isStop(a) && isStop(b) && isSameStop(a, b);
}

function isStop(change: StateChange): change is ExceptionStop | CommandStop {
  return change.kind === 'exception' || change.kind === 'command';
}
