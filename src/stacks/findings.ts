import type { KnownStackCounts } from '../kd-text/frames/known-stacks.js';
import type { Stop } from '../kd-text/stop.js';
import type { Operation } from './attribute/operation.js';
import type { FoundBurst } from './bursts.js';
import type { AddressFindings } from './live-addresses.js';
import type { FoundModules } from './read/log-modules.js';
import type { TimeMark } from './read/time-marks.js';
import type { UnreadLine } from './read/unread.js';
import type { TableFrame } from './stack-table.js';

/** Where kd's text of a hit stands. */
export interface LogPlace {
  /** 0 in the findings of one log. */
  log: number;
  /** 1-based. */
  line: number;
  offset: number;
  length: number;
}

/** One distinct stack, and what its hits have in common. */
export interface FoundStack {
  number: number;
  /** Numbers of its call sites, innermost first. */
  readonly frames: readonly number[];
  /** It is no stack, but what many rare ones add up to; without frames. */
  readonly merged?: MergedStacks;
  count: number;
  /** Of `count`, printed again at a stop whose stack was counted already. */
  repeats: number;
  /** Of `count`, followed by the lines of a stop: a break-in may have cut its printing short. */
  stood: number;
  /** Bytes that its hits asked for, over the `sized` ones that told. */
  bytes: number;
  sized: number;
  readonly first: Readonly<LogPlace>;
  readonly last: LogPlace;
}

/** Stacks that were not kept apart, as there were too many: what they had in common. */
export interface MergedStacks {
  /** How many; one that came back after it was merged counts once more. */
  stacks: number;
  readonly driver: string;
  readonly operation: Operation;
  readonly crash: boolean;
  readonly injected: boolean;
  /** All of them began in user mode. */
  userMode: boolean;
  /** Their frames, over all hits. */
  frames: number;
}

/** Where sizes came from, best first. */
export type SizeSource = 'printed' | 'registers' | 'arguments' | 'home-slots';

export interface FoundStop {
  readonly stop: Stop | null;
  /** Where the target stood. */
  readonly symbol: string | null;
  /** Without a stop: whether a prompt came before the stack. */
  readonly prompted: boolean;
  hits: number;
}

/** Counts by position in the log, in stretches of `width` bytes. */
export interface FoundPositions {
  readonly width: number;
  readonly drivers: readonly string[];
  /** Ascending by stretch: only those with hits, by the number of their driver. */
  readonly counts: readonly {
    readonly stretch: number;
    readonly driver: number;
    readonly hits: number;
    readonly allocations: number;
  }[];
}

/** All that was found in a log, or in a part of it: plain data. */
export interface Findings {
  readonly bytes: number;
  readonly lines: number;
  readonly frames: number;
  /** Stacks, but for those of break-ins. */
  readonly hits: number;
  /** Stacks that show where somebody stopped the target; in no other count. */
  readonly breakIns: number;
  readonly emptyStacks: number;
  readonly cutOff: boolean;
  readonly encoding: 'plain' | 'utf-16le' | 'utf-16be';
  readonly sites: readonly TableFrame[];
  readonly stacks: readonly FoundStack[];
  readonly stops: readonly FoundStop[];
  /** Hits by processor; -1 where no prompt named one. */
  readonly processors: ReadonlyMap<number, number>;
  readonly tags: ReadonlyMap<number, number>;
  readonly types: ReadonlyMap<number, number>;
  readonly sizesFrom: readonly SizeSource[];
  /** Bytes that frees gave back, over the hits that told. */
  readonly freedBytes: number;
  readonly freedSized: number;
  readonly unread: readonly UnreadLine[];
  readonly unreadTotal: number;
  /** What kd said of the time, in milliseconds since 1970, and where. */
  readonly times: readonly TimeMark[];
  readonly targets: readonly string[];
  readonly connections: number;
  /** What the built-in kd has said of stacks that it knew, in order. */
  readonly knownStacks: readonly KnownStackCounts[];
  readonly positions: FoundPositions;
  readonly addresses: AddressFindings;
  /** Empty where hits were not collected in bursts. */
  readonly bursts: readonly FoundBurst[];
  readonly modules: FoundModules;
}
