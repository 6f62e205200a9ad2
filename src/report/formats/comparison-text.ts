import { clean } from '../../platform/clean-text.js';
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
import { nextLines, nextMarkdown } from '../sections/next-forms.js';
import { emphasis, indented, layOut, type TableLayout, wrapped } from './layout.js';
import { codeBlock, markdownTable, markdownText } from './markdown-parts.js';

export interface ComparisonOptions {
  /** How many drivers, callers and stacks are shown. */
  readonly top: number;
}

/** What grew, for the terminal. */
export function textComparison(comparison: Comparison, options: ComparisonOptions & TableLayout): string {
  const { top, columns } = options;
  const more = (total: number): string => `--top ${total}`;
  const stacks = changedStacks(comparison);
  return [
    ...wrapped(comparisonAnswer(comparison), columns).map((line) => emphasis(line, options)),
    ...comparisonRemarks(comparison).flatMap((remark) => wrapped(clean(remark), columns)),
    '',
    ...layOut(driverChanges(comparison, top), options, more(comparison.drivers.length)),
    ...layOut(callerChanges(comparison, top), options, more(comparison.callers.length)),
    ...(stacks.length === 0 ? [] : [emphasis('Stacks', options)]),
    ...stacks
      .slice(0, top)
      .flatMap((stack, i) => [
        ...indented(`#${i + 1}: ${changeFacts(stack)}`, columns),
        ...stack.frames.map((frame) => `       ${fitted(frame, columns - 7)}`),
      ]),
    ...(stacks.length > top ? [`  … and ${number(stacks.length - top)} more (${more(stacks.length)})`] : []),
    ...poolSections(comparison.pool, top, names(comparison)).flatMap((section) => layOut(section, options)),
    ...nextLines(comparison.pool?.next ?? [], options),
    '',
  ]
    .join('\n')
    .trimEnd()
    .concat('\n');
}

function names({ before, after }: Comparison): string[] {
  return [before, after].map(({ logs }) => logs.join(', '));
}

/** What grew, for an issue or a wiki. */
export function markdownComparison(comparison: Comparison, { top }: ComparisonOptions): string {
  const stacks = changedStacks(comparison);
  return [
    `**${markdownText(comparisonAnswer(comparison))}**`,
    ...comparisonRemarks(comparison).map(markdownText),
    ...markdownTable(driverChanges(comparison, top)),
    ...markdownTable(callerChanges(comparison, top)),
    ...(stacks.length === 0 ? [] : ['## Stacks']),
    ...stacks
      .slice(0, top)
      .flatMap((stack, i) => [`${i + 1}\\. ${markdownText(changeFacts(stack))}`, codeBlock(stack.frames)]),
    ...(stacks.length > top ? [`… and ${number(stacks.length - top)} more`] : []),
    ...poolSections(comparison.pool, top, names(comparison)).flatMap(markdownTable),
    ...nextMarkdown(comparison.pool?.next ?? []),
  ]
    .join('\n\n')
    .concat('\n');
}
