import type { ShellContext } from '../shell-context.js';
import { EVIDENCE, isPlausible, judgeLayout } from './judge-layout.js';
import { learnLayout, learntLayout } from './learnt-layout.js';
import { hashMask, tagHash } from './tag-hash.js';
import { readEntries, type TagTables, UnreadableTable } from './tag-tables.js';
import { readTrackerEntry, TRACKER_LAYOUTS, type TrackedTag, type TrackerLayout } from './tracker-layout.js';

/** Entries that are read where the hash leads: before it, so that neighbours can tell the layout, and from it on. */
const WINDOW = { before: 4, after: 12 } as const;
/** Where the layout is known already, no neighbours are needed. */
const SLIM = { before: 0, after: 4 } as const;
/** A search that takes longer costs as much as a good part of the table. */
const MOST_PROBES = 64;
/** The most that neighbours are asked about the layout. */
const MOST_NEIGHBOURS = 128;

/**
 * Looks for a tag where the kernel itself would, which takes some hundred bytes instead of the whole table. A tag that has found a
 * place there is in no expansion.
 * @returns undefined where only the whole table can tell
 */
export async function findTag(context: ShellContext, tables: TagTables, key: number): Promise<TrackedTag | undefined> {
  const { known } = context;
  const mask = hashMask(tables.entries);
  if (mask === undefined) return undefined;
  const before = learntLayout(known);
  const layouts = before ? [before] : TRACKER_LAYOUTS.filter(({ bits }) => bits === known.architecture.bits);
  for (const layout of layouts) {
    const place = new Place(context, tables, layout, before ? SLIM : WINDOW);
    const tag = await tagAt(place, key, mask, before !== undefined).catch((error: unknown) => {
      // Entries that are larger than the true ones lead beyond the end of the table.
      if (error instanceof UnreadableTable) return undefined;
      throw error;
    });
    if (!tag) continue;
    learnLayout(known, layout);
    return tag;
  }
  return undefined;
}

async function tagAt(place: Place, key: number, mask: number, proven: boolean): Promise<TrackedTag | undefined> {
  const slot = await place.search(key, mask);
  if (slot === undefined || !(proven || (await place.speaksForItself()))) return undefined;
  const tag = readTrackerEntry(await place.entries(slot), place.layout);
  return tag?.key === key && isPlausible(tag) ? tag : undefined;
}

/** The entries around one place, as far as they have been read. */
class Place {
  #from = 0;
  #to = 0;

  constructor(
    private readonly context: ShellContext,
    private readonly tables: TagTables,
    readonly layout: TrackerLayout,
    private readonly window: { readonly before: number; readonly after: number },
  ) {}

  /** Follows the kernel's own search, from where the hash leads. */
  async search(key: number, mask: number): Promise<number | undefined> {
    const { before, after } = this.window;
    const first = this.tables.processors.slice(0, 1);
    let slot = tagHash(key, mask);
    for (let probe = 0; probe < MOST_PROBES; probe++, slot = (slot + 1) & mask) {
      if (slot < this.#from || slot >= this.#to) {
        this.#from = Math.max(0, slot - (probe === 0 ? before : 0));
        this.#to = Math.min(this.tables.entries, slot + after);
      }
      // What has been read of this window is not fetched again.
      const [window] = await this.#read(first, this.#from, this.#to);
      const found = window?.readUInt32LE((slot - this.#from) * this.layout.bytes);
      if (found === key) return slot;
      if (found === 0) return undefined;
    }
    return undefined;
  }

  /** Whether the neighbours can be read in this layout and in no other; more and more of them are asked. */
  async speaksForItself(): Promise<boolean> {
    const { tables, layout, context } = this;
    let parts = await this.#read(tables.processors, this.#from, this.#to);
    for (;;) {
      const sample = { offset: this.#from * layout.bytes, tables: parts };
      if (judgeLayout(sample, context.known.architecture.bits, EVIDENCE.place) === layout) return true;
      const asked = this.#to - this.#from;
      if (asked >= Math.min(MOST_NEIGHBOURS, tables.entries)) return false;
      const from = Math.max(0, this.#from - Math.ceil(asked / 2));
      const to = Math.min(tables.entries, this.#to + Math.ceil(asked / 2));
      const below = await this.#read(tables.processors, from, this.#from);
      const above = await this.#read(tables.processors, this.#to, to);
      parts = parts.map((part, index) => Buffer.concat([below[index] as Buffer, part, above[index] as Buffer]));
      [this.#from, this.#to] = [from, to];
    }
  }

  entries(slot: number): Promise<Buffer[]> {
    return this.#read(this.tables.processors, slot, slot + 1);
  }

  #read(tables: readonly bigint[], from: number, to: number): Promise<Buffer[]> {
    const { bytes } = this.layout;
    return readEntries(this.context, tables, from * bytes, (to - from) * bytes);
  }
}
