import { rowValue } from './measure.js';
import type { Measure, ReportCaller, ReportDriver, ReportStack, ReportSums } from './model.js';

/** A stack with what only the building of the report needs. */
export interface Row extends ReportStack {
  readonly userMode: boolean;
  readonly sums: {
    readonly hits: number;
    readonly allocations: number;
    readonly frees: number;
    readonly ambiguous: number;
  };
}

type Sums = { -readonly [Key in keyof ReportSums]: ReportSums[Key] };

/** What all stacks add up to. */
export function totalsOf(rows: readonly Row[]) {
  const add = (of: (row: Row) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  return {
    allocations: add((row) => row.sums.allocations),
    frees: add((row) => row.sums.frees),
    ambiguous: add((row) => row.sums.ambiguous),
    repeats: add((row) => row.repeats),
    cut: add((row) => row.cut),
    uncertain: add((row) => (row.doubt ? row.count : 0)),
    crashes: add((row) => (row.crash ? row.count : 0)),
    injected: add((row) => (row.frames.some(({ mark }) => mark === 'injected') ? row.count : 0)),
    frames: add((row) => row.count * row.frames.filter(({ mark }) => mark === undefined).length),
    bytes: add((row) => row.bytes),
    sized: add((row) => row.sized),
  };
}

/** The drivers, most of the measure first, each with its callers. */
export function driversOf(rows: readonly Row[], measure: Measure): ReportDriver[] {
  return grouped(rows, ({ driver }) => driver, measure).map(({ key, of, sums }) => ({
    name: key,
    ...sums,
    userMode: of.every((row) => row.userMode),
    through: waysOf(of),
    callers: grouped(of, ({ caller }) => caller, measure).map(({ key, of, sums }) => ({
      name: key,
      hits: sums.hits,
      count: rowValue(sums, measure),
      through: waysOf(of),
    })),
  }));
}

/** The callers, most of the measure first. */
export function callersOf(rows: readonly Row[], measure: Measure): ReportCaller[] {
  return grouped(rows, ({ caller }) => caller, measure).map(({ key, of, sums }) => {
    const drivers = new Set(of.map(({ driver }) => driver));
    const driver = drivers.size === 1 ? (of[0]?.driver ?? null) : null;
    return { name: key, driver, through: waysOf(of), ...sums };
  });
}

/** The modules of the wrappers that rows go through, each once. */
function waysOf(rows: readonly Row[]): string[] {
  return modulesOf(rows.flatMap(({ through }) => through));
}

/** The modules of functions, each once: `Wdf01000` of `Wdf01000!imp_WdfMemoryCreate`. */
export function modulesOf(functions: readonly string[]): string[] {
  return [...new Set(functions.map((name) => name.replace(/[!+].*$/, '')))];
}

function grouped(rows: readonly Row[], keyOf: (row: Row) => string, measure: Measure) {
  const groups = new Map<string, { key: string; of: Row[]; sums: Sums }>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key) ?? { key, of: [], sums: nothing() };
    groups.set(key, group);
    group.of.push(row);
    addTo(group.sums, row);
  }
  const value = ({ sums }: { readonly sums: Sums }): number => rowValue(sums, measure);
  return [...groups.values()].sort(
    (a, b) => value(b) - value(a) || b.sums.hits - a.sums.hits || (a.key < b.key ? -1 : 1),
  );
}

function nothing(): Sums {
  return { hits: 0, allocations: 0, frees: 0, bytes: 0, sized: 0, outstanding: null };
}

function addTo(sums: Sums, { sums: own, bytes, sized, outstanding }: Row): void {
  sums.hits += own.hits;
  sums.allocations += own.allocations;
  sums.frees += own.frees;
  sums.bytes += bytes;
  sums.sized += sized;
  if (!outstanding) return;
  const before = sums.outstanding ?? { count: 0, bytes: 0, sized: 0 };
  sums.outstanding = {
    count: before.count + outstanding.count,
    bytes: before.bytes + outstanding.bytes,
    sized: before.sized + outstanding.sized,
  };
}
