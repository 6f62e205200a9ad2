import { stackFacts } from '../build/stack-facts.js';
import { number } from '../format.js';
import { writeHeadline, writeRemarks } from '../headline.js';
import type { Report } from '../model.js';
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
import { nextMarkdown } from '../sections/next-forms.js';
import { callerSection, driverSection } from '../sections/rankings.js';
import type { Section } from '../sections/section.js';
import { timeSection } from '../sections/time-section.js';
import { codeBlock, markdownTable, markdownText } from './markdown-parts.js';

export interface MarkdownOptions {
  /** How many drivers, callers and stacks are shown. */
  readonly top: number;
}

/** The report for an issue or a wiki, as GitHub reads Markdown. */
export function markdownReport(report: Report, { top }: MarkdownOptions): string {
  const sections: Section[] = [
    heldSection(report, top),
    outstandingSection(report),
    tagSection(report, top),
    poolTypeSection(report, top),
    stopSection(report, top),
    processorSection(report, top),
    timeSection(report),
    unresolvedSection(report, top),
    logSection(report, Number.POSITIVE_INFINITY),
    unreadSection(report, top),
  ];
  return [
    `**${markdownText(writeHeadline(report))}**`,
    ...writeRemarks(report).map(markdownText),
    ...markdownTable(driverSection(report, top)),
    ...markdownTable(callerSection(report, top)),
    ...stacks(report, top),
    ...poolSections(
      report.pool,
      top,
      report.logs.map(({ name }) => name),
    ).flatMap(markdownTable),
    ...sections.flatMap(markdownTable),
    ...nextMarkdown(nextCommands(report)),
    markdownText(reading(report)),
    '',
  ]
    .join('\n\n')
    .trimEnd()
    .concat('\n');
}

function stacks(report: Report, top: number): string[] {
  if (report.stacks.length === 0) return [];
  const shown = report.stacks.slice(0, top);
  const hidden = report.stacks.length - shown.length;
  return [
    '## Stacks',
    ...shown.flatMap((stack, i) => [
      `${i + 1}\\. ${markdownText(stackFacts(stack, report))}`,
      codeBlock(stack.frames.map(({ text }) => text)),
    ]),
    ...(hidden > 0 ? [`… and ${number(hidden)} more`] : []),
  ];
}
