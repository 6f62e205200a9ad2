import type { BreakInWay } from '../../debugger/break-in-ways.js';
import type { HaltBudget } from './halt-budget.js';

// What the operator has decided beforehand. It does not change while a session runs.

/** What a session is for. `collect` arms and collects; `release` frees a target and leaves; */
export type Goal = 'collect' | 'release';

/** When the first break-in is sent. It is always the operator's: a key, or an order given on the command line. */
export type BreakMode =
  | { readonly when: 'enter' }
  | { readonly when: 'connected' }
  /** Without waiting for the connection: a running target on a serial line says nothing until it is broken into. */
  | { readonly when: 'now' }
  | { readonly when: 'after'; readonly ms: number };

/** How hits are caught. */
export type Catching = 'breakpoint' | 'pool-hit-tag';

/** `auto`: by a breakpoint where the kernel has one of the functions for it, and by PoolHitTag where it has none of them. */
export type Strategy = 'auto' | Catching;

/** Microsoft's kd knows only the kernel of a target that it has not seen boot, until it reads the module list. */
export interface ModuleReading {
  /** Whether it may be read while the target stands. */
  readonly reload: boolean;
  /** What that costs, both ways. */
  readonly bytes: number;
  readonly ms: number;
}

/** Everything the operator decided beforehand; the state machine takes it as given. Times are milliseconds. */
export interface Plan {
  readonly goal: Goal;
  readonly strategy: Strategy;
  readonly tag: { readonly text: string; readonly value: number };
  /** Breakpoint locations in order of preference; the first that `x` finds is taken. */
  readonly candidates: readonly string[];
  /** Given with `--at`: taken as it is, any expression that kd's `bp` understands. */
  readonly at?: string;
  /** Command string of the breakpoint, without quotes; what it is where `detail` cannot be had. */
  readonly commandString: string;
  /** Patterns of functions that allocate for others, besides the known ones. */
  readonly wrappers?: readonly string[];
  /** What kd shows besides the stack: what was asked for; that, what came of it, and what is freed. */
  readonly detail?: 'sizes' | 'frees';
  readonly breakMode: BreakMode;
  readonly ladder: readonly BreakInWay[];
  /** How long a target that has connected anew is left alone, ms: a break-in that meets the loading of its modules is lost. */
  readonly listenMs: number;
  /** No prompt for so long after `g`: the target runs, ms. kd may leave then, and must have sent its Continue by then. */
  readonly confirmMs: number;
  /** A break-in that was sent to a target that stood still stops it, if at all, within this time after the next resume, ms. */
  readonly lateBreakMs: number;
  /** How long kd may be printing the last hit of a burst that has ended by itself, ms: a break-in would cut it. */
  readonly lastHitMs: number;
  /** While hits come, a break-in is sent at the first bytes of a stack: kd does not hear one before the line is silent. */
  readonly breaksAtHits: boolean;
  /** Whether kd frees its target when it leaves, and its end says whether it did: the built-in one. */
  readonly vouches: boolean;
  /** How long a break-in may take to be proved before the next way is tried. */
  readonly breakWaitMs: number;
  readonly haltLimitMs: number;
  /** How long it takes to list the kernel's pool functions on this line, which sizes under PoolHitTag need, ms; absent: no time. */
  readonly listingMs?: number;
  readonly onStop: 'hold' | 'resume';
  readonly maxHits?: number;
  /** Hits are collected in bursts, with pauses in which nothing is set: every burst is the operator's order, given beforehand. */
  readonly bursts?: HaltBudget;
  /** The target may stand so long in all, hits included, ms. */
  readonly maxHaltMs?: number;
  /** What kd has to be told of the target's modules; absent for a kd that knows them by itself. */
  readonly modules?: ModuleReading;
  readonly forMs?: number;
  /** How long to wait for the target to connect; absent: for ever. */
  readonly waitMs?: number;
  /** Whether kd is a client of somebody's debugging server, whose state has to be found out first. */
  readonly joined: boolean;
  /** A target that stands at a bug check is let go: it writes its dump and restarts. Only a person orders that. */
  readonly finishesCrash?: boolean;
  /** The target is known to stand at this bug check: the session that is rescued has seen it. */
  readonly crashed?: string;
  /** Whether the session that is rescued may have left its tag in PoolHitTag; absent where that is not known. */
  readonly tagLeft?: boolean;
  /** The server that is joined belongs to a session of this host that was lost: what is set there is ours. */
  readonly takesOver?: boolean;
}

/**
 * Where Windows allocates from special pool. `MmAllocateSpecialPool` from NT 4 to Windows 10 1809; 1903 and later
 * allocate through the segment heap. Which of them a target has is asked of its symbols, never of its version.
 */
export const BREAKPOINT_CANDIDATES = ['nt!MmAllocateSpecialPool', 'nt!ExAllocateHeapSpecialPool'] as const;

/** `;kb;g`: a stack of every hit, and on. */
export const DEFAULT_COMMAND_STRING = ';kb;g';
