import path from 'node:path';
import { firefoxReport } from '../report/firefox.js';
import { foldedReport } from '../report/folded.js';
import { htmlReport } from '../report/html.js';
import { jsonReport } from '../report/json.js';
import { markdownReport } from '../report/markdown.js';
import type { Report } from '../report/model.js';
import { readTexts, type TextSource } from '../report/read-texts.js';
import { speedscopeReport } from '../report/speedscope.js';
import { textReport } from '../report/text.js';
import type { Format, ReportOptions } from './report-options.js';

const TOP = 10;
/** Stacks whose own text goes into the page. */
const TEXTS = 500;

/** A report in the form that was asked for, in pieces. */
export function render(
  report: Report,
  format: Format,
  { top, by, out }: ReportOptions,
  files: readonly (string | undefined)[],
): Iterable<string> {
  const title = titleOf(report);
  switch (format) {
    case 'text':
      return [textReport(report, { top: top ?? TOP, by, ...layout(out) })];
    case 'md':
      return [markdownReport(report, { top: top ?? TOP })];
    case 'json':
      return [jsonReport(report, top)];
    case 'folded':
      return foldedReport(report);
    case 'speedscope':
      return [speedscopeReport(report, { name: title })];
    case 'firefox':
      return [firefoxReport(report, { name: title })];
    case 'html':
      return [htmlReport(report, { title, texts: readTexts(report.stacks, sourcesOf(report, files), TEXTS) })];
  }
}

/** How wide text may be, and whether a terminal shows it. */
export function layout(out: string | undefined): { readonly columns: number; readonly colour: boolean } {
  const terminal = out === undefined && process.stdout.isTTY === true;
  return {
    colour: terminal && !process.env.NO_COLOR,
    columns: terminal ? Math.min(120, Math.max(60, process.stdout.columns)) : 80,
  };
}

/** `Ddk in debug.log`: what a page or a profile is called. */
export function titleOf({ tags, logs }: Pick<Report, 'tags' | 'logs'>): string {
  const [tag] = tags;
  const names = logs.map(({ name }) => (name === '-' ? 'standard input' : path.basename(name)));
  const of = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' and ');
  return tags.length === 1 && tag ? `Pool tag ${tag.tag.trimEnd()} in ${of}` : `Pool allocations in ${of}`;
}

function sourcesOf({ logs }: Report, files: readonly (string | undefined)[]): TextSource[] {
  return logs.map(({ encoding }, i) => ({ file: files[i] ?? '', encoding }));
}
