import { count, number } from '../format.js';
import type { PageData } from '../html/page-data.js';
import { button, byId, choice, labelled, searchField } from './dom.js';
import type { Shown } from './flame-tree.js';

export interface Filter {
  /** Shows what this text names; from a table, say. */
  readonly only: (text: string) => void;
}

/** What a filter lets through. */
export interface Filtered {
  readonly shown: Shown;
  /** Something is filtered at all. */
  readonly any: boolean;
  /** Whether a name alone, without its stacks, is what was asked for. */
  readonly named: (name: string) => boolean;
}

/** One filter for everything that stacks add up to: flame graph, tables, time strip and the list of stacks. */
export function filterBar(data: PageData, changed: (filtered: Filtered) => void): Filter {
  const lower = data.names.map((name) => name.toLowerCase());
  const drivers = [...new Set([...data.stacks, ...data.rest].map(({ driver }) => driver))];
  const state = { text: '', driver: null as string | null };
  const field = searchField('driver, function or address', (text) => {
    state.text = text;
    apply();
  });
  const select = choice(['all drivers', ...drivers], (index) => {
    state.driver = drivers[index - 1] ?? null;
    apply();
  });
  const clear = button('Clear', () => {
    field.value = '';
    select.selectedIndex = 0;
    Object.assign(state, { text: '', driver: null });
    apply();
  });
  const said = document.createElement('output');
  const apply = (): void => {
    const shown = filtered(data, lower, state.text, state.driver);
    const any = state.text !== '' || state.driver !== null;
    clear.hidden = !any;
    said.textContent = any ? sentence(data, shown, state.text) : '';
    const { text, driver } = state;
    const named = (name: string): boolean =>
      name.toLowerCase().includes(text.toLowerCase()) && (driver === null || name.startsWith(`${driver}!`));
    changed({ shown, any, named });
  };
  clear.hidden = true;
  byId('filter').addEventListener('submit', (event) => event.preventDefault());
  byId('filter').append(labelled('Filter', field), labelled('Driver', select), clear, said);
  return {
    only(text) {
      field.value = text;
      state.text = text;
      apply();
      byId('filter').scrollIntoView({ block: 'start' });
      field.focus({ preventScroll: true });
    },
  };
}

/** Stacks whose driver, caller or any frame has the text; of those that are not in the page only the driver is known. */
export function filtered(data: PageData, lower: readonly string[], text: string, driver: string | null): Shown {
  const wanted = text.toLowerCase();
  const named = new Set(lower.flatMap((name, at) => (name.includes(wanted) ? [at] : [])));
  const has = (name: string): boolean => name.toLowerCase().includes(wanted);
  return {
    stacks: data.stacks.filter(
      (stack) =>
        (driver === null || stack.driver === driver) &&
        (wanted === '' || has(stack.driver) || has(stack.caller) || stack.frames.some((frame) => named.has(frame))),
    ),
    rest: data.rest.filter(
      (rest) =>
        (driver === null || rest.driver === driver) &&
        (wanted === '' || has(rest.driver) || rest.frames.some((frame) => named.has(frame))),
    ),
  };
}

function sentence(data: PageData, shown: Shown, text: string): string {
  const stacks = shown.stacks.length + shown.rest.reduce((sum, { stacks }) => sum + stacks, 0);
  const sum = (of: Shown): number =>
    [...of.stacks, ...of.rest].reduce((all, { weights }) => all + (weights[0] ?? 0), 0);
  const share =
    sum(data) === 0 ? '' : `, ${((sum(shown) / sum(data)) * 100).toFixed(1)} % of ${data.weights[0]?.title ?? ''}`;
  const unknown =
    text !== '' && data.rest.length > 0 ? '; the smallest stacks are not in this page and were not searched' : '';
  return `${number(stacks)} of ${count(data.total, 'stack')}${share}${unknown}`;
}
