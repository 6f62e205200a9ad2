import type { KnownStackCounts } from '../kd-text/frames/known-stacks.js';
import type { Sampling } from './build/sampling.js';
import type { ReportPool } from './pool/model.js';
import type { ReportCaller, ReportDriver, ReportStack } from './row-model.js';

// What a report is, as data. Its rows by stack, driver and caller are in row-model.ts, its tables of pool in pool/model.ts;
// how they are computed is in build/.

/**
 * Everything that is known of one or several logs. The JSON form is this object, as it is.
 * Rows come with the most important first: by `measure`.
 */
export interface Report {
  readonly v: 1;
  /** All stacks read, whatever they show, but for those of break-ins. */
  readonly hits: number;
  /** Stacks that show where somebody stopped the target: no hits, and in no other count. */
  readonly breakIns: number;
  /** Of `hits`, those whose stack lacks frames before the first driver that can be read: rows of `(driver not certain)`. */
  readonly uncertain: number;
  /** Of `hits`, those whose stack ends in a bug check, or in an interrupt that cannot be masked, over what the row tells. */
  readonly crashes: number;
  /** Of `hits`, failures that Driver Verifier injected: nothing was allocated. */
  readonly injected: number;
  /** Of `hits`, those whose stack a break-in has cut short; they are attributed as far as they go. */
  readonly cut: number;
  /** Frames read, over all hits. */
  readonly frames: number;
  /** What the rows are ranked by: `outstanding` where addresses of most allocations are known, `allocations` where stacks show them, else `hits`. */
  readonly measure: Measure;
  /** Hits that allocate; those that do it or free, where the log does not tell which (a cold block of the kernel), included. */
  readonly allocations: number;
  readonly frees: number;
  /** Of `allocations`, the hits that may be frees. */
  readonly ambiguous: number;
  /** Stacks that somebody asked for at a stop whose stack was counted already: part of `hits`, of nothing else. */
  readonly repeats: number;
  readonly stacks: readonly ReportStack[];
  readonly drivers: readonly ReportDriver[];
  readonly callers: readonly ReportCaller[];
  /** By the processor that the prompt named; null where no prompt did. */
  readonly processors: readonly ReportProcessor[];
  /** What stopped the target. */
  readonly stops: readonly ReportStop[];
  readonly over: ReportTime;
  /** Allocations still there at the end; null unless the log shows addresses of allocations and of frees. */
  readonly outstanding: ReportOutstanding | null;
  /** Call sites without a symbol, with the number of hits that pass them. */
  readonly unresolved: readonly { readonly text: string; readonly hits: number }[];
  /** Modules of which kd had only the exports: names of functions in them are the nearest export, and guesses; the module is certain. */
  readonly exportsOnly: readonly { readonly module: string; readonly hits: number }[];
  /** What hits that were collected in bursts say of all that happened; absent where they were collected all the time. */
  readonly sampling?: Sampling;
  /** Stacks of which the built-in kd read the beginning alone, as they were known; absent where it read all. */
  readonly knownStacks?: KnownStackCounts;
  /** What the images of modules say of themselves, where they were at hand. */
  readonly images?: readonly ReportImage[];
  /** Tags that arguments or registers showed. */
  readonly tags: readonly ReportTag[];
  /** Types of pool, where lines of the breakpoint's own commands said them. */
  readonly poolTypes: readonly ReportPoolType[];
  /** Bytes asked for; null where nothing told. On x64 kd prints home slots, which are not always the arguments. */
  readonly bytes: {
    readonly total: number;
    readonly hits: number;
    readonly from: SizeSource;
    /** Bytes given back, where frees told: not whose they were. `outstanding`: what was asked for less that, where all told. */
    readonly freed?: { readonly total: number; readonly hits: number; readonly outstanding: number | null };
  } | null;
  /** Lines that should have been understood and were not: the first thousand. */
  readonly unread: readonly ReportUnread[];
  readonly unreadTotal: number;
  /** Tables of pool tags and other listings of pool; null where there is none. Reports of earlier versions lack it. */
  readonly pool?: ReportPool | null;
  readonly logs: readonly ReportLog[];
  /** Sums over all logs. */
  readonly read: ReportReading;
}

export type Measure = 'outstanding' | 'allocations' | 'hits';
export type SizeSource = 'printed' | 'registers' | 'arguments' | 'home-slots';

export interface ReportPoolType {
  /** As Windows' POOL_TYPE has it, e.g. `0x200`. */
  readonly value: string;
  /** `NonPagedPoolNx`; null for one without a name. */
  readonly name: string | null;
  readonly hits: number;
}

export interface ReportProcessor {
  readonly processor: number | null;
  readonly hits: number;
}

export interface ReportStop {
  /**
   * `breakpoint`: without a number where kd did not announce it, as for one whose commands end in `g`; `command`: a stack that
   * somebody asked for; `break`: a break-in; `unknown`: the log does not begin with the stop.
   */
  readonly kind: 'breakpoint' | 'pool-hit-tag' | 'break' | 'bug-check' | 'exception' | 'command' | 'unknown';
  /** The number of the breakpoint. */
  readonly breakpoint: number | null;
  /** Where the target stood, e.g. `nt!MmAllocateSpecialPool`. */
  readonly symbol: string | null;
  readonly hits: number;
}

/** Counts of the measure over time, or over the logs' bytes where no time is known. */
export interface ReportTime {
  readonly axis: 'time' | 'position';
  /** What the times are from; null for positions. */
  readonly source: 'kd' | 'events' | null;
  /** One more than there are buckets: ISO times in UTC, or bytes from the start of the first log. */
  readonly borders: readonly (string | number)[];
  readonly counts: readonly number[];
  /** The drivers with most, and the rest as `(others)`; each has as many counts as there are buckets. */
  readonly drivers: readonly { readonly name: string; readonly counts: readonly number[] }[];
}

export interface ReportOutstanding {
  /** Allocations whose address is known. */
  readonly tracked: number;
  /** Of these, freed within the log. */
  readonly freed: number;
  readonly count: number;
  readonly bytes: number;
  readonly sized: number;
  /** Of `count`, those that were not freed until the target rebooted. */
  readonly endedByReboot: number;
  /** Frees of addresses that were allocated before the log began, or that the log does not show. */
  readonly unmatchedFrees: number;
  /** Addresses allocated anew though no free was seen: their earlier allocation counts as freed. */
  readonly reused: number;
  readonly allocationsWithoutAddress: number;
  readonly freesWithoutAddress: number;
}

export interface ReportTag {
  /** Four characters in memory order; zero bytes as `\0`. */
  readonly tag: string;
  /** `0x206b6444` */
  readonly value: string;
  readonly hits: number;
  /** What pooltag.txt says of it, where one was given. */
  readonly owner: { readonly driver: string; readonly description: string } | null;
}

export interface ReportImage {
  readonly module: string;
  /** Without its folder. */
  readonly file: string;
  /** `6.1.7601.17514`; empty where it has none, as the others. */
  readonly version: string;
  readonly company: string;
  readonly description: string;
}

export interface ReportUnread {
  readonly log: number;
  /** 1-based. */
  readonly line: number;
  /** The line, or as much of it as fits in a report. */
  readonly text: string;
}

export interface ReportReading {
  readonly bytes: number;
  readonly lines: number;
  /** Headers that no frame followed. */
  readonly emptyStacks: number;
  readonly endsMidLine: boolean;
}

export interface ReportLog extends ReportReading {
  /** As it was named on the command line; `-` is standard input. */
  readonly name: string;
  readonly hits: number;
  readonly encoding: 'plain' | 'utf-16le' | 'utf-16be';
  /** Windows as kd described it, e.g. `Windows 7 Kernel Version 7601 (Service Pack 1) MP (2 procs) Free x64`. */
  readonly targets: readonly string[];
  /** How often kd connected. */
  readonly connections: number;
}
