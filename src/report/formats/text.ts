import { clean } from '../../platform/clean-text.js';
import { stackFacts } from '../build/stack-facts.js';
import { fitted, number } from '../format.js';
import { writeHeadline, writeRemarks } from '../headline.js';
import type { Report } from '../model.js';
import { poolSections } from '../pool/pool-sections.js';
import type { ReportStack } from '../row-model.js';
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
import { nextLines } from '../sections/next-forms.js';
import { callerSection, driverSection } from '../sections/rankings.js';
import type { Section } from '../sections/section.js';
import { timeSection } from '../sections/time-section.js';
import { emphasis, indented, layOut, type TableLayout, wrapped } from './layout.js';

export { writeHeadline as answer } from '../headline.js';

/** What comes first. */
export type By = 'stack' | 'caller' | 'driver' | 'time';

export interface TextOptions extends TableLayout {
  /** How many drivers, callers and stacks are shown. */
  readonly top: number;
  readonly by?: By | undefined;
}

/** Of what was not asked for first, a look. */
const GLANCE = 3;

/** The report for people: the answer in a sentence, then drivers, callers and stacks, then what could not be read. */
export function textReport(report: Report, options: TextOptions): string {
  const rows = (section: Section): string[] => layOut(section, options);
  return [
    ...wrapped(writeHeadline(report), options.columns).map((line) => emphasis(line, options)),
    ...writeRemarks(report).flatMap((remark) => wrapped(remark, options.columns)),
    '',
    ...rankings(report, options),
    ...poolSections(
      report.pool,
      options.top,
      report.logs.map(({ name }) => name),
    ).flatMap(rows),
    ...rows(heldSection(report, options.top)),
    ...rows(outstandingSection(report)),
    ...rows(tagSection(report, options.top)),
    ...rows(poolTypeSection(report, options.top)),
    ...rows(stopSection(report, options.top)),
    ...rows(processorSection(report, options.top)),
    ...rows(unresolvedSection(report, options.top)),
    ...rows(logSection(report, Number.POSITIVE_INFINITY)),
    ...rows(unreadSection(report, options.top)),
    ...nextLines(nextCommands(report), options),
    ...wrapped(clean(reading(report)), options.columns),
    '',
  ].join('\n');
}

/** Drivers, callers and stacks alike; if one thing is asked for, that first, and a glance at the others. */
function rankings(report: Report, options: TextOptions): string[] {
  const { by } = options;
  const order: By[] = ['driver', 'caller', 'stack'];
  const shown = by === undefined ? order : [by, ...order.filter((other) => other !== by)];
  return shown.flatMap((what) => {
    const glance = by !== undefined && what !== by;
    const top = glance ? Math.min(GLANCE, options.top) : options.top;
    return ranking(what, report, { ...options, top }, glance);
  });
}

function ranking(what: By, report: Report, options: TextOptions, glance: boolean): string[] {
  const more = (total: number): string => (glance ? `--by ${what}` : `--top ${total}`);
  if (what === 'driver') return layOut(driverSection(report, options.top), options, more(report.drivers.length));
  if (what === 'caller') return layOut(callerSection(report, options.top), options, more(report.callers.length));
  if (what === 'time') return layOut(timeSection(report), options);
  return stackBlocks(report, options, more(report.stacks.length));
}

function stackBlocks(report: Report, options: TextOptions, more: string): string[] {
  if (report.stacks.length === 0) return [];
  const shown = report.stacks.slice(0, options.top);
  const hidden = report.stacks.length - shown.length;
  return [
    emphasis('Stacks', options),
    ...shown.flatMap((stack, i) => stackLines(stack, i, report, options)),
    ...(hidden > 0 ? [`  … and ${number(hidden)} more (${more})`] : []),
    '',
  ];
}

function stackLines(stack: ReportStack, index: number, report: Report, { columns }: TextOptions): string[] {
  return [
    ...indented(`#${index + 1}: ${stackFacts(stack, report)}`, columns),
    ...stack.frames.map((frame) => `       ${fitted(frame.text, columns - 7)}`),
  ];
}
