import type { FoundBurst } from '../../stacks/bursts.js';

/** A figure and how far the true one may lie from it, 95 times in 100: `value` ± `error`. */
export interface Estimate {
  readonly value: number;
  readonly error: number;
}

/** What a log tells that was collected in bursts, of all that happened meanwhile. */
export interface Sampling {
  readonly bursts: number;
  /** Hits that were let go before the first stack of each; 0 where each began with the first hit. */
  readonly passed: number;
  /** Allocations that were seen (hits, where the log tells of none). */
  readonly seen: number;
  /** Milliseconds that the target ran while hits were collected, stood, and ran with nothing set. */
  readonly ranMs: number;
  readonly stoodMs: number;
  readonly pausedMs: number;
  /** All allocations while the target ran; null where the times are not told. */
  readonly all: Estimate | null;
  /** Shares of them, 0 to 1, most first. */
  readonly drivers: readonly { readonly name: string; readonly share: Estimate }[];
}

/**
 * Estimates shares from bursts: each burst is one draw of a cluster, as allocations that come together belong together. So the error
 * comes from how much the bursts differ (ratio estimator), and is never less than that of as many single draws.
 * Source: W. G. Cochran, "Sampling Techniques", chapters 2, 6 and 9; E. B. Wilson 1927 for the least error.
 * @param driverOf the driver of a stack, by its number; undefined for one that does not count
 */
export function samplingOf(
  bursts: readonly FoundBurst[],
  driverOf: (stack: number) => string | undefined,
): Sampling | undefined {
  const clusters = bursts.filter(({ bursts: count }) => count > 0).map((burst) => clusterOf(burst, driverOf));
  const seen = sumOf(clusters, ({ size }) => size);
  if (clusters.length === 0 || seen === 0) return undefined;
  const names = new Set(clusters.flatMap(({ drivers }) => [...drivers.keys()]));
  const drivers = [...names]
    .map((name) => ({ name, share: shareOf(name, clusters, seen) }))
    .sort((a, b) => b.share.value - a.share.value || (a.name < b.name ? -1 : 1));
  const [ranMs, stoodMs, pausedMs] = (['ranMs', 'stoodMs', 'pausedMs'] as const).map((key) =>
    sumOf(bursts, (burst) => burst[key]),
  ) as [number, number, number];
  const [count, passed] = [sumOf(bursts, (burst) => burst.bursts), sumOf(bursts, (burst) => burst.passed)];
  return {
    bursts: count,
    passed,
    seen,
    ranMs,
    stoodMs,
    pausedMs,
    all: totalOf(clusters, stoodMs, ranMs + pausedMs),
    drivers,
  };
}

interface Cluster {
  readonly size: number;
  readonly drivers: ReadonlyMap<string, number>;
  readonly ranMs: number;
}

function clusterOf({ hits, ranMs }: FoundBurst, driverOf: (stack: number) => string | undefined): Cluster {
  const drivers = new Map<string, number>();
  let size = 0;
  for (const [stack, count] of hits) {
    const name = driverOf(stack);
    if (name === undefined) continue;
    size += count;
    drivers.set(name, (drivers.get(name) ?? 0) + count);
  }
  return { size, drivers, ranMs };
}

function shareOf(name: string, clusters: readonly Cluster[], seen: number): Estimate {
  const value = sumOf(clusters, ({ drivers }) => drivers.get(name) ?? 0) / seen;
  const spread = sumOf(clusters, ({ size, drivers }) => ((drivers.get(name) ?? 0) - value * size) ** 2);
  return { value, error: Math.min(1, Math.max(ratioError(spread, clusters.length, seen), leastError(value, seen))) };
}

/** Standstill is known to some percent: how long the target ran beside it is known only where that is about as much. */
const LEAST_RAN = 0.5;
const STOOD_ERROR = 0.05;

/** All allocations: as many a second as were seen while the target ran within bursts. */
function totalOf(all: readonly Cluster[], stoodMs: number, targetMs: number): Estimate | null {
  const clusters = all.filter(({ ranMs }) => ranMs > 0);
  const ran = sumOf(clusters, ({ ranMs }) => ranMs);
  const seen = sumOf(clusters, ({ size }) => size);
  if (clusters.length < 2 || ran < LEAST_RAN * stoodMs) return null;
  const rate = seen / ran;
  const spread = sumOf(clusters, ({ size, ranMs }) => (size - rate * ranMs) ** 2);
  const error = Math.max(ratioError(spread, clusters.length, ran), (rate * NORMAL) / Math.sqrt(Math.max(1, seen)));
  const clock = (rate * STOOD_ERROR * stoodMs) / ran;
  return { value: rate * targetMs, error: Math.hypot(error, clock) * targetMs };
}

/** Half the width of the 95 % interval of a ratio of sums over clusters. @param whole the sum that it is divided by */
function ratioError(squares: number, clusters: number, whole: number): number {
  if (clusters < 2) return Number.POSITIVE_INFINITY;
  const variance = (clusters * squares) / (clusters - 1) / whole ** 2;
  return quantile(clusters - 1) * Math.sqrt(variance);
}

/** Half the width of Wilson's interval for so many draws, as it reaches from `share` at its farther end. */
function leastError(share: number, draws: number): number {
  const z2 = NORMAL ** 2;
  const centre = (share + z2 / (2 * draws)) / (1 + z2 / draws);
  const half = (NORMAL / (1 + z2 / draws)) * Math.sqrt((share * (1 - share)) / draws + z2 / (4 * draws ** 2));
  return Math.abs(centre - share) + half;
}

/** Two-sided 95 % quantiles of the normal distribution, and of Student's for few degrees of freedom, from 1 on. */
const NORMAL = 1.96;
const STUDENT = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.2, 2.18, 2.16, 2.14, 2.13];

function quantile(freedom: number): number {
  // Beyond the table the expansion is right to 1 in 200.
  return STUDENT[freedom - 1] ?? NORMAL + 2.4 / freedom;
}

function sumOf<Item>(items: readonly Item[], of: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0);
}
