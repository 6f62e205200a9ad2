import { readQuantity } from './quantity.js';
import { type TagUse, wholeTag } from './tag-use.js';

/** A row of PoolMon. */
export interface PoolMonRow extends TagUse {
  /** It has the columns of changes, as the screen has: only those rows are there that the window had room for. */
  readonly screen: boolean;
}

/** The line that names the columns. Source: "PoolMon Display" in Microsoft's documentation. */
export function isPoolMonHeading(line: string): boolean {
  return /^\s*Tag\s+Type\s+Allocs\b.*\bFrees\b.*\bDiff\b/.test(line);
}

/** The first line of PoolMon's screen: ` Memory:  260620K Avail:   96364K  PageFlts: …`. */
export function beginsPoolMonScreen(line: string): boolean {
  return /^\s*Memory:\s*\d[\d,.]*K\s+Avail:/.test(line);
}

// The tag, `Nonp` or `Paged`; a `>` or `*` in front marks a row that has changed where colours are lost.
const ROW = /^[ >*]?(.{4}) (Nonp|Paged) *(?=\s)/;
const LOOSE = /^\s*(\S(?:.{0,2}\S)?)\s+(Nonp|Paged)(?=\s)/;
const CHANGE = /\s*\(\s*-?\d[\d,.]*\s*\)/y;

/** A row: ` Ddk  Nonp       1234 (   2)      1200 (   0)       34    2176 (    64)     64`, without the changes in a snapshot (`poolmon /n`). */
export function parsePoolMonRow(line: string): PoolMonRow | undefined {
  for (const form of [ROW, LOOSE]) {
    const found = form.exec(line);
    const row = found && rowFrom(line, found[1] as string, found[2] as string, found[0].length);
    if (row) return row;
  }
  return undefined;
}

function rowFrom(line: string, tag: string, type: string, from: number): PoolMonRow | undefined {
  const values: number[] = [];
  let at = from;
  let changes = 0;
  while (values.length < 5) {
    const next = readQuantity(line, at);
    if (!next) break;
    values.push(next.value);
    CHANGE.lastIndex = next.to;
    const change = CHANGE.exec(line);
    if (change) changes++;
    at = change ? CHANGE.lastIndex : next.to;
  }
  const [allocs, frees, count, bytes] = values;
  if (allocs === undefined || frees === undefined || count === undefined || bytes === undefined) return undefined;
  const says = line
    .slice(at)
    .trim()
    .replace(/^\[\s*|\s*\]$/g, '')
    .replace(/\s+/g, ' ');
  const known = says !== '' && !/^unknown driver$/i.test(says);
  const pool = type === 'Paged' ? 'paged' : 'nonpaged';
  return {
    tag: wholeTag(tag),
    pool,
    count,
    bytes,
    allocs,
    frees,
    ...(known && { says }),
    screen: changes > 0,
  };
}
