import { answer, remarks } from './answer.js';
import {
  heldSection,
  outstandingSection,
  poolTypeSection,
  processorSection,
  stopSection,
  tagSection,
  unresolvedSection,
} from './fact-sections.js';
import { logSection, reading, unreadSection } from './log-sections.js';
import { codeBlock, markdownTable, markdownText } from './markdown-parts.js';
import type { Report } from './model.js';
import { nextCommands } from './next-commands.js';
import { nextMarkdown } from './next-forms.js';
import { poolSections } from './pool/pool-sections.js';
import type { Section } from './section.js';
import { stackFacts } from './stack-facts.js';
import { callerSection, driverSection } from './standing-sections.js';
import { timeSection } from './time-section.js';
import { number } from './wording.js';

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
    `**${markdownText(answer(report))}**`,
    ...remarks(report).map(markdownText),
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
