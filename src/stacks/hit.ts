import type { Operation } from './attribute/operation.js';
import type { ArgumentValues } from './attribute/pool-request.js';
import type { FoundStack, LogPlace } from './findings.js';

/** A hit as the scanner closes it. Texts are numbers of the tally's, 0 for none. */
export interface Hit extends ArgumentValues {
  /** The number of its stack in the scanner, and where the scanner has it. */
  readonly index: number;
  readonly node: number;
  readonly stop: number;
  readonly symbol: number;
  /** -1 where no prompt named one. */
  readonly processor: number;
  readonly prompted: boolean;
  /** The number of what a line of the stop said that was asked for, 0 for nothing. */
  readonly request: number;
  /** Somebody asked for it at a stop whose stack was printed before. */
  readonly again: boolean;
  /** The lines of a stop follow it: the target did not go on by itself, so that a break-in may have cut it short. */
  readonly stood: boolean;
  /** How many hits it stands for, which differ in size and place only. */
  readonly count: number;
  readonly first: Readonly<LogPlace>;
  readonly last: Readonly<LogPlace>;
  /** How many of its pool functions have printed arguments: at most the two innermost. */
  readonly argued: number;
  /** The number of the call site whose arguments are the `nth`. */
  siteOf(nth: number): number;
  /** The sizes among the `nth` arguments of all that it stands for. */
  sum(nth: number): number;
}

/** A stack that was hit, and whose it was by what was known of its modules then. */
export interface AggregatedStack extends FoundStack {
  readonly operation: Operation;
  /** Where the scanner has it. */
  node: number;
  /** Rows of the tallies. */
  driver: number;
  caller: number;
}
