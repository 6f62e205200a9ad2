import type { TagUse } from '../../kd-text/pool/tag-use.js';

/** What shows that the target was restarted between two tables. */
export type RestartSign = 'log' | 'uptime' | 'counters' | 'sums';

/** One of two tables. */
export interface RestartSide {
  readonly uptime?: number | undefined;
  readonly at?: number | undefined;
  use(key: string): TagUse | undefined;
}

/** So many tags must be in both tables before their numbers can tell. */
const ENOUGH = 3;
const ENOUGH_SUMS = 10;
/** Clocks are set, and times are typed a moment apart. */
const CLOCK_MS = 10 * 60_000;
/** `GetTickCount` begins again after so many milliseconds. */
const TICKS = 2 ** 32;

/**
 * Whether the target was restarted between two tables. Counters of allocations only rise while it runs; a table without them
 * shows it where nearly every tag has less, and all together less than half.
 */
export function findRestart(
  before: RestartSide,
  after: RestartSide,
  uses: Iterable<readonly [string, TagUse]>,
): RestartSign | undefined {
  if (before.uptime !== undefined && after.uptime !== undefined) {
    const passed = before.at !== undefined && after.at !== undefined ? after.at - before.at : undefined;
    const missing = passed === undefined ? Number.NaN : (before.uptime + passed - after.uptime) % TICKS;
    if (Math.min(Math.abs(missing), TICKS - Math.abs(missing)) < CLOCK_MS) return undefined;
    // It has been running for less than before, or than what has passed.
    return after.uptime < before.uptime || (passed ?? 0) > after.uptime + CLOCK_MS ? 'uptime' : undefined;
  }
  let counted = 0;
  let lower = 0;
  let shared = 0;
  let less = 0;
  let bytesBefore = 0;
  let bytesAfter = 0;
  for (const [key, use] of uses) {
    const earlier = before.use(key);
    if (!earlier) continue;
    if (earlier.allocs !== undefined && use.allocs !== undefined) {
      counted++;
      if (use.allocs < earlier.allocs) lower++;
    }
    shared++;
    if (use.bytes < earlier.bytes) less++;
    bytesBefore += earlier.bytes;
    bytesAfter += use.bytes;
  }
  if (counted >= ENOUGH) return lower * 2 > counted ? 'counters' : undefined;
  return shared >= ENOUGH_SUMS && less >= shared * 0.8 && bytesAfter * 2 < bytesBefore ? 'sums' : undefined;
}
