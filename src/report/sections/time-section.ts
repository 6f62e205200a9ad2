import { border } from '../format.js';
import { measureTitle } from '../headline.js';
import type { Report, ReportTime } from '../model.js';
import {
  barCell,
  barColumn,
  nameCell,
  nameColumn,
  numberCell,
  numberColumn,
  type Section,
  sectionOf,
} from './section.js';

/** How the measure grew: a row per bucket, with the driver that had most of it. */
export function timeSection(report: Report): Section {
  const { over } = report;
  const most = Math.max(0, ...over.counts);
  const columns = [nameColumn('from'), numberColumn(measureTitle(report)), barColumn, nameColumn('most of them')];
  return sectionOf(
    'time',
    timeTitle(over),
    columns,
    over.counts.map((_, i) => i),
    over.counts.length,
    (i) => [
      nameCell(border(over.borders[i] ?? 0)),
      numberCell(over.counts[i] ?? 0),
      barCell(over.counts[i] ?? 0, most),
      nameCell(topDriver(over, i)),
    ],
  );
}

export function timeTitle({ axis, source }: ReportTime): string {
  if (axis === 'position') return 'Over the logs (too little is known of the time: bytes from the start)';
  return `Over time (UTC, from ${source === 'events' ? 'events.ndjson' : "kd's session time"})`;
}

function topDriver({ drivers }: ReportTime, bucket: number): string {
  let top = { name: '', count: 0 };
  for (const { name, counts } of drivers) {
    const count = counts[bucket] ?? 0;
    if (count > top.count && name !== '(others)') top = { name, count };
  }
  return top.name;
}
