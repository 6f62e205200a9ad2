import { rowValue, stackSums } from '../measure.js';
import type { Measure } from '../model.js';
import type { ReportCaller, ReportDriver, ReportStack, ReportSums } from '../row-model.js';

/** The stacks of a report, and those of them that a program in user mode has asked for. */
export interface Rows {
  readonly stacks: readonly ReportStack[];
  readonly userMode: ReadonlySet<ReportStack>;
}

type Sums = { -readonly [Key in keyof ReportSums]: ReportSums[Key] };

const NONE: readonly string[] = [];

/** What all stacks add up to. */
export function totalsOf(stacks: readonly ReportStack[]) {
  const add = (of: (stack: ReportStack) => number): number => stacks.reduce((sum, stack) => sum + of(stack), 0);
  return {
    allocations: add((stack) => stackSums(stack).allocations),
    frees: add((stack) => stackSums(stack).frees),
    ambiguous: add((stack) => (stack.operation === 'pool' ? stackSums(stack).allocations : 0)),
    repeats: add(({ repeats }) => repeats),
    cut: add(({ cut }) => cut),
    uncertain: add(({ doubt, count }) => (doubt ? count : 0)),
    crashes: add(({ crash, count }) => (crash ? count : 0)),
    injected: add(({ frames, count }) => (frames.some(({ mark }) => mark === 'injected') ? count : 0)),
    frames: add(
      ({ frames, count, merged }) => merged?.frames ?? count * frames.filter(({ mark }) => mark === undefined).length,
    ),
    bytes: add(({ bytes }) => bytes),
    sized: add(({ sized }) => sized),
  };
}

/** The drivers, most of the measure first, each with its callers. */
export function driversOf({ stacks, userMode }: Rows, measure: Measure): ReportDriver[] {
  return grouped(stacks, ({ driver }) => driver, measure).map(({ key, of, sums }) => ({
    name: key,
    ...sums,
    userMode: of.every((stack) => userMode.has(stack)),
    through: waysOf(of),
    callers: callersWithin(of, measure),
  }));
}

/** The callers of one driver. A hundred thousand drivers with one stack each are not sorted one by one. */
function callersWithin(stacks: readonly ReportStack[], measure: Measure): ReportDriver['callers'] {
  const groups = stacks.length === 1 ? stacks.map(groupOf) : grouped(stacks, ({ caller }) => caller, measure);
  return groups.map(({ key, of, sums }) => ({
    name: key,
    hits: sums.hits,
    count: rowValue(sums, measure),
    through: waysOf(of),
  }));
}

function groupOf(stack: ReportStack): Group {
  return { key: stack.caller, of: [stack], sums: stackSums(stack) };
}

/** The callers, most of the measure first. */
export function callersOf({ stacks }: Rows, measure: Measure): ReportCaller[] {
  return grouped(stacks, ({ caller }) => caller, measure).map(({ key, of, sums }) => {
    const [first] = of;
    const driver = first && of.every((stack) => stack.driver === first.driver) ? first.driver : null;
    return { name: key, driver, through: waysOf(of), ...sums };
  });
}

/** The modules of the wrappers that stacks go through, each once. */
function waysOf(stacks: readonly ReportStack[]): readonly string[] {
  return stacks.every(({ through }) => through.length === 0)
    ? NONE
    : modulesOf(stacks.flatMap(({ through }) => through));
}

/** The modules of functions, each once: `Wdf01000` of `Wdf01000!imp_WdfMemoryCreate`. */
export function modulesOf(functions: readonly string[]): string[] {
  return [...new Set(functions.map((name) => name.replace(/[!+].*$/, '')))];
}

interface Group {
  readonly key: string;
  readonly of: ReportStack[];
  readonly sums: Sums;
}

function grouped(stacks: readonly ReportStack[], keyOf: (stack: ReportStack) => string, measure: Measure): Group[] {
  const groups = new Map<string, Group>();
  for (const stack of stacks) {
    const key = keyOf(stack);
    const group = groups.get(key);
    if (group) {
      group.of.push(stack);
      addTo(group.sums, stackSums(stack));
    } else groups.set(key, { key, of: [stack], sums: stackSums(stack) });
  }
  const value = ({ sums }: Group): number => rowValue(sums, measure);
  return [...groups.values()].sort(
    (a, b) => value(b) - value(a) || b.sums.hits - a.sums.hits || (a.key < b.key ? -1 : 1),
  );
}

function addTo(sums: Sums, { hits, allocations, frees, bytes, sized, outstanding }: ReportSums): void {
  sums.hits += hits;
  sums.allocations += allocations;
  sums.frees += frees;
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
