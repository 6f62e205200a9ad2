import type { Command } from 'commander';
import { Option } from 'commander';
import { EXIT, Fault } from '../../fault.js';
import { buildReport, type Knowledge } from '../../report/build/build.js';
import { compareReports } from '../../report/comparison.js';
import { jsonComparison } from '../../report/formats/comparison-json.js';
import { markdownComparison, textComparison } from '../../report/formats/comparison-text.js';
import { htmlComparison } from '../../report/html/comparison-html.js';
import type { Report } from '../../report/model.js';
import { buildPool, comparePools } from '../../report/pool/build-pool.js';
import { readReport } from '../../report/read/read-report.js';
import { endRecords, JSON_HELP } from '../json-records.js';
import { readKnowledge } from '../report/knowledge.js';
import { withLogs } from '../report/logs.js';
import { logsNamed } from '../report/names.js';
import { addKnowledge, type KnowledgeOptions } from '../report/options.js';
import { layout, titleOf } from '../report/render.js';
import { namesFrom } from '../report/symbols.js';
import { positiveInteger } from '../units.js';
import { refuseInputs, writeOutput } from '../write-output.js';
import { nothingFound } from './report.js';

interface CompareOptions extends KnowledgeOptions {
  readonly format: 'text' | 'md' | 'html' | 'json';
  readonly json?: true;
  readonly top: number;
  readonly out?: string;
}

const examples = `
Examples:
  livedebug compare before.log after.log
  livedebug compare monday.txt tuesday.txt --pooltag pooltag.txt     tables of !poolused or PoolMon
  livedebug compare monday.json tuesday.log --format html --out grew.html
`;

/** `livedebug compare BEFORE AFTER` */
export function define(program: Command): void {
  const command = program
    .command('compare')
    .description('what grew between two logs, by driver, caller and stack, or between two tables of pool tags')
    .argument(
      '<before>',
      'a log of kd, a run, a table of !poolused or PoolMon, or a report that was saved with --format json',
    )
    .argument('<after>', 'another one')
    .addOption(new Option('--format <form>', 'how to show it').choices(['text', 'md', 'html', 'json']).default('text'))
    .option('--json', `the same as --format json: ${JSON_HELP}`)
    .option('--top <n>', 'how many drivers, callers, stacks and tags to show', positiveInteger, 10)
    .option('--out <file>', 'write to a file instead of standard output');
  addKnowledge(command).addHelpText('after', examples).action(compare);
}

async function compare(before: string, after: string, options: CompareOptions): Promise<void> {
  await refuseInputs([before, after], options.out);
  const knowledge = await readKnowledge(options);
  const reports: Report[] = [];
  for (const name of [before, after]) reports.push(await reportOf(name, knowledge, options));
  const [from, to] = reports as [Report, Report];
  const pool = comparePools(from.pool, to.pool, { poolTags: knowledge.poolTags, hours: options.hours });
  if (!pool && (from.hits === 0 || to.hits === 0)) throw nothingInCommon();
  const comparison = compareReports(from, to, pool);
  const format = options.json ? 'json' : options.format;
  const text =
    format === 'json'
      ? jsonComparison(comparison)
      : format === 'html'
        ? htmlComparison(comparison, { title: `${titleOf(from)}, then ${titleOf(to)}` })
        : format === 'md'
          ? markdownComparison(comparison, options)
          : textComparison(comparison, { top: options.top, ...layout(options.out) });
  await writeOutput([text], options.out);
  if (options.json) endRecords(EXIT.done, options.out);
}

function nothingInCommon(): Fault {
  return new Fault(
    'nothing-in-common',
    EXIT.nothingFound,
    'One of the two holds stacks, and the other tables of pool tags: they have nothing that can be compared.',
    'Compare two logs, or two tables of !poolused or PoolMon.',
  );
}

async function reportOf(name: string, knowledge: Knowledge, options: CompareOptions): Promise<Report> {
  const saved = name === '-' ? undefined : readReport(name);
  const report =
    saved ??
    (await withLogs(logsNamed([name], false).sources, {}, async ({ logs, pool }) =>
      buildReport(logs, await namesFrom(options, knowledge, logs), buildPool(pool, { poolTags: knowledge.poolTags })),
    ));
  if (report.hits === 0 && !report.pool?.tables) throw nothingFound(report);
  return report;
}
