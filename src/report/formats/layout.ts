import { clean } from '../../platform/clean-text.js';
import { fitted, number } from '../format.js';
import type { Cell, Column, Section } from '../sections/section.js';

const BAR = 16;
/** A name shorter than this tells nothing; then bars and the last columns have to go. */
const SHORTEST_NAME = 22;

export interface TableLayout {
  /** Emphasis by terminal codes. */
  readonly colour: boolean;
  readonly columns: number;
}

/** A table for the terminal: the title and the headings of the columns, then a line per row; nothing if there is no row. */
export function layOut(section: Section, layout: TableLayout, more: string | null = null): string[] {
  if (section.rows.length === 0) return [];
  const kept = columnsThatFit(section, layout.columns);
  const widths = widthsOf(section, kept, layout.columns);
  const line = (cells: readonly Cell[]): string =>
    `  ${kept.map((at, i) => padded(cells[at], section.columns[at], widths[i] ?? 0)).join('  ')}`.trimEnd();
  const rest = section.hidden > 0 ? [`  … and ${number(section.hidden)} more${more ? ` (${more})` : ''}`] : [];
  return [...heading(section, kept, widths, layout), ...section.rows.map(line), ...rest, ''];
}

/** The indices of the columns there is room for. */
function columnsThatFit(section: Section, columns: number): number[] {
  const all = [...section.columns.keys()];
  const room = (kept: readonly number[]): number =>
    columns - 2 - kept.reduce((sum, at) => sum + (isName(section, at) ? 0 : naturalWidth(section, at) + 2), 0);
  const enough = all
    .filter((at) => isName(section, at))
    .reduce(
      (sum, at, i) => sum + (i === 0 ? SHORTEST_NAME : Math.min(SHORTEST_NAME, naturalWidth(section, at)) + 2),
      0,
    );
  let kept = all;
  while (room(kept) < enough) {
    const spare =
      kept.findLast((at) => section.columns[at]?.kind === 'bar') ??
      kept.findLast((at) => at > 2 && !isName(section, at));
    if (spare === undefined) break;
    kept = kept.filter((at) => at !== spare);
  }
  return kept;
}

/** Names share what numbers leave: all but the widest get what they need, within reason. */
function widthsOf(section: Section, kept: readonly number[], columns: number): number[] {
  const natural = new Map(kept.map((at) => [at, naturalWidth(section, at)]));
  const names = kept.filter((at) => isName(section, at));
  const taken = kept.reduce((sum, at) => sum + (isName(section, at) ? 0 : (natural.get(at) ?? 0)), 2 * kept.length);
  let room = columns - taken;
  const widest = names.toSorted((a, b) => (natural.get(a) ?? 0) - (natural.get(b) ?? 0));
  const widths = new Map(natural);
  for (const [i, at] of widest.entries()) {
    const fair = Math.floor(room / (widest.length - i));
    const last = i === widest.length - 1;
    const stretches = last && at === kept[0];
    const width = stretches ? room : Math.min(fair, natural.get(at) ?? 0);
    widths.set(at, Math.max(1, width));
    room -= width;
  }
  return kept.map((at) => widths.get(at) ?? 1);
}

function heading(section: Section, kept: readonly number[], widths: readonly number[], layout: TableLayout): string[] {
  const titled = kept.some((at) => (section.columns[at]?.title ?? '') !== '');
  if (!titled) return [emphasis(fitted(section.title, layout.columns), layout)];
  const first = section.columns[kept[0] ?? 0];
  const cells = kept.map((at, i) => {
    const column = section.columns[at];
    const title = i === 0 && column?.kind === 'name' ? '' : (column?.title ?? '');
    return padded(
      { text: title, value: null },
      column && { ...column, kind: column.kind === 'bar' ? 'name' : column.kind },
      widths[i] ?? 0,
    );
  });
  const headings = `  ${cells.join('  ')}`.trimEnd();
  const free = headings.length - headings.trimStart().length;
  // One line for both wherever the title leaves the headings alone.
  if (first?.kind === 'name' && section.title.length + 2 <= free)
    return [emphasis(section.title, layout) + headings.slice(section.title.length)];
  return [emphasis(fitted(section.title, layout.columns), layout), headings];
}

function padded(cell: Cell | undefined, column: Column | undefined, width: number): string {
  if (!cell || !column) return '';
  if (column.kind === 'bar') return '#'.repeat(Math.round((cell.value ?? 0) * BAR)).padEnd(BAR);
  return column.kind === 'name' ? fitted(cell.text, width).padEnd(width) : cell.text.padStart(width);
}

function naturalWidth({ columns, rows }: Section, at: number): number {
  if (columns[at]?.kind === 'bar') return BAR;
  return rows.reduce(
    (widest, row) => Math.max(widest, clean(row[at]?.text ?? '').length),
    columns[at]?.title.length ?? 0,
  );
}

function isName({ columns }: Section, at: number): boolean {
  return columns[at]?.kind === 'name';
}

export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** A line of the list of stacks; what does not fit goes on below it. */
export function indented(text: string, columns: number): string[] {
  return wrapped(text, columns - 7).map((line, i) => (i === 0 ? `  ${line}` : `       ${line}`));
}

export function emphasis(line: string, { colour }: TableLayout): string {
  return colour ? `\x1b[1m${line}\x1b[22m` : line;
}
