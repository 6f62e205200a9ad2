import type { TagUse } from '../../kd-text/pool/tag-use.js';
import { findRestart, type RestartSign } from './restart.js';
import { keyOf, type Snapshot, type TableFacts } from './snapshot.js';

/** A tag at one of the tables. */
export interface Listed {
  /** Which table of its run, from 0. */
  readonly index: number;
  readonly at: number | undefined;
  readonly use: TagUse;
}

/** What is kept of a tag over all tables. */
export interface TagTrack {
  readonly first: Listed;
  last: Listed;
  /** In how many tables it is. */
  listed: number;
  lowest: number;
  highest: number;
  /** How often it had more bytes than in the table before, and less. */
  rises: number;
  falls: number;
  says: string | undefined;
}

/** Tables of a target that was not restarted between them. */
export interface TagRun {
  count: number;
  readonly first: TableFacts;
  last: TableFacts;
  readonly tracks: Map<string, TagTrack>;
  /** All tables list every tag. */
  whole: boolean;
}

/** More tags than any kernel has room for. */
const MOST_TAGS = 100_000;

/** Adds tables up as they come: of each tag its first, its last and its extremes are kept, not every table. */
export class TagSeries {
  /** How many tables. */
  count = 0;
  /** Rows of all of them. */
  rows = 0;
  /** Rows of tags that there was no room for. */
  dropped = 0;
  /** Where the target was restarted, by what shows it: the first, and how many. */
  restarts = 0;
  sign: RestartSign | undefined;
  #run: TagRun | undefined;
  #longest: TagRun | undefined;

  add(snapshot: Snapshot): void {
    const { uses, restarted, ...facts } = snapshot;
    this.count++;
    this.rows += uses.size;
    const sign = this.#run && (restarted ? 'log' : signOf(this.#run, snapshot));
    if (sign !== undefined) {
      this.restarts++;
      this.sign ??= sign;
      this.#longest = this.run;
      this.#run = undefined;
    }
    this.#run ??= { count: 0, first: facts, last: facts, tracks: new Map(), whole: true };
    const run = this.#run;
    for (const use of uses.values()) this.#note(run, use, { index: run.count, at: facts.at, use });
    run.count++;
    run.last = facts;
    run.whole &&= facts.whole;
  }

  /** The tables that can be compared: of several runs of the target the one with most of them, the latest of such. */
  get run(): TagRun | undefined {
    return this.#longest && this.#longest.count > (this.#run?.count ?? 0) ? this.#longest : this.#run;
  }

  #note({ tracks }: TagRun, use: TagUse, listed: Listed): void {
    const key = keyOf(use);
    const track = tracks.get(key);
    if (!track) {
      if (tracks.size >= MOST_TAGS) {
        this.dropped++;
        return;
      }
      const { bytes, says } = use;
      tracks.set(key, {
        first: listed,
        last: listed,
        listed: 1,
        lowest: bytes,
        highest: bytes,
        rises: 0,
        falls: 0,
        says,
      });
      return;
    }
    const before = track.last.use.bytes;
    if (use.bytes > before) track.rises++;
    if (use.bytes < before) track.falls++;
    track.lowest = Math.min(track.lowest, use.bytes);
    track.highest = Math.max(track.highest, use.bytes);
    track.listed++;
    track.last = listed;
    track.says ??= use.says;
  }
}

function signOf({ last, count, tracks }: TagRun, { uses, ...facts }: Snapshot): RestartSign | undefined {
  const use = (key: string): TagUse | undefined => {
    const track = tracks.get(key);
    return track?.last.index === count - 1 ? track.last.use : undefined;
  };
  return findRestart({ ...last, use }, { ...facts, use: (key) => uses.get(key) }, uses);
}
