import { clean } from '../../platform/clean-text.js';
import type { Report } from '../model.js';
import { type Weight, weightsOf } from '../weights.js';

/**
 * Folded stacks for FlameGraph and inferno, outermost frame first. They split a line at `;`, and take the number behind
 * the last blank for the count: no name may hold the one or end like the other.
 */
export function* foldedReport(report: Report, weight: Weight | undefined = weightsOf(report)[0]): Generator<string> {
  for (const stack of report.stacks) {
    const value = weight?.of(stack) ?? 0;
    if (value === 0) continue;
    const names = stack.frames.map(({ text }) => foldedName(text)).reverse();
    yield `${names.join(';') || '(unknown)'} ${value}\n`;
  }
}

function foldedName(text: string): string {
  const name = clean(text)
    .replaceAll(';', ',')
    .trim()
    .replace(/\s+(?=[\d.]*$)/, '_');
  return name === '' ? '(unknown)' : name;
}
