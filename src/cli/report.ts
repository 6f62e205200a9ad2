import { stat, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';
import { jsonReport } from '../report/json.js';
import { buildReport, type Report } from '../report/model.js';
import { readLogFile, readLogStream } from '../report/read-log.js';
import { textReport } from '../report/text.js';
import { positiveInteger } from './quantities.js';

interface ReportOptions {
  readonly json?: true;
  readonly top?: number;
  readonly out?: string;
}

const examples = `
Examples:
  livedebug report debug.log
  livedebug report debug.log --json --out report.json
  type c:\\logs\\kd.txt | livedebug report -
`;

/** `livedebug report LOG` */
export function define(program: Command): void {
  program
    .command('report')
    .description('who allocated the tag: from any debug.log, of whatever age')
    .argument('<log>', 'a log of kd with stacks in it, or - for standard input')
    .option('--json', 'one JSON object')
    .option(
      '--top <n>',
      'how many drivers, callers and stacks to show (default: 10; in JSON: all stacks)',
      positiveInteger,
    )
    .option('--out <file>', 'write to a file instead of standard output')
    .addHelpText('after', examples)
    .action(report);
}

async function report(log: string, options: ReportOptions): Promise<void> {
  if (options.out !== undefined) await refuseTheLogItself(log, options.out);
  const reader = log === '-' ? await readLogStream(process.stdin) : await readLogFile(log);
  const result = buildReport(reader);
  if (result.hits === 0 && !options.json) throw nothingFound(log, result);
  await deliver(render(result, options), options.out);
  if (result.hits === 0) process.exitCode = EXIT.nothingFound;
}

function render(result: Report, { json, top, out }: ReportOptions): string {
  if (json) return jsonReport(result, top);
  const terminal = out === undefined && process.stdout.isTTY;
  return textReport(result, {
    top: top ?? 10,
    colour: terminal && !process.env.NO_COLOR,
    columns: terminal ? Math.min(120, Math.max(60, process.stdout.columns)) : 80,
  });
}

async function deliver(text: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    // A reader that has seen enough (`| head`) closes the pipe: that is no fault.
    process.stdout.on('error', (error) => {
      if (systemCode(error) !== 'EPIPE') throw error;
    });
    process.stdout.write(text);
    return;
  }
  try {
    await writeFile(out, text);
  } catch (error) {
    throw new Fault(
      'report-unwritable',
      EXIT.usage,
      `'${out}' could not be written: ${messageOf(error)}.`,
      'Name another file with --out.',
    );
  }
  process.stderr.write(`livedebug: wrote ${out}\n`);
}

/** Under another name, too (links): a report must never replace what it was made from. */
async function refuseTheLogItself(log: string, out: string): Promise<void> {
  const identity = async (path: string): Promise<string | undefined> => {
    const found = await stat(path, { bigint: true }).catch(() => undefined);
    return found && `${found.dev}:${found.ino}`;
  };
  const written = await identity(out);
  if (log === '-' || written === undefined || written !== (await identity(log))) return;
  throw new Fault(
    'report-over-log',
    EXIT.usage,
    `--out '${out}' is the log itself; the report would replace it.`,
    'Name another file with --out.',
  );
}

function nothingFound(log: string, { read, unreadTotal, unread }: Report): Fault {
  const name = log === '-' ? 'standard input' : `'${log}'`;
  if (read.bytes === 0)
    return new Fault(
      'log-empty',
      EXIT.nothingFound,
      `${name} is empty.`,
      'Give the log of a session: debug.log in its run directory.',
    );
  const damaged = unreadTotal === 0 ? '' : `; ${unreadTotal} look damaged, the first is line ${unread[0]?.line}`;
  return new Fault(
    'no-stacks',
    EXIT.nothingFound,
    `${name} holds no stack (${read.bytes} bytes, ${read.lines} lines${damaged}).`,
    'Was the breakpoint hit? Its command must print stacks: bp nt!MmAllocateSpecialPool ";kb;g".',
  );
}
