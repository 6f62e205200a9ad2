import { border, fitted, number } from '../format.js';
import { measureTitle } from '../headline.js';
import type { Report } from '../model.js';
import { sectionTable } from '../sections/section-table.js';
import { timeSection, timeTitle } from '../sections/time-section.js';
import { driverColours, OTHERS_COLOUR } from './driver-colours.js';
import { h, type PageElement } from './element.js';

const HEIGHT = 100;

/** How the measure grew: stacked bars by driver, and the same numbers as a table for those who see no bars. */
export function timeStrip(report: Report): PageElement[] {
  const { over } = report;
  const most = Math.max(0, ...over.counts);
  if (most === 0 || over.counts.length < 2) return [];
  const title = timeTitle(over);
  const width = String(over.counts.length * 10);
  return [
    h(
      'section',
      { class: 'card wide', id: 'time' },
      h('h2', {}, title),
      h('p', { class: 'scale', 'aria-hidden': 'true' }, `${number(most)} ${measureTitle(report)}`),
      h(
        'svg',
        {
          class: 'strip',
          viewBox: `0 0 ${width} ${HEIGHT}`,
          preserveAspectRatio: 'none',
          role: 'img',
          'aria-label': `${title}: at most ${number(most)} ${measureTitle(report)}. The table below has the numbers.`,
        },
        ...over.counts.flatMap((_, bucket) => barsOf(report, bucket, most)),
      ),
      axis(over.borders),
      legend(report),
      h(
        'details',
        { class: 'numbers' },
        h('summary', {}, 'The same as a table'),
        ...sectionTable({ ...timeSection(report), id: 'time-table', title: 'Numbers' }, { level: 'h3' }),
      ),
    ),
  ];
}

function barsOf({ over, drivers }: Report, bucket: number, most: number): PageElement[] {
  const colourOf = driverColours(drivers);
  let top = HEIGHT;
  const bar = (name: string, count: number, colour: number, driver: number): PageElement[] => {
    if (count <= 0) return [];
    const height = (count / most) * HEIGHT;
    top -= height;
    const place = { x: String(bucket * 10 + 0.5), y: top.toFixed(2), width: '9', height: height.toFixed(2) };
    const label = `${border(over.borders[bucket] ?? 0)}: ${fitted(name, 200)} ${number(count)}`;
    return [h('rect', { class: `c${colour}`, 'data-driver': String(driver), ...place }, h('title', {}, label))];
  };
  const named = over.drivers.flatMap(({ name, counts }, i) => bar(name, counts[bucket] ?? 0, colourOf(name), i));
  const rest = (over.counts[bucket] ?? 0) - over.drivers.reduce((sum, { counts }) => sum + (counts[bucket] ?? 0), 0);
  return [...named, ...bar('others', rest, OTHERS_COLOUR, over.drivers.length)];
}

function axis(borders: Report['over']['borders']): PageElement {
  const marks = [borders[0], borders[Math.floor(borders.length / 2)], borders.at(-1)];
  return h('p', { class: 'axis' }, ...marks.map((mark) => h('span', {}, border(mark ?? 0))));
}

function legend({ over, drivers }: Report): PageElement {
  const colourOf = driverColours(drivers);
  return h(
    'ul',
    { class: 'legend' },
    ...over.drivers.map(({ name }, i) =>
      h(
        'li',
        { 'data-driver': String(i) },
        h('span', { class: `swatch c${colourOf(name)}`, 'aria-hidden': 'true' }),
        fitted(name, 200),
      ),
    ),
  );
}
