import type { Command } from 'commander';
import { EXIT } from '../../fault.js';
import {
  endOfRun,
  type Keeping,
  knownRuns,
  type Run,
  removableBytes,
  removeRun,
  sizeOfRun,
  whyKept,
} from '../../session/runs.js';
import { JSON_HELP, printRecord, printResult } from '../json-records.js';
import { age, formatBytes } from '../units.js';

const HELP = `
Every session leaves a run directory. "livedebug report RUN" reads all of its log.

Examples:
  livedebug runs
  livedebug runs prune --older 30d --dry-run
  livedebug runs prune --older 30d
`;

/** `livedebug runs`, `livedebug runs prune` */
export function define(program: Command): void {
  const runs = program
    .command('runs')
    .description('the runs of this host: tag, when, hits, size, and how the target was left')
    .option('--json', JSON_HELP)
    .addHelpText('after', HELP)
    .action(list);
  runs
    .command('prune')
    .description('remove old runs; never one that is alive, or whose target is not known to run')
    .requiredOption('--older <age>', 'those that ended longer ago than this: 12h, 30d, 8w', age)
    .option('--dry-run', 'say what would be removed')
    .option('--json', JSON_HELP)
    .addHelpText(
      'after',
      '\nExamples:\n  livedebug runs prune --older 30d --dry-run\n  livedebug runs prune --older 8w\n',
    )
    .action((flags: PruneFlags, command: Command) => prune({ ...flags, ...command.optsWithGlobals<PruneFlags>() }));
}

interface PruneFlags {
  readonly older: number;
  readonly dryRun?: boolean;
  readonly json?: true;
}

function list({ json }: { readonly json?: true }): void {
  const runs = knownRuns();
  if (json) {
    for (const run of runs) printRecord('run', facts(run));
    printResult(EXIT.done, { runs: runs.length });
  } else if (runs.length === 0) process.stdout.write('There are no runs on this host.\n');
  else process.stdout.write(table(runs));
}

function prune({ older, dryRun = false, json }: PruneFlags): void {
  const before = Date.now() - older;
  const old = knownRuns().filter((run) => endOfRun(run) < before);
  const failed: unknown[] = [];
  let removed = 0;
  let bytes = 0;
  for (const run of old) {
    const kept = whyKept(run);
    const size = removableBytes(run);
    const wrong = kept === undefined && !dryRun ? removal(run) : undefined;
    if (wrong !== undefined) failed.push(wrong);
    else if (kept === undefined) {
      removed++;
      bytes += size;
    }
    const done = kept !== undefined || wrong !== undefined ? 'kept' : dryRun ? 'would-remove' : 'removed';
    if (json) printRecord(done, { run: run.run, directory: run.directory, bytes: size, ...(kept && { why: kept }) });
    else process.stdout.write(`${wordsOf(run, done, kept, wrong)}\n`);
  }
  const code = failed.length === 0 ? EXIT.done : EXIT.missing;
  if (json) printResult(code, { removed: dryRun ? 0 : removed, bytes, kept: old.length - removed });
  else
    process.stdout.write(
      `${dryRun ? 'Would remove' : 'Removed'} ${removed === 1 ? 'one run' : `${removed} runs`}, ${formatBytes(bytes)}.\n`,
    );
  process.exitCode = code;
}

function removal(run: Run): string | undefined {
  try {
    removeRun(run);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const KEEPING: Readonly<Record<Keeping, string>> = {
  alive: 'its session is running',
  'target-unknown':
    'its target is not known to run. "livedebug rescue" frees it; "livedebug status --forget RUN" says that you have seen it run',
  'no-record': 'it has no run.json that can be read, so nothing is known of its target',
};

function wordsOf(run: Run, done: string, kept: Keeping | undefined, wrong: string | undefined): string {
  if (kept !== undefined) return `kept     ${run.run}: ${KEEPING[kept].replace('RUN', run.run)}`;
  if (wrong !== undefined) return `kept     ${run.run}: it cannot be removed: ${wrong}`;
  return `${done === 'removed' ? 'removed' : 'would go'}${done === 'removed' ? '  ' : ' '}${run.run}`;
}

function facts(run: Run): Readonly<Record<string, unknown>> {
  const { record } = run;
  return {
    run: run.run,
    directory: run.directory,
    bytes: sizeOfRun(run),
    ...(record && {
      tag: record.tag,
      started: record.started,
      hits: record.hits,
      target: record.disposition,
      ...(record.ended !== undefined && { ended: record.ended }),
      ...(record.exit_code !== undefined && { exit_code: record.exit_code }),
      ...(record.left !== undefined && { left: record.left }),
    }),
    state: stateOf(run),
  };
}

function stateOf(run: Run): string {
  const { record } = run;
  switch (whyKept(run)) {
    case 'alive':
      return 'session is running';
    case 'no-record':
      return 'not known: no run.json';
    case 'target-unknown':
      return 'NOT KNOWN TO RUN';
    case undefined:
      if (record?.freed !== undefined) return 'running, freed later';
      return { unreached: 'not reached', untouched: 'not touched' }[String(record?.left)] ?? 'running';
  }
}

const HEAD = ['run', 'tag', 'when', 'hits', 'size', 'target'] as const;

function table(runs: readonly Run[]): string {
  const rows = runs.map((run) => [
    run.run,
    run.record?.tag.trim() || '-',
    when(run),
    String(run.record?.hits ?? '-'),
    formatBytes(sizeOfRun(run)),
    stateOf(run),
  ]);
  const widths = HEAD.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const text = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 3 || i === 4 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return `${[HEAD, ...rows].map((row) => text(row)).join('\n')}\n`;
}

/** In the time of this host: `2026-11-23 09:30`. */
function when({ record }: Run): string {
  const at = new Date(record?.started ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return '-';
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
