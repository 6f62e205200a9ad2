import {
  type Counters,
  isEmpty,
  readTrackerEntry,
  TRACKER_LAYOUTS,
  type TrackedTag,
  type TrackerLayout,
} from './tracker-layout.js';

/** The same stretch of every processor's table. */
export interface TrackerSample {
  /** Bytes from the beginning of the table. */
  readonly offset: number;
  readonly tables: readonly Buffer[];
}

/** What a layout makes of a sample. */
interface Reading {
  /** Entries that are not empty. */
  readonly used: number;
  /** Those of them that cannot be entries. */
  readonly wrong: number;
  /** Those that can be read in this way alone, and by which of their pools that is seen. */
  readonly decisive: number;
  readonly nonpaged: number;
  readonly paged: number;
  /** Used entries are so many places apart, or a multiple of it: 1 unless the true ones are twice as large, or more. */
  readonly step: number;
}

/**
 * Entries that have to speak for a layout, some of them in each pool. A sample where a hash led to its tag needs fewer: that is a
 * proof of its own.
 */
export const EVIDENCE = { table: 8, place: 3 } as const;

/** Of so many entries one may be wrong: an allocation was under way when the target stopped. */
const WRONG_OF = 32;
/** A layout that could read more than this share of the entries is not refuted. */
const REFUTED_FROM = 0.25;

/** No pool is larger than the addresses that kernels give it. */
const MOST_BYTES = 1n << 46n;

/**
 * Says which layout a table of pool tags has, by what must hold in a true one. Two that fit are as bad as none: a wrong count is
 * worse than none.
 * @param evidence entries that have to speak for it
 */
export function judgeLayout(sample: TrackerSample, bits: 32 | 64, evidence: number): TrackerLayout | undefined {
  const readings = TRACKER_LAYOUTS.map((layout) => ({ layout, reading: readBy(layout, sample) }));
  const [fitting, ...others] = readings.sort((a, b) => share(a.reading) - share(b.reading));
  if (!fitting || fitting.layout.bits !== bits) return undefined;
  const { used, wrong, decisive, nonpaged, paged, step } = fitting.reading;
  if (wrong > used / WRONG_OF || decisive < evidence || nonpaged === 0 || paged === 0 || step !== 1) return undefined;
  return others.every(({ reading }) => share(reading) > REFUTED_FROM) ? fitting.layout : undefined;
}

function share({ used, wrong }: Reading): number {
  return used === 0 ? 0 : wrong / used;
}

function readBy(layout: TrackerLayout, { offset, tables }: TrackerSample): Reading {
  const length = Math.min(...tables.map((table) => table.length));
  let [used, wrong, decisive, nonpaged, paged, step] = [0, 0, 0, 0, 0, 0];
  let first: number | undefined;
  // The sample may begin in the middle of an entry.
  for (
    let at = (layout.bytes - (offset % layout.bytes)) % layout.bytes;
    at + layout.bytes <= length;
    at += layout.bytes
  ) {
    const entries = tables.map((table) => table.subarray(at, at + layout.bytes));
    if (entries.every((entry) => isEmpty(entry, layout))) continue;
    used++;
    const tag = readTrackerEntry(entries, layout);
    if (!tag || !isPlausible(tag)) {
      wrong++;
      continue;
    }
    first ??= at;
    step = greatestDivisor((at - first) / layout.bytes, step);
    const pools = [isDecisive(tag.nonpaged), isDecisive(tag.paged)];
    if (pools[0]) nonpaged++;
    if (pools[1]) paged++;
    if (pools[0] || pools[1]) decisive++;
  }
  return { used, wrong, decisive, nonpaged, paged, step };
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Whether what is known to be an entry can be counted: some drivers have tags that nobody can read. */
export function isCountable({ key, nonpaged, paged }: TrackedTag): boolean {
  return key !== 0 && addsUp(nonpaged) && addsUp(paged);
}

/** Whether an entry that is not empty may be one. */
export function isPlausible(tag: TrackedTag): boolean {
  return isTag(tag.key) && isCountable(tag);
}

/** Four printable characters; short tags may end with zero bytes. */
function isTag(key: number): boolean {
  let ended = false;
  for (const shift of [0, 8, 16, 24]) {
    const byte = (key >>> shift) & 0xff;
    if (byte === 0) ended = true;
    else if (ended || byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}

function addsUp({ outstanding, bytes }: Counters): boolean {
  return outstanding >= 0n && bytes >= outstanding && bytes < MOST_BYTES && (bytes === 0n) === (outstanding === 0n);
}

/** With more bytes than allocations and frees together, the three numbers add up in no other order. */
function isDecisive({ allocs, frees, bytes }: Counters): boolean {
  return bytes > allocs + frees;
}
