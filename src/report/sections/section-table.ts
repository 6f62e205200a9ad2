import { fitted, number } from '../format.js';
import type { Colour } from '../html/driver-colours.js';
import { type Child, h, type PageElement } from '../html/element.js';
import type { Cell, Column, Section } from './section.js';

/** Longer names are whole in the frames of their stacks. */
const LONGEST_NAME = 200;

export interface TableOptions {
  /** The colour of a row's name, for rows that have one. */
  readonly colours?: readonly Colour[];
  /** The script lets people sort it. */
  readonly sortable?: boolean;
  readonly level?: 'h2' | 'h3';
}

/** A section as a real table under its heading; nothing if it has no row. */
export function sectionTable(
  section: Section,
  { colours, sortable = false, level = 'h2' }: TableOptions = {},
): PageElement[] {
  if (section.rows.length === 0) return [];
  const { id, title, columns, rows, hidden } = section;
  const headings = columns.map((column, at) => heading(column, at));
  const titled = columns.some((column) => column.title !== '');
  const table = h(
    'table',
    { class: sortable ? 'sortable' : 'facts', 'aria-labelledby': `${id}-title` },
    h('thead', titled ? {} : { class: 'unseen' }, h('tr', {}, ...headings)),
    h(
      'tbody',
      {},
      ...rows.map((row, i) => h('tr', {}, ...row.map((cell, at) => field(cell, columns[at], at, colours?.[i])))),
    ),
  );
  const rest = hidden > 0 ? [h('p', { class: 'more' }, `… and ${number(hidden)} more`)] : [];
  return [
    h(
      'section',
      { class: 'card', id },
      h(level, { id: `${id}-title` }, title),
      h('div', { class: 'scroll' }, table),
      ...rest,
    ),
  ];
}

function heading({ title, kind }: Column, at: number): PageElement {
  if (kind === 'bar') return h('td', { class: 'bar' });
  if (title !== '') return h('th', { scope: 'col', class: kind }, title);
  return h('th', { scope: 'col', class: kind }, h('span', { class: 'unseen' }, at === 0 ? 'name' : 'value'));
}

function field(cell: Cell, column: Column | undefined, at: number, colour: Colour | undefined): PageElement {
  if (column?.kind === 'bar') return h('td', { class: 'bar' }, bar(cell.value ?? 0, colour));
  if (column?.kind === 'number')
    return h(
      'td',
      { class: 'number', ...(cell.value === null ? {} : { 'data-value': String(cell.value) }) },
      cell.text,
    );
  const swatch: Child[] =
    at === 0 && colour !== undefined ? [h('span', { class: `swatch c${colour}`, 'aria-hidden': 'true' })] : [];
  const text = fitted(cell.text, LONGEST_NAME);
  if (at > 0) return h('td', { class: 'name' }, text);
  const name = cell.name === undefined ? {} : { 'data-name': fitted(cell.name, LONGEST_NAME) };
  return h('th', { scope: 'row', class: 'name', ...name }, h('div', {}, ...swatch, h('span', {}, text)));
}

/** Decoration: the number beside it says the same. */
function bar(fraction: number, colour: Colour = 0): PageElement {
  const width = String(Math.max(0, Math.min(1, fraction)) * 100);
  return h(
    'svg',
    { class: 'bar', viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    h('rect', { class: `c${colour}`, width, height: '10' }),
  );
}
