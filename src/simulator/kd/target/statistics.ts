/** Something that must not happen to a target. */
export interface Violation {
  readonly kind: 'exit-halted' | 'left-armed' | 'unanswered' | 'killed-halted' | 'killed-armed';
  readonly text: string;
  /** Milliseconds since the books were opened. */
  readonly at_ms: number;
}

/** One time that the target stood still in front of a prompt; hits that resume by themselves are only summed up. */
export interface Halt {
  readonly reason: string;
  ms: number;
  link_ms: number;
  commands: number;
}

/** What a halted target shows to whoever connects. */
export type HaltReason = 'break' | 'hit' | 'pool-hit' | 'int3' | 'assertion' | 'bug-check' | 'orphan';

export interface SimulatedTargetBooks {
  state: 'running' | 'halted' | 'waiting-boot';
  /** Breakpoints that sit in the target's memory whenever it runs. */
  breakpoints: number;
  pool_hit_tag: number;
  /** A bug check has ended this boot: nothing but a reboot gets the target running. */
  dead: boolean;
  /** The cable is out: nobody can do anything about the target from here. */
  unreachable: boolean;
}

/** The books on one simulated target; they go on from one simulated kd to the next. */
export interface Books {
  scenario: string;
  opened_at: string;
  halted_ms: number;
  /** The part of `halted_ms` that the simulated link itself cost. */
  link_ms: number;
  /** The part of `halted_ms` in hits that resumed by themselves. */
  hit_halted_ms: number;
  /** How often somebody asked for a break-in, whatever came of it. */
  presses: number;
  breaks: number;
  breaks_swallowed: number;
  hits: number;
  /** Hits per first driver of the stack: what a report has to find. */
  hits_by_driver: Record<string, number>;
  commands: number;
  command_log: string[];
  bytes_out: number;
  halts: Halt[];
  violations: Violation[];
  target: SimulatedTargetBooks;
  kd: { pid: number; ended: boolean; how: string | null };
  ended: boolean;
  /** What a successor needs to find the same target again. */
  carried: { stop: HaltReason | null; stop_at: string | null; planted: string[]; fired: Record<string, number> };
}

export function emptyBooks(scenario: string, openedAt: string): Books {
  return {
    scenario,
    opened_at: openedAt,
    halted_ms: 0,
    link_ms: 0,
    hit_halted_ms: 0,
    presses: 0,
    breaks: 0,
    breaks_swallowed: 0,
    hits: 0,
    hits_by_driver: {},
    commands: 0,
    command_log: [],
    bytes_out: 0,
    halts: [],
    violations: [],
    target: { state: 'waiting-boot', breakpoints: 0, pool_hit_tag: 0, dead: false, unreachable: false },
    kd: { pid: 0, ended: false, how: null },
    ended: false,
    carried: { stop: null, stop_at: null, planted: [], fired: {} },
  };
}

/** True when code in the target would run into a debugger that is not there. */
export function isArmed(target: SimulatedTargetBooks): boolean {
  return target.breakpoints > 0 || target.pool_hit_tag !== 0;
}

/**
 * What a kd that ends by itself leaves wrong. A dead or unreachable target excuses: nobody could have done better.
 * @param answered whether anybody typed a command since the target stopped
 */
export function violationsAtExit(books: Books, how: string, answered: boolean, atMs: number): Violation[] {
  const { target } = books;
  if (target.dead || target.unreachable) return [];
  const found: Violation[] = [];
  const add = (kind: Violation['kind'], text: string): number => found.push({ kind, text, at_ms: Math.round(atMs) });
  if (target.state === 'halted') {
    add('exit-halted', `kd ended (${how}) while the target stood still`);
    if (!answered) add('unanswered', 'the target stopped, and no command was typed until kd ended');
  } else if (target.state === 'running' && isArmed(target)) {
    add('left-armed', `kd ended (${how}) and left ${leftIn(target)} in a running target`);
  }
  return found;
}

/** What a successor finds wrong about a kd that somebody killed. */
export function violationOfKilled(books: Books, atMs: number): Violation | undefined {
  const { target } = books;
  if (target.dead || target.unreachable) return undefined;
  const at_ms = Math.round(atMs);
  if (target.state === 'halted')
    return { kind: 'killed-halted', text: 'kd was killed while the target stood still', at_ms };
  if (target.state !== 'running' || !isArmed(target)) return undefined;
  return { kind: 'killed-armed', text: `kd was killed and left ${leftIn(target)} in a running target`, at_ms };
}

function leftIn(target: SimulatedTargetBooks): string {
  const left = target.breakpoints > 0 ? [`${target.breakpoints} breakpoint(s)`] : [];
  return [...left, ...(target.pool_hit_tag === 0 ? [] : ['a PoolHitTag'])].join(' and ');
}
