import { nounOf, rowValue, stackValue, wholeBy } from './measure.js';
import type { Measure, Report } from './model.js';
import type { ReportPool } from './pool/model.js';
import type { ReportStack } from './row-model.js';
import { SEVERAL_DRIVERS } from './sections/rankings.js';

/** What two reports say of the same thing. */
export interface Change {
  readonly name: string;
  readonly driver: string;
  readonly before: number;
  readonly after: number;
  /** `after` less `before`. */
  readonly growth: number;
  /** Parts of all, from 0 to 1. */
  readonly shareBefore: number;
  readonly shareAfter: number;
  /** How much more there is than if it had grown as everything did; the same as `growth` unless the reports are normalised. */
  readonly excess: number;
  readonly state: 'new' | 'gone' | 'grown' | 'shrunk' | 'same';
}

export interface StackChange extends Change {
  /** Innermost first. */
  readonly frames: readonly string[];
}

export interface ComparedReport {
  readonly logs: readonly string[];
  readonly hits: number;
  /** Of the measure that is compared. */
  readonly whole: number;
}

/** What grew from one report to another; what grew most comes first. */
export interface Comparison {
  readonly v: 1;
  readonly measure: Measure;
  readonly noun: string;
  readonly before: ComparedReport;
  readonly after: ComparedReport;
  /** The wholes differ so much that numbers say more of how long was measured than of who grew: ranked by `excess`. */
  readonly normalised: boolean;
  readonly drivers: readonly Change[];
  readonly callers: readonly Change[];
  readonly stacks: readonly StackChange[];
  /** What grew from the last table of pool tags of one to the last of the other; null where one has none. */
  readonly pool: ReportPool | null;
}

/** Wholes that differ by more than this are made comparable. */
const ALIKE = 1.25;

/**
 * Compares two reports by the best measure that both have.
 * @param pool what grew by their tables of pool tags
 */
export function compareReports(before: Report, after: Report, pool: ReportPool | null = null): Comparison {
  const measure = commonMeasure(before, after);
  const wholes = { before: wholeBy(before, measure), after: wholeBy(after, measure) };
  const normalised = differ(wholes.before, wholes.after);
  const factor = normalised ? wholes.after / wholes.before : 1;
  const change = (entry: Entry): Change => changeOf(entry, wholes, factor);
  const value = (row: Parameters<typeof rowValue>[0]): number => rowValue(row, measure);
  // Stacks in one of the two alone show no growth; their tables may.
  const tablesAlone = pool !== null && (before.hits === 0 || after.hits === 0);
  const both = tablesAlone ? { before: nothingOf(before), after: nothingOf(after) } : { before, after };
  const named = (of: Report, rows: 'drivers' | 'callers') =>
    of[rows].map((row) => {
      const driver = 'driver' in row ? (row.driver ?? SEVERAL_DRIVERS) : row.name;
      return { key: row.name, name: row.name, driver, value: value(row) };
    });
  return {
    v: 1,
    measure,
    noun: nounOf({ ...after, measure }),
    before: { logs: before.logs.map(({ name }) => name), hits: before.hits, whole: wholes.before },
    after: { logs: after.logs.map(({ name }) => name), hits: after.hits, whole: wholes.after },
    normalised,
    drivers: ranked(joined(named(both.before, 'drivers'), named(both.after, 'drivers')).map(change)),
    callers: ranked(joined(named(both.before, 'callers'), named(both.after, 'callers')).map(change)),
    stacks: ranked(
      joined(stacksOf(both.before, measure), stacksOf(both.after, measure)).map((entry) => ({
        ...change(entry),
        frames: entry.frames ?? [],
      })),
    ),
    pool,
  };
}

function nothingOf(report: Report): Report {
  return { ...report, drivers: [], callers: [], stacks: [] };
}

interface Row {
  readonly key: string;
  readonly name: string;
  readonly driver: string;
  readonly value: number;
  readonly frames?: readonly string[];
}

interface Entry extends Omit<Row, 'value'> {
  readonly before: number;
  readonly after: number;
}

function commonMeasure(before: Report, after: Report): Measure {
  if (before.outstanding && after.outstanding) return 'outstanding';
  return before.allocations > 0 && after.allocations > 0 ? 'allocations' : 'hits';
}

function differ(before: number, after: number): boolean {
  return before > 0 && after > 0 && Math.max(before / after, after / before) > ALIKE;
}

function stacksOf({ stacks }: Report, measure: Measure): Row[] {
  return stacks.map((stack: ReportStack) => {
    const frames = stack.frames.map(({ text }) => text);
    return {
      key: frames.join('\n'),
      name: stack.caller,
      driver: stack.driver,
      value: stackValue(stack, measure),
      frames,
    };
  });
}

function joined(before: readonly Row[], after: readonly Row[]): Entry[] {
  const entries = new Map<string, { row: Row; before: number; after: number }>();
  const add = (rows: readonly Row[], side: 'before' | 'after'): void => {
    for (const row of rows) {
      const entry = entries.get(row.key) ?? { row, before: 0, after: 0 };
      entry[side] += row.value;
      entries.set(row.key, entry);
    }
  };
  add(after, 'after');
  add(before, 'before');
  return [...entries.values()]
    .filter((entry) => entry.before > 0 || entry.after > 0)
    .map(({ row, ...sums }) => ({ ...row, ...sums }));
}

function changeOf(
  { name, driver, before, after }: Entry,
  wholes: { before: number; after: number },
  factor: number,
): Change {
  return {
    name,
    driver,
    before,
    after,
    growth: after - before,
    shareBefore: wholes.before === 0 ? 0 : before / wholes.before,
    shareAfter: wholes.after === 0 ? 0 : after / wholes.after,
    excess: Math.round(after - before * factor),
    state: before === 0 ? 'new' : after === 0 ? 'gone' : after > before ? 'grown' : after < before ? 'shrunk' : 'same',
  };
}

function ranked<T extends Change>(changes: T[]): T[] {
  return changes.sort(
    (a, b) => b.excess - a.excess || b.growth - a.growth || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  );
}
