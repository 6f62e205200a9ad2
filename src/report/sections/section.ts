import { number, percent, size } from '../format.js';

/** One field of a table. `value` is what it is sorted by; a bar has nothing else: a fraction of its column. */
export interface Cell {
  /** Names are as the log has them: whoever writes them down makes them harmless. */
  readonly text: string;
  readonly value: number | null;
  /** The name alone, where the text says more. */
  readonly name?: string;
}

export interface Column {
  readonly title: string;
  readonly kind: 'name' | 'number' | 'bar';
}

/** A table of the report, the same in text, Markdown and HTML. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows that were left out. */
  readonly hidden: number;
}

export const nameCell = (text: string): Cell => ({ text, value: null });
/** A name with a word on it. */
export const remarkedCell = (name: string, remark: string): Cell =>
  remark === '' ? nameCell(name) : { text: `${name} (${remark})`, value: null, name };
export const numberCell = (value: number): Cell => ({ text: number(value), value });
export const sizeCell = (bytes: number | null): Cell => ({ text: bytes === null ? '' : size(bytes), value: bytes });
export const shareCell = (part: number, whole: number): Cell => ({
  text: percent(part, whole),
  value: whole === 0 ? 0 : part / whole,
});
export const barCell = (part: number, whole: number): Cell => ({ text: '', value: whole === 0 ? 0 : part / whole });

export const nameColumn = (title: string): Column => ({ title, kind: 'name' });
export const numberColumn = (title: string): Column => ({ title, kind: 'number' });
export const barColumn: Column = { title: '', kind: 'bar' };

/** A table of as many rows as `top` allows. */
export function sectionOf<Item>(
  id: string,
  title: string,
  columns: readonly Column[],
  items: readonly Item[],
  top: number,
  row: (item: Item) => readonly Cell[],
): Section {
  const shown = items.slice(0, top);
  return { id, title, columns, rows: shown.map(row), hidden: items.length - shown.length };
}
