import type { LineQuality } from '../../wire/line-quality.js';
import { API } from '../api.js';
import { type Architecture, onTheWire } from '../architecture.js';
import { ask, type Wire } from '../requests.js';

// The target's own table of breakpoints: entries are written, taken out, and looked for. Whose they are is in breakpoints.ts.

/** Entries of the target's own table. */
export const TABLE_SIZE = 32;

/** Entries that a bad line may have filled besides those that were asked for. */
const STRAY_HANDLES = 4;
/** Entries that show whether somebody has left any: the first. What stands behind a free one shows itself, or goes at the release. */
const FIRST_HANDLES = 1;
/** Times that the table is gone through before it counts as one that cannot be emptied. */
const ROUNDS = 5;

/** The table in the target. A target gives its first free entry away, and takes those out again that lie in the code it reports. */
export class BreakpointTable {
  /** It has held one of ours. */
  #used = false;
  /** The highest entry that the target has given. */
  #highest = STRAY_HANDLES;

  constructor(
    private readonly wire: Wire,
    private readonly architecture: Architecture,
    private readonly quality: LineQuality,
  ) {}

  /** Puts one in. @returns its entry; undefined where the target refuses. @throws LinkError */
  async write(address: bigint): Promise<number | undefined> {
    this.#used = true;
    const fields = [[16, onTheWire(this.architecture, address)]] as const;
    const answer = await ask(this.wire, { api: API.writeBreakPoint, fields });
    const handle = answer.ok ? answer.u32(24) : 0;
    if (handle <= TABLE_SIZE) this.#highest = Math.max(this.#highest, handle);
    return handle === 0 ? undefined : handle;
  }

  /** Takes an entry out. @returns whether it was in use. @throws LinkError */
  async restore(handle: number): Promise<boolean> {
    return (await ask(this.wire, { api: API.restoreBreakPoint, fields: [[16, handle]] })).ok;
  }

  /** Takes every entry out, whoever put it there. @returns how many there were. @throws LinkError */
  clear(): Promise<number> {
    return this.#clearHandles(1, TABLE_SIZE);
  }

  /**
   * The same with a target that nobody is known to have left anything in. Where the first entries are free, no other is in use, but
   * for those that a report took out. Asking for all 32 costs 5.7 KB of halted time.
   */
  async clearLeftovers(): Promise<number> {
    const first = await this.#clearHandles(1, FIRST_HANDLES);
    return first === 0 ? 0 : first + (await this.#clearHandles(FIRST_HANDLES + 1, TABLE_SIZE));
  }

  /**
   * Takes out what a damaged packet may have put into the table in place of one of ours. Does nothing on a line that never
   * showed an error.
   * @returns whether the table was gone through
   * @throws LinkError; Error when something stays
   */
  async clearStray(): Promise<boolean> {
    if (!this.quality.wasDegraded) return false;
    await this.#empty(() => this.#clearGiven());
    return true;
  }

  /**
   * Goes through the table once more before the target is left alone: nothing of ours may be in it, and the target says so.
   * @returns whether there was any need to
   * @throws LinkError; Error when something stays
   */
  async seeEmpty(): Promise<boolean> {
    if (this.quality.wasDegraded) return this.clearStray();
    if (!this.#used) return false;
    await this.#empty(() => this.clearLeftovers());
    return true;
  }

  /** What was found may have been put there, or taken out, by a packet that was executed twice: the last round finds nothing. */
  async #empty(round: () => Promise<number>): Promise<void> {
    for (let rounds = 0; rounds < ROUNDS; rounds++) if ((await round()) === 0) return;
    throw new Error('the target does not let go of breakpoints in its table');
  }

  /**
   * Every entry that can be in use: what damaged packets have put there lies no farther behind the highest than there are of them.
   * Where the last ones of these are in use, all are looked at.
   */
  async #clearGiven(): Promise<number> {
    const last = Math.min(TABLE_SIZE, this.#highest + STRAY_HANDLES);
    const given = await this.#clearHandles(1, this.#highest);
    const stray = await this.#clearHandles(this.#highest + 1, last);
    return given + stray + (stray === 0 ? 0 : await this.#clearHandles(last + 1, TABLE_SIZE));
  }

  async #clearHandles(from: number, to: number): Promise<number> {
    let found = 0;
    for (let handle = from; handle <= to; handle++) if (await this.restore(handle)) found++;
    return found;
  }
}
