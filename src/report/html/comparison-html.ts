import type { Comparison } from '../comparison.js';
import { fitted, number } from '../format.js';
import { poolSections } from '../pool/pool-sections.js';
import {
  callerChanges,
  changedStacks,
  changeFacts,
  comparisonAnswer,
  comparisonRemarks,
  driverChanges,
} from '../sections/comparison-sections.js';
import { nextElements } from '../sections/next-forms.js';
import { sectionTable } from '../sections/section-table.js';
import { driverColours } from './driver-colours.js';
import { h } from './element.js';
import { emphasised, type PageOptions, page } from './page-shell.js';
import { stackItem } from './stack-item.js';

const ROWS = 300;
const STACKS = 50;
const FRAMES = 128;

/** What grew, as one HTML file: the shell of the report's page around other tables. */
export function htmlComparison(comparison: Comparison, options: PageOptions): string {
  const colourOf = driverColours(comparison.drivers);
  const coloured = (of: readonly { driver: string }[]) => of.map(({ driver }) => colourOf(driver));
  const driver = comparison.drivers[0]?.name;
  const caller = comparison.callers.find((change) => change.driver === driver && change.excess > 0)?.name;
  const stacks = changedStacks(comparison);
  const shown = stacks.slice(0, STACKS).map((stack, at) =>
    stackItem(
      {
        rank: at + 1,
        facts: changeFacts(stack),
        driver: fitted(stack.driver, 200),
        caller: fitted(stack.name, 400),
        colour: colourOf(stack.driver),
        frames: stack.frames.slice(0, FRAMES).map((frame) => fitted(frame, 400)),
        place: null,
        text: null,
      },
      at === 0,
    ),
  );
  const left = stacks.length - shown.length;
  const tables = [
    ...sectionTable(driverChanges(comparison, ROWS), { sortable: true, colours: coloured(comparison.drivers) }),
    ...sectionTable(callerChanges(comparison, ROWS), { sortable: true, colours: coloured(comparison.callers) }),
  ];
  const logs = [comparison.before, comparison.after].map(({ logs }) => logs.join(', '));
  const pool = [
    ...poolSections(comparison.pool, ROWS, logs).flatMap((section) =>
      sectionTable(section, { sortable: section.id !== 'pool-unread' }),
    ),
    ...nextElements(comparison.pool?.next ?? []),
  ];
  const titles = [...(tables.length > 0 ? ['Drivers', 'Callers'] : []), ...(stacks.length > 0 ? ['Stacks'] : [])];
  return page(
    {
      answer: emphasised(comparisonAnswer(comparison), driver, caller),
      remarks: comparisonRemarks(comparison),
      links: [
        ...titles.map((title) => ({ id: title.toLowerCase(), title })),
        ...(comparison.pool ? [{ id: 'pool-bytes', title: 'Tags' }] : []),
      ],
      sections: [
        ...tables,
        ...(stacks.length === 0
          ? []
          : [
              h(
                'section',
                { class: 'card', id: 'stacks' },
                h('h2', {}, `Stacks that changed (${number(stacks.length)})`),
                h('div', { id: 'stack-list' }, ...shown),
                ...(left > 0 ? [h('p', { class: 'more' }, `… and ${number(left)} more`)] : []),
              ),
            ]),
        ...pool,
      ],
      reading: [],
      data: null,
    },
    options,
  );
}
