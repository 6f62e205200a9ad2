import path from 'node:path';
import { border } from '../../report/format.js';
import type { Report } from '../../report/model.js';
import type { TextSource } from '../../report/read/read-texts.js';
import type { Format, ReportOptions } from './options.js';

const TOP = 10;
/** As every run calls its log. */
const LOG_NAME = 'debug.log';
/** Stacks whose own text goes into the page. */
const TEXTS = 500;

/** A report in the form that was asked for, in pieces. Only what makes that form is loaded: most are never used together. */
export async function render(
  report: Report,
  format: Format,
  { top, by, out, exitCode }: ReportOptions & { readonly exitCode?: number },
  files: readonly (string | undefined)[],
): Promise<Iterable<string>> {
  const name = titleOf(report);
  switch (format) {
    case 'text': {
      const { textReport } = await import('../../report/formats/text.js');
      return [textReport(report, { top: top ?? TOP, by, ...layout(out) })];
    }
    case 'md': {
      const { markdownReport } = await import('../../report/formats/markdown.js');
      return [markdownReport(report, { top: top ?? TOP })];
    }
    case 'json': {
      const { jsonReport } = await import('../../report/formats/json.js');
      return jsonReport(report, top, exitCode);
    }
    case 'folded':
      return (await import('../../report/formats/folded.js')).foldedReport(report);
    case 'speedscope':
      return [(await import('../../report/formats/speedscope.js')).speedscopeReport(report, { name })];
    case 'firefox':
      return [(await import('../../report/formats/firefox.js')).firefoxReport(report, { name })];
    case 'html': {
      const { htmlReport } = await import('../../report/html/html.js');
      const { readTexts } = await import('../../report/read/read-texts.js');
      return [htmlReport(report, { title: name, texts: readTexts(report.stacks, sourcesOf(report, files), TEXTS) })];
    }
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

/**
 * What a page or a profile is called, so that two of them can be told apart: `Pool tag Ddk in 20261123-093012-Ddk-4f1a, 2026-11-23 09:30`.
 * A log that has the name that every run gives it is called by its folder, too.
 */
export function titleOf({ tags, logs, over }: Pick<Report, 'tags' | 'logs'> & Partial<Pick<Report, 'over'>>): string {
  const [tag] = tags;
  const names = logs.map(({ name }) => (name === '-' ? 'standard input' : shortName(name)));
  const of = names.length > 2 ? `${names[0]} and ${names.length - 1} more` : names.join(' and ');
  const what = tags.length === 1 && tag ? `Pool tag ${tag.tag.trimEnd()}` : 'Pool allocations';
  const since = over?.axis === 'time' ? `, ${border(over.borders[0] ?? '').slice(0, 16)}` : '';
  return `${what} in ${of}${since}`;
}

function shortName(name: string): string {
  const { base, dir } = path.parse(path.resolve(name));
  return base === LOG_NAME ? `${path.basename(dir)}${path.sep}${base}` : base;
}

function sourcesOf({ logs }: Report, files: readonly (string | undefined)[]): TextSource[] {
  return logs.map(({ encoding }, i) => ({ file: files[i] ?? '', encoding }));
}
