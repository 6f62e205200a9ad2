import type { Operation } from '../stacks/attribute/operation.js';
import type { TableFrame } from '../stacks/stack-table.js';

// The rows of a report, as data: stacks, drivers and callers, with what they add up to and where their hits stand in the logs.
// The report around them is in model.ts.

/** What a row adds up. */
export interface ReportSums {
  /** All hits of the row. */
  readonly hits: number;
  readonly allocations: number;
  readonly frees: number;
  /** What its allocations (or hits, if it has none) asked for, over those that told (`sized`). */
  readonly bytes: number;
  readonly sized: number;
  /** Allocations still there; null where the report has none. */
  readonly outstanding: { readonly count: number; readonly bytes: number; readonly sized: number } | null;
}

export interface ReportName extends ReportSums {
  readonly name: string;
}

export interface ReportCaller extends ReportName {
  /** The driver whose stacks it is in; null if there are several. */
  readonly driver: string | null;
  /** Modules of the wrappers on its way to the allocator, where there are any. */
  readonly through: readonly string[];
}

export interface ReportDriver extends ReportName {
  /** The module runs in user mode: its program asked, the kernel allocated. */
  readonly userMode: boolean;
  /** Modules of the wrappers on its ways to the allocator, where there are any. */
  readonly through: readonly string[];
  readonly callers: readonly {
    readonly name: string;
    readonly hits: number;
    readonly count: number;
    readonly through: readonly string[];
  }[];
}

export interface ReportStack extends Omit<ReportSums, 'hits' | 'allocations' | 'frees'> {
  /** All its hits. */
  readonly count: number;
  readonly operation: Operation;
  /** Of `count`, how often it was printed again at the same stop. */
  readonly repeats: number;
  /** Of `count`, how often a break-in has cut it short. */
  readonly cut: number;
  readonly driver: string;
  readonly caller: string;
  /** The wrappers between the driver and the allocator, innermost first: `Wdf01000!imp_WdfMemoryCreate`. */
  readonly through: readonly string[];
  /** It ends in a bug check, or in an interrupt that cannot be masked: where the target crashed, not who asked for it. */
  readonly crash: boolean;
  /** Why its driver is not certain, and the first driver behind what is missing; null where it is certain. */
  readonly doubt: { readonly why: string; readonly next: string | null } | null;
  /** Innermost first; what is missing, or could not be read, stands in parentheses. */
  readonly frames: readonly TableFrame[];
  /** It is the sum of so many rare stacks, which were not kept apart, with so many frames over all hits. */
  readonly merged?: { readonly stacks: number; readonly frames: number };
  /** The oldest of its allocations that are still there; null where none is known. */
  readonly oldest: ReportOldest | null;
  /** Where its first and its last hit stand. */
  readonly first: ReportPlace;
  readonly last: ReportPlace;
}

/** Where kd's text of a hit stands, from the line that announces the stop to the last frame. */
export interface ReportPlace {
  /** Which of `logs`. */
  readonly log: number;
  /** 1-based. */
  readonly line: number;
  /** Bytes from the start of the log, of the text as UTF-8 if the log is UTF-16 (see `encoding`). */
  readonly offset: number;
  readonly length: number;
}

export interface ReportOldest {
  readonly place: ReportPlace;
  /** When it was made, ISO in UTC; null where no time is known. */
  readonly at: string | null;
}
