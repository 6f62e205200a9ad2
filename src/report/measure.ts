import type { Measure, Report } from './model.js';
import type { ReportStack, ReportSums } from './row-model.js';

/** What one hit of the report is called: nothing is said to be an allocation that the log does not show to be one. */
export function nounOf(
  report: Pick<Report, 'measure' | 'hits' | 'allocations' | 'ambiguous' | 'frees' | 'stops'>,
): string {
  if (report.measure !== 'hits')
    return report.ambiguous > 0 && report.ambiguous === report.allocations ? 'allocation or free' : 'allocation';
  if (report.frees > 0 && report.frees === report.hits) return 'free';
  return report.stops.some(({ kind }) => kind === 'breakpoint' || kind === 'pool-hit-tag') ? 'hit' : 'stack';
}

/** How much the whole report has of its measure. */
export function wholeOf(report: Report): number {
  return wholeBy(report, report.measure);
}

export function wholeBy(report: Report, measure: Measure): number {
  if (measure === 'outstanding') return report.outstanding?.count ?? 0;
  return measure === 'allocations' ? report.allocations : report.hits;
}

/** How much a driver or caller has of a measure. */
export function rowValue(row: ReportSums, measure: Measure): number {
  if (measure === 'outstanding') return row.outstanding?.count ?? 0;
  return measure === 'allocations' ? row.allocations : row.hits;
}

/** How much a stack has of a measure; one that was printed again at the same stop happened once. */
export function stackValue(stack: ReportStack, measure: Measure): number {
  if (measure === 'outstanding') return stack.outstanding?.count ?? 0;
  return measure === 'allocations' ? stackSums(stack).allocations : stack.count;
}

/** The sums of a stack in the words of drivers and callers. */
export function stackSums({ count, operation, repeats, bytes, sized, outstanding }: ReportStack): ReportSums {
  const once = count - repeats;
  const allocations = operation === 'allocation' || operation === 'pool' ? once : 0;
  return { hits: count, allocations, frees: operation === 'free' ? once : 0, bytes, sized, outstanding };
}

/** The bytes that go with a measure: those still held, where allocations are matched with frees. */
export function bytesOf({ outstanding, bytes, sized }: ReportSums, measure: Measure): number | null {
  const of = measure === 'outstanding' && outstanding ? outstanding : { bytes, sized };
  return of.sized > 0 ? of.bytes : null;
}
