import type { Measure, Report, ReportLog, ReportOutstanding, ReportStop, ReportTag } from '../../src/report/model.js';
import type { ReportStack, ReportSums } from '../../src/report/row-model.js';
import type { Operation } from '../../src/stacks/attribute/operation.js';
import type { TableFrame } from '../../src/stacks/stack-table.js';

/** What a sample says of one distinct stack; the rest of the report is added up from these. */
export interface StackSpec {
  /** Innermost first, as kd prints call sites. */
  readonly frames: readonly string[];
  readonly driver: string;
  readonly caller: string;
  readonly count: number;
  readonly operation?: Operation;
  readonly repeats?: number;
  /** Of each hit; left out where the log does not tell. */
  readonly size?: number;
  readonly outstanding?: number;
  readonly userMode?: boolean;
  readonly log?: number;
}

export interface ReportSpec {
  readonly stacks: readonly StackSpec[];
  readonly tags?: readonly ReportTag[];
  readonly stops?: readonly ReportStop[];
  readonly outstanding?: ReportOutstanding;
  readonly logs?: readonly Partial<ReportLog>[];
  readonly processors?: Report['processors'];
  readonly over?: Report['over'];
  readonly unread?: Report['unread'];
  readonly unreadTotal?: number;
}

export const DDK: ReportTag = { tag: 'Ddk ', value: '0x206b6444', hits: 0, owner: null };

export function frameOf(text: string): TableFrame {
  const found = /^([^!+]+)(?:!(.*?))?(?:\+0x([0-9a-f]+))?$/s.exec(text);
  if (!found || text.startsWith('0x')) return { text, module: null, symbol: null, offset: null };
  const [, module = '', symbol, offset] = found;
  return { text, module, symbol: symbol ?? null, offset: offset === undefined ? null : Number.parseInt(offset, 16) };
}

/** Adds up a whole report: what holds between the parts of a report that was read holds here, too. */
export function reportOf(spec: ReportSpec): Report {
  const withOutstanding = spec.outstanding !== undefined;
  const allocates = spec.stacks.some(
    ({ operation = 'allocation' }) => operation === 'allocation' || operation === 'pool',
  );
  const measure: Measure = withOutstanding ? 'outstanding' : allocates ? 'allocations' : 'hits';
  const rows = spec.stacks
    .map((stack, index) => ({ stack, sums: sumsOf(stack, withOutstanding), index }))
    .sort((a, b) => weigh(b.sums, measure) - weigh(a.sums, measure) || a.index - b.index);
  const all = total(rows.map(({ sums }) => sums));
  const logs = logsOf(spec, all.hits);
  return {
    v: 1,
    hits: all.hits,
    frames: spec.stacks.reduce((sum, { count, frames }) => sum + count * frames.length, 0),
    measure,
    allocations: all.allocations,
    frees: all.frees,
    ambiguous: spec.stacks.reduce(
      (sum, { operation, count, repeats = 0 }) => sum + (operation === 'pool' ? count - repeats : 0),
      0,
    ),
    breakIns: 0,
    exportsOnly: [],
    cut: 0,
    uncertain: 0,
    crashes: 0,
    injected: 0,
    repeats: spec.stacks.reduce((sum, { repeats = 0 }) => sum + repeats, 0),
    stacks: rows.map(({ stack, sums, index }) => stackOf(stack, sums, index)),
    drivers: grouped(rows, ({ stack }) => stack.driver, measure).map(({ name, of, sums }) => ({
      name,
      ...sums,
      through: [],
      userMode: of.every(({ stack }) => stack.userMode === true),
      callers: grouped(of, ({ stack }) => stack.caller, measure).map((caller) => ({
        name: caller.name,
        hits: caller.sums.hits,
        count: weigh(caller.sums, measure),
        through: [],
      })),
    })),
    callers: grouped(rows, ({ stack }) => stack.caller, measure).map(({ name, of, sums }) => ({
      name,
      ...sums,
      driver: of[0]?.stack.driver ?? '',
      through: [],
    })),
    processors: spec.processors ?? [{ processor: null, hits: all.hits }],
    stops: spec.stops ?? [{ kind: 'breakpoint', breakpoint: 0, symbol: 'nt!MmAllocateSpecialPool', hits: all.hits }],
    over: spec.over ?? {
      axis: 'position',
      source: null,
      borders: [0, 4096],
      counts: [weigh(all, measure)],
      drivers: [],
    },
    outstanding: spec.outstanding ?? null,
    unresolved: unresolvedOf(spec.stacks),
    poolTypes: [],
    tags: (spec.tags ?? [DDK]).map((tag) => ({ ...tag, hits: tag.hits || all.hits })),
    bytes: all.sized === 0 ? null : { total: all.bytes, hits: all.sized, from: 'arguments' },
    unread: spec.unread ?? [],
    unreadTotal: spec.unreadTotal ?? spec.unread?.length ?? 0,
    logs,
    read: {
      bytes: logs.reduce((sum, { bytes }) => sum + bytes, 0),
      lines: logs.reduce((sum, { lines }) => sum + lines, 0),
      emptyStacks: logs.reduce((sum, { emptyStacks }) => sum + emptyStacks, 0),
      endsMidLine: logs.some(({ endsMidLine }) => endsMidLine),
    },
  };
}

interface Row {
  readonly stack: StackSpec;
  readonly sums: ReportSums;
  readonly index: number;
}

function weigh({ outstanding, allocations, hits }: ReportSums, measure: Measure): number {
  if (measure === 'outstanding') return outstanding?.count ?? 0;
  return measure === 'allocations' ? allocations : hits;
}

function sumsOf(stack: StackSpec, withOutstanding: boolean): ReportSums {
  const { count, repeats = 0, operation = 'allocation', size } = stack;
  const once = count - repeats;
  const allocations = operation === 'allocation' || operation === 'pool' ? once : 0;
  const sized = size === undefined || operation === 'free' ? 0 : once;
  const held = stack.outstanding ?? 0;
  return {
    hits: count,
    allocations,
    frees: operation === 'free' ? once : 0,
    bytes: sized * (size ?? 0),
    sized,
    outstanding: withOutstanding
      ? { count: held, bytes: held * (size ?? 0), sized: size === undefined ? 0 : held }
      : null,
  };
}

function total(of: readonly ReportSums[]): ReportSums {
  const sum = (pick: (sums: ReportSums) => number): number => of.reduce((all, sums) => all + pick(sums), 0);
  return {
    hits: sum(({ hits }) => hits),
    allocations: sum(({ allocations }) => allocations),
    frees: sum(({ frees }) => frees),
    bytes: sum(({ bytes }) => bytes),
    sized: sum(({ sized }) => sized),
    outstanding: of.some(({ outstanding }) => outstanding)
      ? {
          count: sum(({ outstanding }) => outstanding?.count ?? 0),
          bytes: sum(({ outstanding }) => outstanding?.bytes ?? 0),
          sized: sum(({ outstanding }) => outstanding?.sized ?? 0),
        }
      : null,
  };
}

function grouped(rows: readonly Row[], key: (row: Row) => string, measure: Measure) {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const name = key(row);
    const group = groups.get(name);
    if (group) group.push(row);
    else groups.set(name, [row]);
  }
  return [...groups]
    .map(([name, of]) => ({ name, of, sums: total(of.map(({ sums }) => sums)) }))
    .sort((a, b) => weigh(b.sums, measure) - weigh(a.sums, measure));
}

function stackOf(stack: StackSpec, sums: ReportSums, index: number): ReportStack {
  const log = stack.log ?? 0;
  return {
    count: stack.count,
    operation: stack.operation ?? 'allocation',
    repeats: stack.repeats ?? 0,
    cut: 0,
    driver: stack.driver,
    caller: stack.caller,
    through: [],
    crash: false,
    doubt: null,
    bytes: sums.bytes,
    sized: sums.sized,
    outstanding: sums.outstanding,
    frames: stack.frames.map(frameOf),
    oldest: sums.outstanding?.count ? { place: placeOf(log, index), at: null } : null,
    first: placeOf(log, index),
    last: { log, line: 120_012 + index * 14, offset: 4_000_400 + index * 700, length: 620 },
  };
}

function placeOf(log: number, index: number) {
  return { log, line: 12 + index * 14, offset: 400 + index * 700, length: 620 };
}

function unresolvedOf(stacks: readonly StackSpec[]): Report['unresolved'] {
  const hits = new Map<string, number>();
  for (const { frames, count } of stacks)
    for (const text of new Set(frames))
      if (frameOf(text).symbol === null) hits.set(text, (hits.get(text) ?? 0) + count);
  return [...hits].map(([text, hits]) => ({ text, hits })).sort((a, b) => b.hits - a.hits);
}

function logsOf({ logs = [{}], stacks }: ReportSpec, hits: number): ReportLog[] {
  return logs.map((log, index) => ({
    name: 'debug.log',
    hits:
      logs.length === 1 ? hits : stacks.reduce((sum, stack) => sum + ((stack.log ?? 0) === index ? stack.count : 0), 0),
    bytes: 4_321_000,
    lines: 81_234,
    emptyStacks: 0,
    endsMidLine: false,
    encoding: 'plain',
    targets: ['Windows Server 2003 Kernel Version 3790 (Service Pack 2) MP (2 procs) Free x86 compatible'],
    connections: 1,
    ...log,
  }));
}
