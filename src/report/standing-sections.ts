import { measureTitle } from './answer.js';
import { bytesOf, rowValue, wholeOf } from './measure.js';
import type { Report, ReportName } from './model.js';
import {
  barCell,
  barColumn,
  type Cell,
  type Column,
  nameCell,
  nameColumn,
  numberCell,
  numberColumn,
  type Section,
  sectionOf,
  shareCell,
  sizeCell,
} from './section.js';

export function driverSection(report: Report, top: number): Section {
  const named = report.drivers.map((driver) =>
    driver.userMode ? { ...driver, name: `${driver.name} (user mode)` } : driver,
  );
  return standings('drivers', 'Drivers', report, named, top);
}

export function callerSection(report: Report, top: number): Section {
  return standings('callers', 'Callers (first frame outside the pool allocator)', report, report.callers, top);
}

function standings(id: string, title: string, report: Report, of: readonly ReportName[], top: number): Section {
  const whole = wholeOf(report);
  const facts = columnsOf(report);
  const columns: Column[] = [
    nameColumn(id === 'drivers' ? 'driver' : 'caller'),
    ...facts.map(({ title }) => numberColumn(title)),
    barColumn,
  ];
  return sectionOf(id, title, columns, of, top, (row) => [
    nameCell(row.name),
    ...facts.map(({ cell }) => cell(row)),
    barCell(rowValue(row, report.measure), whole),
  ]);
}

interface Fact {
  readonly title: string;
  readonly cell: (row: ReportName) => Cell;
}

/** What else is known of a row beside its measure; a column that would repeat another is left out. */
function columnsOf(report: Report): Fact[] {
  const { measure } = report;
  const whole = wholeOf(report);
  const facts: Fact[] = [
    { title: measureTitle(report), cell: (row) => numberCell(rowValue(row, measure)) },
    { title: 'share', cell: (row) => shareCell(rowValue(row, measure), whole) },
  ];
  if (report.bytes !== null) facts.push({ title: 'bytes', cell: (row) => sizeCell(bytesOf(row, measure)) });
  if (measure === 'outstanding')
    facts.push({ title: 'allocations', cell: ({ allocations }) => numberCell(allocations) });
  if (report.frees > 0 && report.frees < report.hits)
    facts.push({ title: 'frees', cell: ({ frees }) => numberCell(frees) });
  return facts;
}
