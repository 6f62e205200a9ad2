import { count, number, percent, size } from '../format.js';
import { throughOf } from '../headline.js';
import { bytesOf, nounOf, stackSums, stackValue, wholeOf } from '../measure.js';
import type { Report } from '../model.js';
import type { ReportStack } from '../row-model.js';
import { modulesOf } from './rows.js';

/** How often a stack was hit, and what its hits did, where that is not what the report measures. */
export function stackFacts(stack: ReportStack, report: Report): string {
  if (stack.repeats === stack.count) return `printed again at the same stop: ${count(stack.count, 'time')}`;
  const value = stackValue(stack, report.measure);
  const whole = wholeOf(report);
  const bytes = bytesOf(stackSums(stack), report.measure);
  const facts = measured(stack, report)
    ? [
        `${count(value, nounOf(report))}${report.measure === 'outstanding' ? ' outstanding' : ''}`,
        percent(value, whole),
      ]
    : [count(stack.count - stack.repeats, stack.operation === 'free' ? 'free' : 'hit')];
  if (report.measure === 'outstanding' && stackSums(stack).allocations > 0)
    facts.push(`of ${number(stackSums(stack).allocations)} made`);
  if (bytes !== null && measured(stack, report)) facts.push(size(bytes));
  if (stack.operation === 'pool') facts.push('may be frees');
  if (stack.repeats > 0) facts.push(`printed ${count(stack.repeats, 'time')} more`);
  if (stack.doubt) facts.push(`driver not certain: ${stack.doubt.why}`);
  if (stack.crash) facts.push('the target crashed there');
  if (stack.through && stack.through.length > 0) facts.push(throughOf(modulesOf(stack.through)));
  return facts.join(', ');
}

function measured(stack: ReportStack, { measure }: Report): boolean {
  return measure === 'hits' || stackSums(stack).allocations > 0;
}
