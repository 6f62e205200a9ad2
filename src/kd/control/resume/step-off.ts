import type { StrategyTrial } from '../breakpoints/breakpoint-strategy.js';
import type { Stop } from '../stop.js';

// A step off a breakpoint that is under way, and how its end is known. How it is made is in resume.ts.

/** The step off a breakpoint of one thread. */
export interface Stepping {
  readonly thread: bigint;
  /** Where the breakpoint is. */
  readonly from: bigint;
  /** Whether it was executed at all is not known: it shows nothing. */
  readonly unconfirmed?: true;
  readonly trying?: Trying;
  readonly ended: (stop: Stop | undefined) => void;
}

/** What the instruction is to show, at which breakpoint. */
export interface Trying {
  readonly trial: StrategyTrial;
  readonly pc: bigint;
  /** A register that waits behind it, where it is not stepped. */
  readonly behind?: {
    readonly place: bigint;
    readonly slot: number;
    /** The registers before it. */
    readonly stands: ReadonlyMap<string, bigint>;
  };
}

/** The thread stands at the breakpoint that it was to pass, which was told already. */
export function isBack({ thread, trying }: Stepping, stop: Stop): boolean {
  return stop.reason === 'breakpoint' && stop.change.thread === thread && stop.pc === trying?.pc;
}

/** The thread stands behind the instruction, where the register waited for it. */
export function isBehind({ trying }: Stepping, stop: Stop): boolean {
  return stop.reason === 'foreign-register' && stop.pc === trying?.behind?.place;
}
