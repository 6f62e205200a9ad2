import type { Violation } from '../../kd/target/statistics.js';

/** Why a target stands still, as its books name it. */
export type StopKind =
  | 'break'
  | 'hit'
  /** A break of PoolHitTag. */
  | 'pool-hit'
  | 'step'
  | 'int3'
  | 'fault'
  | 'prompt'
  | 'load-symbols'
  | 'bug-check'
  | 'file-request'
  | 'orphan';

/** One time that the target stood still. Hits, steps and load-symbols stops are only summed up. */
export interface TargetHalt {
  readonly reason: StopKind;
  readonly at_ms: number;
  ms: number;
  requests: number;
}

/** The books on a simulated target: what happened to it, whoever was at the other end of the cable. */
export interface TargetBooks {
  about: string;
  opened_at: string;
  boots: number;
  halted_ms: number;
  /** The part of `halted_ms` in hits of either kind, steps and load-symbols stops. */
  brief_halted_ms: number;
  halts: TargetHalt[];
  stops: Partial<Record<StopKind, number>>;
  bytes_in: number;
  bytes_out: number;
  packets_in: number;
  packets_out: number;
  requests: number;
  requests_by_api: Record<string, number>;
  /** Break-ins that stopped the target. */
  breaks: number;
  /** Break-in bytes that nobody acted on. */
  breaks_swallowed: number;
  /** Stops at something that a debugger had injected, and at breaks of the PoolHitTag that it set. */
  hits: number;
  /** Hits per thread: addresses of the kernel's thread objects. */
  hits_by_thread: Record<string, number>;
  /** Allocations of the watched tag since boot. */
  allocations: number;
  /**
   * Allocations while a breakpoint was at the special pool routine, and allocations and frees of the tag in PoolHitTag, that no stop
   * told of.
   */
  hits_lost: number;
  bug_checks: string[];
  /** What a debugger damaged in the running code. */
  damages: string[];
  violations: Violation[];
  connections: number;
  target: {
    state: 'off' | 'booting' | 'running' | 'halted' | 'dead';
    stop: StopKind | null;
    /** Breakpoints of any kind that are in the target now. */
    breakpoints: number;
    /** What `nt!PoolHitTag` holds: allocations and frees of that tag break. */
    pool_hit_tag: number;
    connected: boolean;
    /** The cable is out. */
    unreachable: boolean;
  };
  ended: boolean;
}

export function emptyTargetBooks(about: string, openedAt: string): TargetBooks {
  return {
    about,
    opened_at: openedAt,
    boots: 0,
    halted_ms: 0,
    brief_halted_ms: 0,
    halts: [],
    stops: {},
    bytes_in: 0,
    bytes_out: 0,
    packets_in: 0,
    packets_out: 0,
    requests: 0,
    requests_by_api: {},
    breaks: 0,
    breaks_swallowed: 0,
    hits: 0,
    hits_by_thread: {},
    allocations: 0,
    hits_lost: 0,
    bug_checks: [],
    damages: [],
    violations: [],
    connections: 0,
    target: { state: 'off', stop: null, breakpoints: 0, pool_hit_tag: 0, connected: false, unreachable: false },
    ended: false,
  };
}

/** Stops that end by themselves when nobody answers; one that a debugger took and left does not, and lasts longer than this, ms. */
const PASSING: ReadonlySet<StopKind> = new Set(['load-symbols', 'file-request']);
const LASTING_MS = 30_000;

/**
 * What is wrong about a target that no debugger is connected to. A dead or unreachable one excuses: nobody could have done better.
 * @param stoodMs how long it has stood still
 */
export function violationOf({ target }: TargetBooks, atMs: number, stoodMs: number): Violation | undefined {
  if (target.connected || target.unreachable) return undefined;
  const at_ms = Math.round(atMs);
  const { state, stop, breakpoints, pool_hit_tag } = target;
  if (state === 'halted' && stop !== null && stop !== 'bug-check') {
    if (PASSING.has(stop) && stoodMs < LASTING_MS) return undefined;
    return { kind: 'exit-halted', text: `no debugger is connected, and the target stands still (${stop})`, at_ms };
  }
  if (state !== 'running' && state !== 'booting') return undefined;
  if (breakpoints === 0 && pool_hit_tag === 0) return undefined;
  const left = breakpoints > 0 ? `${breakpoints} breakpoint(s) are` : 'a PoolHitTag is';
  return {
    kind: 'left-armed',
    text: `no debugger is connected, and ${left} in the running target`,
    at_ms,
  };
}
