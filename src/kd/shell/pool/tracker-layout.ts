/** Where a counter stands in an entry, in bytes. */
interface Field {
  readonly at: number;
  readonly bytes: 4 | 8;
}

/** The counters of one pool. */
export interface CounterFields {
  readonly allocs: Field;
  readonly frees: Field;
  readonly bytes: Field;
}

/** How a POOL_TRACKER_TABLE lies in memory. Its key, the tag, is always the first four bytes. */
export interface TrackerLayout {
  readonly name: string;
  readonly bits: 32 | 64;
  /** Of one entry. */
  readonly bytes: number;
  /** As far as counters go; what follows is never looked at. */
  readonly counted: number;
  readonly nonpaged: CounterFields;
  readonly paged: CounterFields;
  /** Four bytes each that nothing ever writes to. */
  readonly gaps: readonly number[];
}

const u32 = (at: number): Field => ({ at, bytes: 4 });
const u64 = (at: number): Field => ({ at, bytes: 8 });

const bytesFirst = {
  nonpaged: { bytes: u64(0x8), allocs: u64(0x10), frees: u64(0x18) },
  paged: { bytes: u64(0x20), allocs: u64(0x28), frees: u64(0x30) },
  gaps: [0x4],
};

/**
 * Those that are known, from the types in the kernels' public PDBs. The entries of 0x50 bytes have AvailableLimit[2] and LimitInfo
 * behind the counters: how much each pool may still take, and whose limit that is.
 */
export const TRACKER_LAYOUTS: readonly TrackerLayout[] = [
  {
    name: 'x86',
    bits: 32,
    bytes: 28,
    counted: 28,
    gaps: [],
    nonpaged: { allocs: u32(0x4), frees: u32(0x8), bytes: u32(0xc) },
    paged: { allocs: u32(0x10), frees: u32(0x14), bytes: u32(0x18) },
  },
  {
    name: 'x64, to Windows 8.1',
    bits: 64,
    bytes: 40,
    counted: 40,
    gaps: [0xc],
    nonpaged: { allocs: u32(0x4), frees: u32(0x8), bytes: u64(0x10) },
    paged: { allocs: u32(0x18), frees: u32(0x1c), bytes: u64(0x20) },
  },
  { name: 'x64, Windows 10', bits: 64, bytes: 56, counted: 56, ...bytesFirst },
  { name: 'x64, with limits', bits: 64, bytes: 80, counted: 56, ...bytesFirst },
];

/** What one pool has of a tag, over all tables. */
export interface Counters {
  readonly allocs: bigint;
  readonly frees: bigint;
  /** Allocations that have not been freed. */
  readonly outstanding: bigint;
  readonly bytes: bigint;
}

export interface TrackedTag {
  /** The four bytes of the tag, the first character lowest. */
  readonly key: number;
  readonly nonpaged: Counters;
  readonly paged: Counters;
}

/**
 * Reads one entry, summed over the tables that have one for it: one processor frees what another has allocated, so that a single
 * table may have fewer allocations than frees. Counters run round at the end of their width, their sums with them.
 * @param entries the same entry of each table
 * @returns undefined where it cannot be one: keys that differ, or something behind no key
 */
export function readTrackerEntry(entries: readonly Buffer[], layout: TrackerLayout): TrackedTag | undefined {
  let key = 0;
  for (const entry of entries) {
    const own = entry.readUInt32LE(0);
    if (own === 0 ? !isEmpty(entry, layout) : key !== 0 && own !== key) return undefined;
    if (layout.gaps.some((gap) => entry.readUInt32LE(gap) !== 0)) return undefined;
    key ||= own;
  }
  return { key, nonpaged: countersOf(entries, layout.nonpaged), paged: countersOf(entries, layout.paged) };
}

/** Whether no tag has ever been counted there. */
export function isEmpty(entry: Buffer, { counted }: TrackerLayout): boolean {
  return entry.subarray(0, counted).every((byte) => byte === 0);
}

function countersOf(entries: readonly Buffer[], fields: CounterFields): Counters {
  const sum = ({ at, bytes }: Field): bigint =>
    BigInt.asUintN(
      bytes * 8,
      entries.reduce(
        (total, entry) => total + (bytes === 4 ? BigInt(entry.readUInt32LE(at)) : entry.readBigUInt64LE(at)),
        0n,
      ),
    );
  const [allocs, frees] = [sum(fields.allocs), sum(fields.frees)];
  return {
    allocs,
    frees,
    outstanding: BigInt.asIntN(fields.allocs.bytes * 8, allocs - frees),
    bytes: BigInt.asIntN(fields.bytes.bytes * 8, sum(fields.bytes)),
  };
}
