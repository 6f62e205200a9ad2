import { fitted, number } from '../format.js';
import type { PageData } from '../html/page-data.js';
import type { Filtered } from './filter.js';

/** As long as a name in a table is. */
const LONGEST_NAME = 200;

/** A row of the drivers or callers, as it is without a filter. */
interface Row {
  readonly row: HTMLTableRowElement;
  readonly name: string;
  /** Of the report's measure. */
  readonly cell: HTMLTableCellElement;
  readonly text: string;
  readonly value: number;
}

/**
 * Has the filter act on the tables: rows without a stack that is shown go, and of the others the measure says how much of it is shown.
 * @returns what to call when something else is to be shown
 */
export function filteredTables(data: PageData): (filtered: Filtered) => void {
  const tables = (['driver', 'caller'] as const).map((of) => ({ of, rows: rowsOf(`${of}s`) }));
  const callers = new Set(data.stacks.map(({ caller }) => fitted(caller, LONGEST_NAME)));
  return ({ shown, any, named }) => {
    for (const { of, rows } of tables) {
      const sums = new Map<string, number>();
      const add = (name: string, weights: readonly number[]): void => {
        const key = fitted(name, LONGEST_NAME);
        sums.set(key, (sums.get(key) ?? 0) + (weights[data.measure] ?? 0));
      };
      for (const stack of shown.stacks) add(stack[of], stack.weights);
      if (of === 'driver') for (const { driver, weights } of shown.rest) add(driver, weights);
      for (const row of rows) {
        const sum = sums.get(row.name);
        // Of a caller whose stacks are not in the page only its name is known.
        const beyond = of === 'caller' && !callers.has(row.name) && named(row.name);
        row.row.hidden = any && sum === undefined && !beyond;
        show(row, any && sum !== undefined ? sum : row.value);
        row.row.closest('table')?.classList.toggle('filtered', any);
      }
    }
  };
}

function show({ cell, text, value }: Row, sum: number): void {
  cell.textContent = sum === value ? text : `${number(sum)} of ${text}`;
  cell.dataset.value = String(sum);
}

function rowsOf(id: string): Row[] {
  return [...document.querySelectorAll<HTMLTableRowElement>(`#${id} tbody tr`)].flatMap((row) => {
    const [head, cell] = row.cells;
    if (!head || !cell) return [];
    const name = head.dataset.name ?? head.textContent ?? '';
    return [{ row, name, cell, text: cell.textContent ?? '', value: Number(cell.dataset.value) }];
  });
}

/** Has the filter act on the time strip: bars of drivers of which no stack is shown become faint. */
export function filteredStrip(): (filtered: Filtered) => void {
  const names = [...document.querySelectorAll('#time .legend li')].map(({ textContent }) => textContent ?? '');
  const parts = [...document.querySelectorAll<SVGElement | HTMLElement>('#time [data-driver]')];
  return ({ shown, any }) => {
    const drivers = new Set([...shown.stacks, ...shown.rest].map(({ driver }) => fitted(driver, LONGEST_NAME)));
    const others = [...drivers].some((driver) => !names.includes(driver));
    for (const part of parts) {
      const name = names[Number(part.dataset.driver)];
      const is = name === undefined || name === '(others)' ? others : drivers.has(name);
      part.classList.toggle('faint', any && !is);
    }
  };
}
