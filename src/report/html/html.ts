import { border, number, size } from '../format.js';
import { measureTitle, writeHeadline, writeRemarks } from '../headline.js';
import { wholeOf } from '../measure.js';
import type { Report } from '../model.js';
import { poolFigures } from '../pool/pool-figures.js';
import { poolSections } from '../pool/pool-sections.js';
import {
  heldSection,
  outstandingSection,
  poolTypeSection,
  processorSection,
  stopSection,
  tagSection,
  unresolvedSection,
} from '../sections/fact-sections.js';
import { logSection, reading, unreadSection } from '../sections/log-sections.js';
import { nextCommands } from '../sections/next-commands.js';
import { nextElements } from '../sections/next-forms.js';
import { callerSection, driverSection } from '../sections/rankings.js';
import { sectionTable } from '../sections/section-table.js';
import { driverColours } from './driver-colours.js';
import { h, type PageElement } from './element.js';
import { type PageData, pageData, type Texts } from './page-data.js';
import { emphasised, type PageOptions, page } from './page-shell.js';
import { stackItem } from './stack-item.js';
import { timeStrip } from './time-strip.js';

export interface HtmlOptions extends PageOptions {
  /** kd's own text of the first hit, by the index of its stack. */
  readonly texts: Texts;
}

/** Rows of a table, and stacks, that are in the page even where its script does not run. */
const ROWS = 300;
const STACKS = 50;

/** The report as one HTML file that opens from a USB stick with no network. */
export function htmlReport(report: Report, options: HtmlOptions): string {
  const data = pageData(report, options.texts);
  const rankings = report.hits === 0 ? [] : rankingsOf(report, data);
  const pool = poolOf(report);
  const facts = factsOf(report);
  const next = nextElements(nextCommands(report));
  return page(
    {
      answer: emphasised(writeHeadline(report), report.drivers[0]?.name, report.drivers[0]?.callers[0]?.name),
      remarks: writeRemarks(report),
      links: linksOf([...rankings, ...pool, ...next, ...facts]),
      sections: [figures(report), ...rankings, ...pool, ...next, h('div', { id: 'facts' }, ...facts)],
      reading: [reading(report)],
      data,
    },
    options,
  );
}

function rankingsOf(report: Report, data: PageData): PageElement[] {
  const colourOf = driverColours(report.drivers);
  const drivers = driverSection(report, ROWS);
  const callers = callerSection(report, ROWS);
  return [
    h('form', { class: 'controls', id: 'filter', role: 'search', 'aria-label': 'What is shown' }),
    flame(),
    h(
      'div',
      { class: 'ranking' },
      ...sectionTable(drivers, { sortable: true, colours: report.drivers.map(({ name }) => colourOf(name)) }),
      ...sectionTable(
        { ...callers, title: 'Callers' },
        { sortable: true, colours: report.callers.map(({ driver }) => colourOf(driver)) },
      ),
    ),
    ...timeStrip(report),
    stacksOf(data),
  ];
}

function poolOf({ pool, logs }: Report): PageElement[] {
  const names = logs.map(({ name }) => name);
  return poolSections(pool, ROWS, names).flatMap((section) =>
    sectionTable(section, { sortable: section.id !== 'pool-unread' }),
  );
}

function factsOf(report: Report): PageElement[] {
  return [
    heldSection(report, ROWS),
    outstandingSection(report),
    tagSection(report, ROWS),
    poolTypeSection(report, ROWS),
    stopSection(report, ROWS),
    processorSection(report, ROWS),
    unresolvedSection(report, ROWS),
    logSection(report, ROWS),
    unreadSection(report, ROWS),
  ].flatMap((section) => sectionTable(section));
}

/** An empty place for the script; where it does not run the tables say the same. */
function flame(): PageElement {
  return h(
    'section',
    { class: 'card wide script-only', id: 'flame' },
    h('h2', {}, 'Flame graph'),
    h('div', { id: 'flame-controls', class: 'controls' }),
    h('div', { id: 'flame-graph' }),
    h('p', { id: 'flame-status', role: 'status', 'aria-live': 'polite' }),
  );
}

function stacksOf({ names, stacks, total }: PageData): PageElement {
  const shown = stacks.slice(0, STACKS).map((stack, at) => {
    const frames = stack.frames.map((frame) => names[frame] ?? '');
    return stackItem({ ...stack, rank: at + 1, frames }, at === 0);
  });
  return h(
    'section',
    { class: 'card wide', id: 'stacks' },
    h('h2', {}, `Stacks (${number(total)} distinct)`),
    h('div', { id: 'stack-controls', class: 'controls' }),
    h('div', { id: 'stack-list' }, ...shown),
    h(
      'p',
      { id: 'stack-more', class: 'more' },
      total > shown.length ? `… and ${number(total - shown.length)} more` : '',
    ),
  );
}

function figures(report: Report): PageElement {
  const { drivers, stacks, bytes, over, frees, outstanding } = report;
  const facts: [string, string][] =
    report.hits === 0 && report.pool ? poolFigures(report.pool) : [[measureTitle(report), number(wholeOf(report))]];
  if (outstanding) facts.push(['allocations', number(report.allocations)]);
  if (frees > 0 && frees < report.hits) facts.push(['frees', number(frees)]);
  if (bytes)
    facts.push(
      outstanding && outstanding.sized > 0
        ? ['bytes outstanding', size(outstanding.bytes)]
        : ['asked for', size(bytes.total)],
    );
  if (report.hits > 0 || !report.pool)
    facts.push(['drivers', number(drivers.length)], ['distinct stacks', number(stacks.length)]);
  if (over.axis === 'time' && over.borders.length > 1)
    facts.push(['period (UTC)', period(border(over.borders[0] ?? ''), border(over.borders.at(-1) ?? ''))]);
  return h(
    'dl',
    { class: 'figures' },
    ...facts.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

/** The day is said once if both are of it. */
function period(from: string, to: string): string {
  return from.slice(0, 11) === to.slice(0, 11) ? `${from} to ${to.slice(11)}` : `${from} to ${to}`;
}

const LINKS: Readonly<Record<string, string>> = {
  flame: 'Flame graph',
  drivers: 'Drivers',
  callers: 'Callers',
  time: 'Time',
  stacks: 'Stacks',
  next: 'What next',
  held: 'Outstanding',
  'pool-bytes': 'Tags',
  'pool-counts': 'Tags by allocations',
  'pool-found': 'Blocks',
  'pool-drivers': 'Outstanding by driver',
  'pool-callers': 'Outstanding by caller',
  unread: 'Not read',
};

function linksOf(sections: readonly PageElement[]): { id: string; title: string }[] {
  const ids = sections.flatMap(({ attributes, children }) => [
    attributes.id,
    ...children.map((child) => (typeof child === 'string' ? undefined : child.attributes.id)),
  ]);
  return ids.flatMap((id) => (id !== undefined && LINKS[id] !== undefined ? [{ id, title: LINKS[id] }] : []));
}
