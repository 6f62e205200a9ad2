import { placeResolver } from '../../stacks/attribute/module-places.js';
import type { Wrappers } from '../../stacks/attribute/wrappers.js';
import type { Findings } from '../../stacks/findings.js';
import { FindingsSum } from '../../stacks/findings-sum.js';
import { sumKnownStacks } from '../../stacks/known-stacks.js';
import type { TableFrame } from '../../stacks/stack-table.js';
import { stackValue } from '../measure.js';
import type { Measure, Report, ReportLog, ReportTag } from '../model.js';
import type { ReportPool } from '../pool/model.js';
import type { ReportStack } from '../row-model.js';
import type { PoolTags } from './pool-tags.js';
import { poolTypesOf } from './pool-types.js';
import { callersOf, driversOf, totalsOf } from './rows.js';
import { samplingOf } from './sampling.js';
import { stacksOf } from './stacks.js';
import { stopsOf } from './stops.js';
import { clockOver, overTime, type TimedLog } from './time.js';

/** One log that was read. */
export interface ReadLog {
  /** As it was named; `-` is standard input. */
  readonly name: string;
  readonly findings: Findings;
  /** What the events of its session say of the time. */
  readonly events?: TimedLog['times'];
}

/** What is known besides the logs. */
export interface Knowledge {
  /** Gives a call site without a symbol its name. */
  readonly resolve?: (frame: TableFrame) => TableFrame;
  readonly poolTags?: PoolTags;
  /** Modules, in lower case, whose functions `resolve` names although kd had only their exports. */
  readonly named?: ReadonlySet<string>;
  /** Images of modules that were at hand. */
  readonly images?: Report['images'];
  /** Wrappers besides the known ones. */
  readonly wrappers?: Wrappers;
}

/** Makes one report of one or several logs, in their order, and of what else they say of pool. */
export function buildReport(
  logs: readonly ReadLog[],
  knowledge: Knowledge = {},
  pool: ReportPool | null = null,
): Report {
  const { resolve, poolTags, named, wrappers, images } = knowledge;
  const findings = withNames(together(logs, resolve), named);
  const tracked = tracking(findings);
  const knownStacks = sumKnownStacks(findings.knownStacks);
  const rows = stacksOf(findings, tracked !== null, clockOver(timed(logs)), wrappers);
  const totals = totalsOf(rows.stacks);
  const measure = measureOf(totals.allocations, tracked);
  const sampling = samplingOf(findings.bursts, driversByStack(findings, rows.stacks, measure));
  const ranked = { ...rows, stacks: rankedBy(measure, rows.stacks) };
  return {
    v: 1,
    hits: findings.hits,
    breakIns: findings.breakIns,
    uncertain: totals.uncertain,
    crashes: totals.crashes,
    injected: totals.injected,
    cut: totals.cut,
    frames: totals.frames,
    measure,
    allocations: totals.allocations,
    frees: totals.frees,
    ambiguous: totals.ambiguous,
    repeats: totals.repeats,
    stacks: ranked.stacks,
    drivers: driversOf(ranked, measure),
    callers: callersOf(ranked, measure),
    processors: processorsOf(findings),
    stops: stopsOf(findings.stops),
    over: overTime(timed(logs), measure !== 'hits'),
    outstanding: tracked && { ...tracked, ...untracked(totals, tracked) },
    unresolved: unresolved(rows.stacks),
    exportsOnly: exportsOnly(findings, rows.stacks),
    ...(sampling && { sampling }),
    ...(knownStacks && { knownStacks }),
    ...(images && images.length > 0 && { images }),
    tags: tagsOf(findings, poolTags),
    poolTypes: poolTypesOf(findings.types),
    bytes: sizesOf(findings, totals),
    unread: findings.unread,
    unreadTotal: findings.unreadTotal,
    pool,
    logs: logs.map(logOf),
    read: {
      bytes: findings.bytes,
      lines: findings.lines,
      emptyStacks: findings.emptyStacks,
      endsMidLine: findings.cutOff,
    },
  };
}

/** The driver of a stack that counts for the measure, by the stack's number. */
function driversByStack({ bursts, stacks }: Findings, rows: readonly ReportStack[], measure: Measure) {
  if (bursts.length === 0) return () => undefined;
  const byPlace = new Map(rows.map((row) => [`${row.first.log}:${row.first.offset}`, row]));
  const drivers = stacks.map(({ first }) => byPlace.get(`${first.log}:${first.offset}`));
  return (stack: number): string | undefined => {
    const row = drivers[stack];
    return row && (measure === 'hits' || stackValue(row, 'allocations') > 0) ? row.driver : undefined;
  };
}

/** Outstanding allocations are the answer only where that is known of most of them. */
function measureOf(allocations: number, tracked: { readonly tracked: number; readonly count: number } | null): Measure {
  if (tracked && tracked.count > 0 && tracked.tracked * 2 >= allocations) return 'outstanding';
  return allocations > 0 ? 'allocations' : 'hits';
}

/** What has proper names is no module of guesses any more. */
function withNames(findings: Findings, named: ReadonlySet<string> = new Set()): Findings {
  const { places, exportsOnly } = findings.modules;
  if (named.size === 0) return findings;
  return {
    ...findings,
    modules: { places, exportsOnly: new Set([...exportsOnly].filter((name) => !named.has(name))) },
  };
}

function hasBareAddresses({ sites, modules }: Findings): boolean {
  return modules.places.length > 0 && sites.some(({ module }) => module === null);
}

/** One log, read as it stands, is what it is: adding it up would only cost time. */
function together(logs: readonly ReadLog[], resolve: Knowledge['resolve']): Findings {
  const [only] = logs;
  if (logs.length === 1 && only && !resolve && !hasBareAddresses(only.findings)) return only.findings;
  const sum = new FindingsSum();
  for (const [log, { findings }] of logs.entries()) {
    const place = placeResolver(findings.modules.places);
    sum.add(findings, { log, lines: 0 }, resolve ? (frame) => resolve(place(frame)) : place);
  }
  return sum.findings;
}

function rankedBy(measure: Measure, stacks: readonly ReportStack[]): ReportStack[] {
  return [...stacks].sort((a, b) => stackValue(b, measure) - stackValue(a, measure) || b.count - a.count);
}

/** What became of the allocations, if the log shows addresses of allocations and of frees. */
function tracking({ addresses, stacks, bursts }: Findings) {
  const { tracked, freed, reused, unmatchedFrees, live, watched, endedByReboot } = addresses;
  // What is freed between two bursts is not seen.
  if (bursts.length > 0) return null;
  if (tracked === 0 || (freed + unmatchedFrees === 0 && !watched) || stacks.length === 0) return null;
  const sizes = [...live.values()].map(({ bytes }) => bytes).filter((bytes) => bytes >= 0);
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { tracked, freed, count: live.size, bytes, sized: sizes.length, endedByReboot, unmatchedFrees, reused };
}

function untracked(
  { allocations, frees }: { readonly allocations: number; readonly frees: number },
  {
    tracked,
    freed,
    unmatchedFrees,
  }: { readonly tracked: number; readonly freed: number; readonly unmatchedFrees: number },
) {
  return {
    allocationsWithoutAddress: Math.max(0, allocations - tracked),
    freesWithoutAddress: Math.max(0, frees - freed - unmatchedFrees),
  };
}

function processorsOf({ processors }: Findings): Report['processors'] {
  return [...processors]
    .sort((a, b) => (a[0] < 0 ? 1 : b[0] < 0 ? -1 : a[0] - b[0]))
    .map(([processor, hits]) => ({ processor: processor < 0 ? null : processor, hits }));
}

function timed(logs: readonly ReadLog[]): TimedLog[] {
  return logs.map(({ findings, events = [] }) => ({
    bytes: findings.bytes,
    positions: findings.positions,
    times: events.length > 0 ? events : findings.times,
    source: events.length > 0 ? ('events' as const) : ('kd' as const),
  }));
}

function sizesOf(
  { sizesFrom, freedBytes, freedSized, bursts }: Findings,
  totals: ReturnType<typeof totalsOf>,
): Report['bytes'] {
  // The most doubtful source is the one to name.
  const from = (['home-slots', 'arguments', 'registers', 'printed'] as const).find((source) =>
    sizesFrom.includes(source),
  );
  if (totals.sized === 0 || !from) return null;
  const asked = { total: totals.bytes, hits: totals.sized, from };
  if (freedSized === 0) return asked;
  // What happens between two bursts is not seen.
  const all = totals.sized === totals.allocations && freedSized === totals.frees && bursts.length === 0;
  return {
    ...asked,
    freed: { total: freedBytes, hits: freedSized, outstanding: all ? totals.bytes - freedBytes : null },
  };
}

function unresolved(stacks: readonly ReportStack[]): { text: string; hits: number }[] {
  const hits = new Map<string, number>();
  for (const { frames, count } of stacks) {
    if (frames.every(isNamed)) continue;
    const texts = new Set(frames.filter((frame) => !isNamed(frame)).map(({ text }) => text));
    for (const text of texts) hits.set(text, (hits.get(text) ?? 0) + count);
  }
  return [...hits]
    .map(([text, hits]) => ({ text, hits }))
    .sort((a, b) => b.hits - a.hits || (a.text < b.text ? -1 : 1));
}

function isNamed({ symbol, mark }: TableFrame): boolean {
  return symbol !== null || mark !== undefined;
}

/** Modules whose names are the nearest export, with the hits whose stacks pass one of their named frames. */
function exportsOnly({ modules }: Findings, stacks: readonly ReportStack[]): { module: string; hits: number }[] {
  const hits = new Map<string, number>();
  if (modules.exportsOnly.size === 0) return [];
  for (const { frames, count } of stacks) {
    const named = frames.filter(
      ({ module, symbol }) => symbol !== null && modules.exportsOnly.has(module?.toLowerCase() ?? ''),
    );
    for (const module of new Set(named.map((frame) => frame.module as string)))
      hits.set(module, (hits.get(module) ?? 0) + count);
  }
  return [...hits]
    .map(([module, hits]) => ({ module, hits }))
    .sort((a, b) => b.hits - a.hits || (a.module < b.module ? -1 : 1));
}

function tagsOf({ tags }: Findings, poolTags: PoolTags | undefined): ReportTag[] {
  return [...tags]
    .sort((a, b) => b[1] - a[1])
    .map(([value, hits]) => {
      const bytes = [0, 8, 16, 24].map((shift) => (value >>> shift) & 0x7f);
      const tag = bytes.map((byte) => (byte === 0 ? '\\0' : String.fromCharCode(byte))).join('');
      const owner = poolTags?.find(bytes) ?? null;
      return { tag, value: `0x${value.toString(16).padStart(8, '0')}`, hits, owner };
    });
}

function logOf({ name, findings }: ReadLog): ReportLog {
  const { bytes, lines, hits, emptyStacks, cutOff, encoding, targets, connections } = findings;
  return { name, bytes, lines, hits, emptyStacks, endsMidLine: cutOff, encoding, targets, connections };
}
