import { plural } from './format.js';
import { nounOf, stackSums, wholeBy } from './measure.js';
import type { Report } from './model.js';
import type { ReportStack } from './row-model.js';

/** One way to say how much a stack is: what profilers and the flame graph add up. */
export interface Weight {
  readonly id: 'outstanding' | 'held-bytes' | 'allocations' | 'hits' | 'bytes';
  readonly title: string;
  readonly unit: 'none' | 'bytes';
  readonly of: (stack: ReportStack) => number;
}

/** All that the report can be weighed by: its measure first. */
export function weightsOf(report: Report): Weight[] {
  const { measure, outstanding, bytes } = report;
  const weights: Weight[] = [];
  const add = (id: Weight['id'], title: string, of: Weight['of'], unit: Weight['unit'] = 'none'): void => {
    weights.push({ id, title, of, unit });
  };
  if (outstanding && outstanding.count > 0) {
    add('outstanding', 'outstanding allocations', (stack) => stack.outstanding?.count ?? 0);
    if (outstanding.sized > 0)
      add('held-bytes', 'outstanding bytes', (stack) => stack.outstanding?.bytes ?? 0, 'bytes');
  }
  const noun = plural(nounOf({ ...report, measure: measure === 'outstanding' ? 'allocations' : measure }));
  if (measure === 'hits') add('hits', noun, (stack) => stack.count);
  else if (wholeBy(report, 'allocations') > 0) add('allocations', noun, (stack) => stackSums(stack).allocations);
  if (bytes !== null) add('bytes', outstanding ? 'bytes asked for' : 'bytes', (stack) => stack.bytes, 'bytes');
  return weights;
}
