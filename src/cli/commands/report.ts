import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Command } from 'commander';
import { EXIT, Fault } from '../../fault.js';
import { buildReport } from '../../report/build/build.js';
import type { Report } from '../../report/model.js';
import { buildPool } from '../../report/pool/build-pool.js';
import { whatItIs } from '../../report/what-it-is.js';
import { expandFiles } from '../expand-files.js';
import { endRecords } from '../json-records.js';
import { openPage } from '../open-page.js';
import { readKnowledge } from '../report/knowledge.js';
import { withLogs } from '../report/logs.js';
import { logsNamed } from '../report/names.js';
import { addReportOptions, type Format, type ReportOptions } from '../report/options.js';
import { render } from '../report/render.js';
import { namesFrom } from '../report/symbols.js';
import { refuseInputs, writeOutput } from '../write-output.js';

const examples = `
Examples:
  livedebug report debug.log
  livedebug report --last --open
  livedebug report 20261123-093012-Ddk-4f1a
  livedebug report debug.log --format html --out report.html
  livedebug report monday.log tuesday.log --by driver --top 20
  livedebug report debug.log --map mydrv.map --pooltag pooltag.txt
  livedebug report debug.log --symbols D:\\fileserver
  livedebug report debug.log --follow
  livedebug report monday.txt tuesday.txt --pooltag pooltag.txt     tables of !poolused or PoolMon
  type c:\\logs\\kd.txt | livedebug report -
`;

/** Forms that are made for a program to open. */
const FOR_PROGRAMS: ReadonlySet<Format> = new Set(['html', 'speedscope', 'firefox']);

/** Forms that have nothing but stacks. */
const OF_STACKS: ReadonlySet<Format> = new Set(['folded', 'speedscope', 'firefox']);

/** `livedebug report LOG|RUN…` */
export function define(program: Command): void {
  const command = program
    .command('report')
    .description('who allocated the tag: from any debug.log, of whatever age and size')
    .argument(
      '[log...]',
      'logs of kd with stacks in them, run directories or runs, in their order; - for standard input',
    );
  addReportOptions(command).addHelpText('after', examples).action(report);
}

async function report(given: readonly string[], options: ReportOptions): Promise<void> {
  const { sources, directory } = logsNamed(expandFiles(given), options.last ?? false);
  const names = sources.flatMap(({ files }) => files);
  const format = formatOf(options);
  const out = options.out ?? (options.open ? pageFor(directory) : undefined);
  await refuseInputs(names, out);
  refuseTwice(names);
  refuseTerminal(format, out);
  const knowledge = await readKnowledge(options);
  if (options.follow) {
    const { follow } = await import('../report/follow.js');
    await follow(names, knowledge, options, format);
    return;
  }
  await withLogs(sources, { threads: options.threads, keepText: format === 'html' }, async ({ logs, files, pool }) => {
    const names = await namesFrom(options, knowledge, logs);
    const tables = buildPool(pool, { poolTags: knowledge.poolTags, hours: options.hours });
    const result = buildReport(logs, names, tables);
    const nothing = result.hits === 0 && (tables === null || OF_STACKS.has(format));
    if (nothing && format !== 'json') throw nothingFound(result);
    const exitCode = nothing ? EXIT.nothingFound : EXIT.done;
    await writeOutput(
      await render(result, format, { ...options, exitCode, ...(out !== undefined && { out }) }, files),
      out,
    );
    if (options.json) endRecords(exitCode, out);
    process.exitCode = exitCode;
  });
  if (options.open && out !== undefined) await openPage(path.resolve(out));
}

function formatOf({ open, follow, json, format }: ReportOptions): Format {
  if (open && (json || (format ?? 'html') !== 'html'))
    throw new Fault(
      'open-needs-page',
      EXIT.usage,
      '--open opens a page, and another form was asked for.',
      'Leave --format out, or --open.',
    );
  if (open && follow)
    throw new Fault(
      'open-needs-page',
      EXIT.usage,
      '--open waits for the whole report, and --follow has no end.',
      'Give one of the two.',
    );
  return open ? 'html' : json ? 'json' : (format ?? 'text');
}

/** Beside the log of a run, or where nobody has to clean up. */
function pageFor(directory: string | undefined): string {
  return path.join(directory ?? mkdtempSync(path.join(os.tmpdir(), 'livedebug-')), 'report.html');
}

function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new Fault(
    'log-twice',
    EXIT.usage,
    `${twice === '-' ? 'Standard input' : `'${twice}'`} is named twice; its hits would count twice.`,
    'Name every log once.',
  );
}

function refuseTerminal(format: Format, out: string | undefined): void {
  if (out !== undefined || !process.stdout.isTTY || !FOR_PROGRAMS.has(format)) return;
  throw new Fault(
    'report-needs-file',
    EXIT.usage,
    `A report as ${format} is made for a program to open, and would only fill the terminal.`,
    `Name a file: --out report.${format === 'html' ? 'html' : `${format}.json`}`,
  );
}

/** So many lines are named. */
const LINES = 5;

function looksLike(total: number, unread: Report['unread']): string {
  const named = unread.slice(0, LINES).map(({ line }) => line);
  const list = `${named.length === 1 ? 'line' : 'lines'} ${named.join(', ')}${total > named.length ? ' …' : ''}`;
  return total === 1
    ? `1 line looks like a part of a stack and could not be read: ${list}`
    : `${total} lines look like stacks and could not be read: ${list}`;
}

/** No stack in any of the logs: what there is instead. */
export function nothingFound({ logs, read, unreadTotal, unread, pool }: Report): Fault {
  const names = logs.map(({ name }) => (name === '-' ? 'standard input' : `'${name}'`)).join(', ');
  const are = logs.length === 1 ? 'is' : 'are';
  if (pool)
    return new Fault(
      'no-stacks',
      EXIT.nothingFound,
      `${names} ${logs.length === 1 ? 'holds' : 'hold'} no stack, and this form shows nothing else.`,
      'Take --format text, md, html or json: those show what was read of pool.',
    );
  if (read.bytes === 0)
    return new Fault(
      'log-empty',
      EXIT.nothingFound,
      `${names} ${are} empty.`,
      'Give the log of a session: debug.log in its run directory.',
    );
  const other = logs.length === 1 ? whatItIs(logs[0]?.name ?? '') : undefined;
  if (other)
    return new Fault('no-log', EXIT.nothingFound, `${names} is ${other.is}, and holds no stack.`, other.remedy);
  const holds = `${names} ${logs.length === 1 ? 'holds' : 'hold'} no stack`;
  if (unreadTotal > 0)
    return new Fault(
      'unread-stacks',
      EXIT.nothingFound,
      `${holds} that could be read (${read.bytes} bytes, ${read.lines} lines); ${looksLike(unreadTotal, unread)}.`,
      'Send the log as kd wrote it (.logopen FILE), or with the line above the first frame: the header names the columns.',
    );
  return new Fault(
    'no-stacks',
    EXIT.nothingFound,
    `${holds} (${read.bytes} bytes, ${read.lines} lines).`,
    'Was the breakpoint hit? Its command must print stacks: bp nt!MmAllocateSpecialPool ";kb;g".',
  );
}
