import type { Findings } from '../../stacks/findings.js';
import type { ReportTime } from '../model.js';

/** A log's counts by position, and what is known of the time at some positions. */
export interface TimedLog {
  readonly bytes: number;
  readonly positions: Findings['positions'];
  /** In the order of the log; milliseconds since 1970. */
  readonly times: readonly { readonly offset: number; readonly at: number }[];
  readonly source: 'kd' | 'events';
}

const BUCKETS = 60;
/** Counts that make a bucket worth having. */
const PER_BUCKET = 4;
/** So much of what was counted must lie between known times. */
const COVERED = 0.9;
const DRIVERS = 8;
export const OTHER_DRIVERS = '(others)';

/** A stretch of a log: where it lies on the axis, and what was counted in it, by driver. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** Counts over time if that is known for nearly all of every log, else over the bytes of the logs. */
export function overTime(logs: readonly TimedLog[], allocations: boolean): ReportTime {
  const clocks = logs.map((log) => clockOf(log, allocations));
  const byTime = logs.length > 0 && clocks.every((clock) => clock !== undefined);
  let before = 0;
  const stretches = logs.flatMap((log, i) => {
    const start = before;
    const clock = byTime ? clocks[i] : undefined;
    before += log.bytes;
    return stretchesOf(log, allocations, clock ?? ((offset) => start + offset));
  });
  const source = byTime ? (logs.every((log) => log.source === 'events') ? 'events' : 'kd') : null;
  if (stretches.length === 0) return { axis: 'position', source, borders: [0, before], counts: [0], drivers: [] };
  const from = Math.min(...stretches.map((stretch) => stretch.from));
  const to = Math.max(...stretches.map((stretch) => stretch.to));
  const total = sum(stretches.map(({ counts }) => sum([...counts.values()])));
  const buckets = Math.min(BUCKETS, Math.max(1, Math.ceil(total / PER_BUCKET)), byTime ? BUCKETS : stretches.length);
  const counts = spread(stretches, topOf(stretches), from, to, buckets);
  const borders = Array.from({ length: buckets + 1 }, (_, i) => Math.round(from + ((to - from) * i) / buckets));
  return {
    axis: byTime ? 'time' : 'position',
    source,
    borders: byTime ? borders.map((border) => new Date(border).toISOString()) : borders,
    counts: Array.from({ length: buckets }, (_, i) => sum([...counts.values()].map((row) => row[i] ?? 0))),
    drivers: [...counts].map(([name, counts]) => ({ name, counts })),
  };
}

/** When something happened at a place of a log, as an ISO time in UTC; null where that is not known. */
export type LogClock = (place: { readonly log: number; readonly offset: number }) => string | null;

export function clockOver(logs: readonly TimedLog[]): LogClock {
  const clocks = logs.map((log) => clockOf(log, true) ?? clockOf(log, false));
  return ({ log, offset }) => {
    const at = clocks[log]?.(offset);
    return at === undefined ? null : new Date(Math.round(at)).toISOString();
  };
}

/**
 * From a position to the time there: between two known times by its distance from both.
 * @returns undefined if too much was counted before the first known time or after the last
 */
function clockOf(log: TimedLog, allocations: boolean): ((offset: number) => number) | undefined {
  const known = ascending(log.times);
  const first = known[0];
  const last = known.at(-1);
  if (!first || !last || last.at <= first.at || last.offset <= first.offset) return undefined;
  const stretches = stretchesOf(log, allocations, (offset) => offset);
  const total = sum(stretches.map(({ counts }) => sum([...counts.values()])));
  const inside = stretches.filter(({ from, to }) => to > first.offset && from <= last.offset);
  if (sum(inside.map(({ counts }) => sum([...counts.values()]))) < total * COVERED) return undefined;
  return (offset) => {
    const after = known.findIndex((time) => time.offset > offset);
    const right = after === -1 ? last : (known[after] ?? last);
    const left = after === -1 ? last : (known[after - 1] ?? first);
    if (right.offset === left.offset) return left.at;
    return left.at + ((offset - left.offset) / (right.offset - left.offset)) * (right.at - left.at);
  };
}

/** Without those that go back: a clock that was set, or a log that was appended to. */
function ascending(times: TimedLog['times']): TimedLog['times'] {
  let latest = Number.NEGATIVE_INFINITY;
  return times.filter(({ at }) => {
    if (at < latest) return false;
    latest = at;
    return true;
  });
}

function stretchesOf(log: TimedLog, allocations: boolean, place: (offset: number) => number): Stretch[] {
  const { width, drivers, counts } = log.positions;
  const stretches = Array.from({ length: Math.ceil(log.bytes / width) }, (_, i) => ({
    from: place(i * width),
    to: place(Math.min((i + 1) * width, log.bytes)),
    counts: new Map<string, number>(),
  }));
  for (const each of counts) {
    const count = allocations ? each.allocations : each.hits;
    if (count > 0) stretches[each.stretch]?.counts.set(drivers[each.driver] as string, count);
  }
  return stretches;
}

/** The drivers with most, most first. */
function topOf(stretches: readonly Stretch[]): string[] {
  const sums = new Map<string, number>();
  for (const { counts } of stretches) for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  const ranked = [...sums].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return ranked.length > DRIVERS ? [...ranked.slice(0, DRIVERS), OTHER_DRIVERS] : ranked;
}

/**
 * Shares every stretch among the buckets that it lies in; what is left of a count goes to its last, so that sums stay whole.
 * @param names the rows, the last one also for drivers that have none
 */
function spread(
  stretches: readonly Stretch[],
  names: readonly string[],
  from: number,
  to: number,
  buckets: number,
): Map<string, number[]> {
  const rows = new Map(names.map((name) => [name, new Array<number>(buckets).fill(0)]));
  const others = rows.get(OTHER_DRIVERS) ?? [];
  const bucketOf = (at: number): number =>
    to === from ? 0 : Math.min(buckets - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * buckets)));
  for (const stretch of stretches) {
    const first = bucketOf(stretch.from);
    const last = Math.max(first, bucketOf(stretch.to - (stretch.to - stretch.from) * 1e-9));
    for (const [name, count] of stretch.counts) {
      const row = rows.get(name) ?? others;
      const share = Math.floor(count / (last - first + 1));
      for (let i = first; i < last; i++) row[i] = (row[i] ?? 0) + share;
      row[last] = (row[last] ?? 0) + count - share * (last - first);
    }
  }
  return rows;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
