import type { ShownFilter } from '../../kd-text/listings/filter-rows.js';
import type { HitBreakpoint } from './hit-commands.js';
import type { Catching, Plan } from './plan.js';
import type { PoolBreak } from './pool-breaks/pool-break.js';

/** What can be said at the breaks of PoolHitTag, for as long as it is at this address. */
export interface KnownBreaks {
  readonly at: string;
  readonly breaks: readonly PoolBreak[];
  /** Why that is less than was asked for. */
  readonly lacks: readonly string[];
}

/** Listings of the kernel that kd is being asked for. */
export interface Listing {
  readonly at: string;
  /** When it began. */
  readonly since: number;
  readonly rounds: number;
  readonly asked: readonly string[];
  readonly lines: readonly string[];
}

// What this session may have set in the target. What others have set is not in here.

/** What this session may have set in the target. */
export interface OursState {
  /** A breakpoint may be in the target, or the tag in PoolHitTag. */
  readonly armed: boolean;
  /** How hits are caught: decided by what this target has, whenever it is armed. */
  readonly catching?: Catching;
  /** The tag may be in PoolHitTag. */
  readonly tagIn: boolean;
  /** What is to be in it again, and what break instructions are to do again. */
  readonly before: { readonly tag: number; readonly filter?: ShownFilter };
  /** The breakpoint is that of a debugging server that was joined: leaving it leaves that, too. */
  readonly theirs: boolean;
  /** A session was armed before: after a reboot or a loss it arms again by itself. */
  readonly armedBefore: boolean;
  /** When the present arming was confirmed. */
  readonly armedAt?: number;
  readonly symbol?: string;
  /** What kd answered when the breakpoint's place was looked for. */
  readonly resolved: readonly string[];
  /** The breakpoints that were set last. */
  readonly traps: readonly HitBreakpoint[];
  readonly clears: number;
  /** There once kd has listed the kernel's pool functions, where PoolHitTag is to tell more than stacks. */
  readonly breaks?: KnownBreaks;
  readonly listing?: Listing;
}

export const NOTHING_OURS: OursState = {
  armed: false,
  tagIn: false,
  before: { tag: 0 },
  theirs: false,
  armedBefore: false,
  resolved: [],
  traps: [],
  clears: 0,
};

/** The tag may be in PoolHitTag: ours, or that of a session that had the target before and was lost. */
export function mayHoldTag(plan: Plan, { tagIn }: Pick<OursState, 'tagIn'>): boolean {
  const inherits = plan.goal === 'release' || plan.takesOver === true;
  // To find the tag takes symbols, and a kd that fetches them keeps the target standing: it is not looked for without need.
  return tagIn || (inherits && plan.strategy !== 'breakpoint' && plan.tagLeft !== false);
}

/** Hits may be those of PoolHitTag: bare exceptions that kd resumes by itself. */
export function hitsByTag(plan: Plan, ours: OursState): boolean {
  if (ours.catching !== undefined) return ours.catching === 'pool-hit-tag';
  return mayHoldTag(plan, ours) || (plan.joined && plan.strategy !== 'breakpoint');
}
