import { breakIn, findStanding } from '../control/attach.js';
import type { KdTarget } from '../control/kd-target.js';
import type { KnownTarget } from '../control/known-target.js';
import { seeItRun } from '../control/resume/see-it-run.js';

/** A break-in byte that the target has kept stops it within this time after it went on, ms. */
const SPARE_BREAK_MS = 3000;
/** A thread that steps over a breakpoint has come back by then, ms: it executes one instruction. */
const STEP_MS = 10_000;
/** So often it has run for as long as that, stopped once in between: then it has come back, and its report was lost. */
const STEPS_MISSED = 2;
/** A stop that was reported is known within this time, whatever has to be asked for it, ms. */
const STOP_KNOWN_MS = 20_000;
/** A target that stands does not say nothing for so long, whatever is asked of it, ms. */
const SILENT_MS = 3000;
/** RESETs that nothing may answer before it is taken to run after all, and how long each may take, ms. */
const RESETS = 4;
const ANSWER_MS = 1000;
/** Stops that a release gets past before it gives up. */
const STOPS = 200;
/** Times that something which the line has spoilt is tried again. */
const TRIES = 4;

/** How a target was left. */
export interface ReleaseResult {
  /** `untouched`: it has never answered, and was never asked to stop. */
  readonly disposition: 'running' | 'untouched' | 'unknown';
  /** Why that is not known, or not so. */
  readonly why?: string;
}

/** Break-in bytes that are out. */
export interface BytesOut {
  /** One has not led to a stop yet: the target may still take it. */
  readonly asked: boolean;
  /** There were more of them than stops. */
  readonly spare: boolean;
}

/**
 * Leaves the target running and without a breakpoint of ours, whatever state it is in: it says so only of a target that was seen
 * to have no breakpoint, to acknowledge that it goes on, and not to stop again.
 * @param signal fires when nobody wants to wait any longer
 */
export async function release(target: KdTarget, out: BytesOut, signal: AbortSignal): Promise<ReleaseResult> {
  const abandon = (): void => target.link.abandon();
  signal.addEventListener('abort', abandon, { once: true });
  target.leave();
  try {
    return await new Release(target, out, signal).run();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return unknown(signal.aborted ? 'interrupted before the resume was confirmed' : error.message.replace(/\.$/, ''));
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

class Release {
  /** Only a stop can show how it is with the target. */
  #toStop: boolean;
  #spare: boolean;
  #stops = 0;
  #spoilt = 0;
  /** Times that it has run for as long as a step may take, with one that has not come back. */
  #stepsMissed = 0;
  /** When it was last told to go on, and whether it acknowledged that. */
  #resumed = { at: Number.NEGATIVE_INFINITY, confirmed: true };
  /** The target whose table was seen to be empty. */
  #emptied: KnownTarget | undefined;

  constructor(
    private readonly target: KdTarget,
    { asked, spare }: BytesOut,
    private readonly signal: AbortSignal,
  ) {
    this.#toStop = asked;
    this.#spare = asked || spare;
  }

  async run(): Promise<ReleaseResult> {
    const { target, signal } = this;
    if (target.running === 'unknown') await findStanding(target, signal);
    for (;;) {
      if (signal.aborted) return unknown('interrupted before the resume was confirmed');
      const end = target.running === 'halted' ? await this.#letGo() : await this.#watch();
      if (end) return end;
    }
  }

  get #armed(): boolean {
    return (this.target.known?.breakpoints.list.length ?? 0) > 0;
  }

  /** It stands. @returns how it ended, where it did */
  async #letGo(): Promise<ReleaseResult | undefined> {
    const { target, signal } = this;
    if (!(await this.#stopIsKnown())) {
      if (++this.#spoilt > TRIES) return unknown('it stands, and does not say where');
      if (!signal.aborted && !(await this.#answers())) target.notHeard();
      return undefined;
    }
    // It has gone on by itself: from the loading of an image, or from a step of ours.
    if (!target.standsStill) return undefined;
    if (++this.#stops > STOPS) return unknown('it stops again and again');
    this.#toStop = false;
    try {
      await this.#clear();
      this.#resumed = { at: target.signs.now, confirmed: false };
      this.#resumed.confirmed = await target.go();
    } catch (error) {
      if (signal.aborted || ++this.#spoilt > TRIES) throw error;
      await findStanding(target, signal);
    }
    return undefined;
  }

  /** Whether it is known where it stands, or it has gone on: what is asked for that may take long, but is not silence. */
  async #stopIsKnown(): Promise<boolean> {
    const { target, signal } = this;
    const { link, signs } = target;
    const known = (): boolean => target.standsStill || target.running !== 'halted';
    const until = signs.now + STOP_KNOWN_MS;
    while (!(await target.until(known, SILENT_MS, signal))) {
      const silent = link.heardAt <= signs.now - SILENT_MS - signs.reportMs;
      if (signal.aborted || silent || signs.now > until) return false;
    }
    return true;
  }

  /** Whether it answers a RESET, as one does that stands. */
  async #answers(): Promise<boolean> {
    const { target, signal } = this;
    for (let asked = 0; asked < RESETS && !signal.aborted; asked++) {
      const from = target.signs.now;
      const heard = (): boolean => target.link.heardAt > from;
      target.askAgain();
      await target.until(() => heard() || target.standsStill, ANSWER_MS + 2 * target.signs.reportMs, signal);
      // An answer may come within the same moment.
      if (heard() || target.standsStill) return true;
    }
    return signal.aborted;
  }

  async #clear(): Promise<void> {
    const { known } = this.target;
    if (!known || (this.#emptied === known && !this.#armed)) return;
    for (const each of [...known.breakpoints.list]) await known.breakpoints.clear(each);
    await known.breakpoints.seeEmpty();
    this.#emptied = known;
  }

  /** It runs, or nothing is known of it. @returns how it ended, where it did */
  async #watch(): Promise<ReleaseResult | undefined> {
    const { target, signal } = this;
    // A stop of one that cannot be debugged shows nothing, and nothing was set in it.
    if (this.#armed || (this.#toStop && !target.foreign)) return this.#stop();
    const stepping = target.stepsPending && this.#stepsMissed < STEPS_MISSED;
    const late = stepping ? STEP_MS : this.#spare ? SPARE_BREAK_MS : 0;
    const seen = await seeItRun(target, late, signal);
    if (seen === 'stands') return undefined;
    if (seen === 'unclear') return unknown(target.link.owing ? OWED : 'interrupted before the resume was confirmed');
    // What has armed it meanwhile was under way when it was let go.
    if (this.#armed) return undefined;
    if (stepping && ++this.#stepsMissed < STEPS_MISSED) return this.#lookAgain();
    if (target.running === 'running') return { disposition: 'running' };
    if (!this.#resumed.confirmed) return this.#unconfirmed();
    if (!target.signs.touched) return { disposition: 'untouched' };
    // On a bad line it is more likely that an acknowledgement was lost, before anybody wanted to leave.
    if (!target.link.quality.wasDegraded || ++this.#spoilt > TRIES) return unknown('the connection to it is gone');
    this.#toStop = true;
    return undefined;
  }

  /**
   * A thread should have come back from its step, and has not. On a bad line its report may have been taken for something else,
   * and the resume that was sent again have been the answer to it: what has run for so long, twice, has done its instruction.
   */
  #lookAgain(): ReleaseResult | undefined {
    if (!this.target.link.quality.wasDegraded) return unknown(STEPPING);
    this.#toStop = true;
    return undefined;
  }

  /** Silence alone does not tell a target that runs from a dead line; on one that lives a further stop tells. */
  #unconfirmed(): ReleaseResult | undefined {
    const alive = this.target.link.aliveAt > this.#resumed.at;
    if (!alive || ++this.#spoilt > TRIES) return unknown('it did not acknowledge that it goes on');
    this.#toStop = true;
    return undefined;
  }

  async #stop(): Promise<ReleaseResult | undefined> {
    const { target, signal } = this;
    // A breakpoint may stop it before the byte does, and the byte thereafter.
    this.#spare = true;
    const { stopped } = await breakIn(target, signal);
    if (stopped || signal.aborted) return undefined;
    if (!this.#armed && !target.signs.touched) return unknown(UNANSWERED);
    return unknown('it does not answer a break-in');
  }
}

const OWED = 'it has asked something, and has not taken the answer';
const STEPPING = 'a thread that steps over a breakpoint has not come back: it stops when it does';
const UNANSWERED = 'it was asked to stop and has not responded: a pending break-in may still halt it';

function unknown(why: string): ReleaseResult {
  return { disposition: 'unknown', why };
}
