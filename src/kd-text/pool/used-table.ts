import { readQuantity } from './quantity.js';
import { type Pool, type TagUse, wholeTag } from './tag-use.js';

/** The columns that a table of `!poolused` has for each pool. */
export type UsedColumn = 'Allocs' | 'Frees' | 'Diff' | 'Used';

/** How a table of `!poolused` is laid out. */
export interface UsedLayout {
  /** In the order of the columns. */
  readonly pools: readonly Pool[];
  readonly columns: readonly UsedColumn[];
  /** Where the headings of all columns end, in characters of the line: numbers end there, too. Empty without a heading. */
  readonly ends: readonly number[];
}

const SHORT: readonly UsedColumn[] = ['Allocs', 'Used'];
const LONG: readonly UsedColumn[] = ['Allocs', 'Frees', 'Diff', 'Used'];
const BOTH: readonly Pool[] = ['nonpaged', 'paged'];

/** A tag of one to four characters at the front of a row that has lost blanks. */
const COPIED = [1, 2, 3, 4].map((length) => new RegExp(`^\\s*(\\S.{${length - 1}})(?=\\s+-?\\d)`));

/** Whether a line begins a table: ` Sorting by  Tag`, or `  Pool Used:`, which newer kds leave out. */
export function beginsUsedTable(line: string): boolean {
  return /^\s*(?:Sorting by +(?:Tag|(?:NonPaged|Paged|Session)\b.*)|Pool Used:)\s*$/i.test(line);
}

/** The line over the columns that names the pools: `   NonPaged     Paged`. */
export function poolsOfHeading(line: string): Pool[] | undefined {
  const words = /^\s*(NonPaged|Paged)(?:\s+(NonPaged|Paged))?\s*$/i.exec(line);
  return words?.slice(1).flatMap((word) => (word === undefined ? [] : [word.toLowerCase() as Pool]));
}

/** The line that names the columns: ` Tag    Allocs     Used    Allocs     Used`, or with `Frees` and `Diff` (`!poolused 1`). */
export function parseUsedHeading(line: string, named: readonly Pool[] = BOTH): UsedLayout | undefined {
  const text = line.trimEnd();
  const words = /^\s*Tag((?:\s+(?:Allocs|Frees|Diff|Used))+)$/.exec(text)?.[1]?.trim().split(/\s+/) as
    | UsedColumn[]
    | undefined;
  if (words === undefined) return undefined;
  const again = words.indexOf('Allocs', 1);
  const columns = again < 0 ? words : words.slice(0, again);
  const count = words.length / columns.length;
  if (!columns.includes('Used') || !Number.isInteger(count) || count > 2) return undefined;
  const ends = [...text.matchAll(/Allocs|Frees|Diff|Used/g)].map(({ index, 0: word }) => index + word.length);
  return { pools: named.slice(0, count), columns, ends };
}

/** Whether a line is the last of a table: `TOTAL      121   122944   …`. */
export function isUsedTotal(line: string): boolean {
  return /^\s*TOTAL\s+-?\d/.test(line);
}

/**
 * A row: ` Ddk         1       64         0        0`, with what kd has from its pooltag.txt right behind it.
 * @param layout what the heading said; without one, that of a table with as many numbers
 * @returns a use for each pool; undefined for any other line
 */
export function parseUsedRow(line: string, layout?: UsedLayout): TagUse[] | undefined {
  // With the blank in front that kd prints, and without it.
  for (const [form, from] of [
    [/^ .{4} +-?\d/, 1],
    [/^\S.{3} +-?\d/, 0],
  ] as const) {
    const uses = form.test(line) ? rowFrom(line, line.slice(from, from + 4), from + 4, layout) : undefined;
    if (uses) return uses;
  }
  // Copied from a page, a row lacks blanks: those in front, and those of its tag.
  for (const form of COPIED) {
    const [, tag] = form.exec(line) ?? [];
    if (tag === undefined || tag === 'Tag') continue;
    const uses = rowFrom(line, tag, line.indexOf(tag) + tag.length, layout);
    if (uses) return uses;
  }
  return undefined;
}

function rowFrom(line: string, tag: string, at: number, layout: UsedLayout | undefined): TagUse[] | undefined {
  if (layout) return usesOf(line, tag, at, layout);
  const long = usesOf(line, tag, at, { pools: BOTH, columns: LONG, ends: [] });
  return long ?? usesOf(line, tag, at, { pools: BOTH, columns: SHORT, ends: [] });
}

function usesOf(line: string, tag: string, from: number, layout: UsedLayout): TagUse[] | undefined {
  const { pools, columns } = layout;
  const values: number[] = [];
  let at = from;
  for (let i = 0; i < pools.length * columns.length; i++) {
    // Numbers stand apart; only what follows the last one may touch it.
    if (line[at] !== ' ' && line[at] !== '\t') return undefined;
    const last = i === pools.length * columns.length - 1;
    const next = readQuantity(last ? withoutGlued(line, at, layout) : line, at);
    if (!next) return undefined;
    values.push(next.value);
    at = next.to;
  }
  const rest = line.slice(at);
  // More numbers than columns: another table.
  if (/^\s+-?\d[\d,.]*(?:\s+-?\d[\d,.]*)*\s*$/.test(rest)) return undefined;
  const says = ownerOf(rest);
  return pools.map((pool, i) => {
    const of = (column: UsedColumn): number | undefined => {
      const index = columns.indexOf(column);
      return index < 0 ? undefined : values[i * columns.length + index];
    };
    const [allocs, frees] = [of('Allocs') ?? 0, of('Frees')];
    const counts = frees === undefined ? { count: allocs } : { count: of('Diff') ?? allocs - frees, allocs, frees };
    return { tag: wholeTag(tag), pool, ...counts, bytes: of('Used') ?? 0, ...(says !== undefined && { says }) };
  });
}

/** Where a description begins with a digit right behind the last number, the column of the heading tells the two apart. */
function withoutGlued(line: string, at: number, { ends }: UsedLayout): string {
  const [before, end] = ends.slice(-2);
  // A number that is wider than its column moves the rest of the row.
  if (before !== at || end === undefined || line[at + 1] !== ' ') return line;
  return /\d\d/.test(line.slice(end - 1, end + 1)) ? line.slice(0, end) : line;
}

function ownerOf(rest: string): string | undefined {
  const text = rest.trim();
  return text === '' || /^UNKNOWN pooltag\b/i.test(text) ? undefined : text.replace(/\s+/g, ' ');
}
