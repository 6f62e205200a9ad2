import { measureTitle, throughOf } from '../headline.js';
import { bytesOf, rowValue, wholeOf } from '../measure.js';
import type { Report } from '../model.js';
import type { ReportDriver, ReportName } from '../row-model.js';
import {
  barCell,
  barColumn,
  type Cell,
  type Column,
  nameColumn,
  numberCell,
  numberColumn,
  remarkedCell,
  type Section,
  sectionOf,
  shareCell,
  sizeCell,
} from './section.js';

export function driverSection(report: Report, top: number): Section {
  const remark = ({ userMode, through = [] }: ReportDriver): string =>
    [...(userMode ? ['user mode'] : []), ...(through.length > 0 ? [throughOf(through)] : [])].join(', ');
  return standings('drivers', 'Drivers', report, report.drivers, top, remark);
}

export function callerSection(report: Report, top: number): Section {
  const title = 'Callers (first frame outside the pool allocator)';
  return standings('callers', title, report, report.callers, top, callerRemark);
}

export const SEVERAL_DRIVERS = 'several drivers';

/** Whom a function of the kernel works for; a driver's own function says it by its name. */
export function callerRemark({ name, driver }: { readonly name: string; readonly driver: string | null }): string {
  if (driver === '(unknown)') return '';
  return driver !== null && name.startsWith(driver) ? '' : `for ${driver ?? SEVERAL_DRIVERS}`;
}

function standings<Row extends ReportName>(
  id: string,
  title: string,
  report: Report,
  of: readonly Row[],
  top: number,
  remark: (row: Row) => string,
): Section {
  const whole = wholeOf(report);
  const facts = columnsOf(report);
  const columns: Column[] = [
    nameColumn(id === 'drivers' ? 'driver' : 'caller'),
    ...facts.map(({ title }) => numberColumn(title)),
    barColumn,
  ];
  return sectionOf(id, title, columns, of, top, (row) => [
    remarkedCell(row.name, remark(row)),
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
