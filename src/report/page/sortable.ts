import { number } from '../format.js';
import { button } from './dom.js';

/** Rows shown before somebody asks for all. */
const ROWS = 10;

/** Tables that sort by any column, longest first for numbers; and that start short. */
export function sortableTables(chosen: ((name: string) => void) | null): void {
  for (const table of document.querySelectorAll<HTMLTableElement>('table.sortable')) {
    const headings = [...table.querySelectorAll<HTMLTableCellElement>('thead th')];
    for (const heading of headings) headingButton(table, headings, heading);
    // Reports come ranked by their first number.
    headings.find(isRanking)?.setAttribute('aria-sort', 'descending');
    if (chosen) nameButtons(table, chosen);
    shorten(table);
  }
}

/** A comparison is ranked by what grew, a report by its first number. */
function isRanking(heading: HTMLElement, at: number, all: readonly HTMLElement[]): boolean {
  const grown = all.findLast(({ textContent }) => textContent === 'growth' || textContent === 'excess');
  return grown ? heading === grown : at === 1;
}

function headingButton(table: HTMLTableElement, all: readonly HTMLElement[], heading: HTMLTableCellElement): void {
  const text = heading.textContent ?? '';
  const numeric = heading.classList.contains('number');
  const sort = button(text, () => {
    const before = heading.getAttribute('aria-sort');
    const descending = before === null ? numeric : before === 'ascending';
    for (const other of all) other.removeAttribute('aria-sort');
    heading.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    sortRows(table, heading.cellIndex, numeric, descending);
  });
  heading.replaceChildren(sort);
}

function sortRows(table: HTMLTableElement, at: number, numeric: boolean, descending: boolean): void {
  const [body] = table.tBodies;
  if (!body) return;
  const direction = descending ? -1 : 1;
  const rows = [...body.rows].map((row) => ({ row, key: keyOf(row.cells[at], numeric) }));
  rows.sort((a, b) => direction * compare(a.key, b.key));
  body.append(...rows.map(({ row }) => row));
}

function keyOf(cell: HTMLTableCellElement | undefined, numeric: boolean): string | number {
  if (!numeric) return (cell?.textContent ?? '').toLowerCase();
  const value = cell?.dataset.value;
  return value === undefined ? Number.NEGATIVE_INFINITY : Number(value);
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** A name leads to its stacks. */
function nameButtons(table: HTMLTableElement, chosen: (name: string) => void): void {
  for (const cell of table.querySelectorAll<HTMLTableCellElement>('tbody th')) {
    const text = cell.querySelector('span:last-child');
    const name = text?.textContent ?? '';
    const link = button(name, () => chosen(cell.dataset.name ?? name));
    link.className = 'link';
    link.title = 'Show only its stacks';
    text?.replaceWith(link);
  }
}

function shorten(table: HTMLTableElement): void {
  const rows = table.tBodies[0]?.rows.length ?? 0;
  if (rows <= ROWS + 2) return;
  const more = button(`Show all ${number(rows)}`, () => {
    const short = table.classList.toggle('short');
    more.textContent = short ? `Show all ${number(rows)}` : `Show ${ROWS}`;
    more.setAttribute('aria-expanded', String(!short));
  });
  table.classList.add('short');
  more.setAttribute('aria-expanded', 'false');
  more.className = 'all';
  table.parentElement?.after(more);
}
