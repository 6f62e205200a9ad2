import type { HitReader } from '../stacks/hit-reader.js';
import type { TableFrame } from '../stacks/stack-table.js';
import type { UnreadLine } from '../stacks/unread.js';

/** A driver or caller. `bytes` is what its hits asked for, over the hits whose arguments told (`sized`). */
export interface ReportName {
  readonly name: string;
  readonly hits: number;
  readonly bytes: number;
  readonly sized: number;
}

export interface ReportDriver extends ReportName {
  /** The module runs in user mode: its program asked, the kernel allocated. */
  readonly userMode: boolean;
  /** Its callers, most hits first. */
  readonly callers: readonly { readonly name: string; readonly hits: number }[];
}

export interface ReportStack {
  readonly count: number;
  readonly driver: string;
  readonly caller: string;
  readonly bytes: number;
  readonly sized: number;
  /** Innermost first. */
  readonly frames: readonly TableFrame[];
}

/** Everything that is known of a log, most hits first throughout. The JSON form is this object, as it is. */
export interface Report {
  readonly v: 1;
  readonly hits: number;
  /** Frames read, over all hits. */
  readonly frames: number;
  readonly stacks: readonly ReportStack[];
  readonly drivers: readonly ReportDriver[];
  readonly callers: readonly ReportName[];
  /** Call sites without a symbol, with the number of hits that pass them. */
  readonly unresolved: readonly { readonly text: string; readonly hits: number }[];
  /** Tags that arguments showed. */
  readonly tags: readonly { readonly tag: string; readonly value: string; readonly hits: number }[];
  /** Bytes asked for; null where no argument told. On x64 kd prints home slots, which are not always the arguments. */
  readonly bytes: { readonly total: number; readonly hits: number; readonly from: 'arguments' | 'home-slots' } | null;
  readonly unread: readonly UnreadLine[];
  /** All lines that could not be read; `unread` lists the first thousand. */
  readonly unreadTotal: number;
  readonly read: {
    readonly bytes: number;
    readonly lines: number;
    /** Headers that no frame followed. */
    readonly emptyStacks: number;
    readonly endsMidLine: boolean;
  };
}

/** Builds the report of a reader that has come to its end. */
export function buildReport(reader: HitReader): Report {
  const stacks = reader.table.stacks().map(({ count, bytes, sized, frames, node }) => {
    const { driver, caller, userMode } = reader.standings.of(node);
    return { count, driver, caller, userMode, bytes, sized, frames };
  });
  const sized = stacks.reduce((sum, stack) => sum + stack.sized, 0);
  const total = stacks.reduce((sum, stack) => sum + stack.bytes, 0);
  return {
    v: 1,
    hits: reader.hits,
    frames: reader.frames,
    stacks: stacks.map(({ userMode, ...stack }) => stack),
    drivers: sumBy(stacks, 'driver').map(({ name, of, ...sums }) => ({
      name,
      ...sums,
      userMode: of.every((stack) => stack.userMode),
      callers: sumBy(of, 'caller').map(({ name, hits }) => ({ name, hits })),
    })),
    callers: sumBy(stacks, 'caller').map(({ of, ...sums }) => sums),
    unresolved: unresolved(stacks),
    tags: [...reader.tags].sort((a, b) => b[1] - a[1]).map(([value, hits]) => ({ ...tagOf(value), hits })),
    bytes: sized === 0 ? null : { total, hits: sized, from: reader.wideSizes ? 'home-slots' : 'arguments' },
    unread: reader.unread.lines,
    unreadTotal: reader.unread.total,
    read: { bytes: reader.bytes, lines: reader.lines, emptyStacks: reader.emptyStacks, endsMidLine: reader.cutOff },
  };
}

function sumBy<Stack extends ReportStack>(stacks: readonly Stack[], key: 'driver' | 'caller') {
  const sums = new Map<string, { name: string; hits: number; bytes: number; sized: number; of: Stack[] }>();
  for (const stack of stacks) {
    const name = stack[key];
    const sum = sums.get(name) ?? { name, hits: 0, bytes: 0, sized: 0, of: [] };
    sum.hits += stack.count;
    sum.bytes += stack.bytes;
    sum.sized += stack.sized;
    sum.of.push(stack);
    sums.set(name, sum);
  }
  return [...sums.values()].sort((a, b) => b.hits - a.hits || (a.name < b.name ? -1 : 1));
}

function unresolved(stacks: readonly ReportStack[]): { text: string; hits: number }[] {
  const hits = new Map<string, number>();
  for (const { frames, count } of stacks) {
    const texts = new Set(frames.filter((frame) => frame.symbol === null).map((frame) => frame.text));
    for (const text of texts) hits.set(text, (hits.get(text) ?? 0) + count);
  }
  return [...hits]
    .map(([text, hits]) => ({ text, hits }))
    .sort((a, b) => b.hits - a.hits || (a.text < b.text ? -1 : 1));
}

/** A tag's four characters in memory order; zero bytes, with which C pads, as `\\0`. */
function tagOf(value: number): { tag: string; value: string } {
  const bytes = [0, 8, 16, 24].map((shift) => (value >>> shift) & 0x7f);
  const tag = bytes.map((byte) => (byte === 0 ? '\\0' : String.fromCharCode(byte))).join('');
  return { tag, value: `0x${value.toString(16).padStart(8, '0')}` };
}
