import { type Command, InvalidArgumentError, Option } from 'commander';
import { positiveInteger, positiveNumber } from '../units.js';
import { addPattern, WRAPPER_HELP } from './wrapper-patterns.js';

export const FORMATS = ['text', 'md', 'json', 'folded', 'speedscope', 'firefox', 'html'] as const;
export type Format = (typeof FORMATS)[number];
export const ORDERS = ['stack', 'caller', 'driver', 'time'] as const;

/** What `report` and `compare` read besides logs. */
export interface KnowledgeOptions {
  readonly map?: readonly string[];
  readonly pooltag?: string;
  readonly symbols?: string;
  readonly wrapper?: string;
  readonly hours?: number;
}

export interface ReportOptions extends KnowledgeOptions {
  readonly by?: (typeof ORDERS)[number];
  readonly format?: Format;
  readonly json?: true;
  readonly top?: number;
  readonly out?: string;
  readonly open?: true;
  readonly last?: true;
  readonly follow?: true;
  readonly threads?: number;
}

/** The options that say what is known of modules and tags. */
export function addKnowledge(command: Command): Command {
  return command
    .option(
      '--map <file>',
      'names for a module without symbols: a linker map or a list of nm, as FILE or MODULE=FILE',
      collect,
    )
    .option(
      '--symbols <path>',
      'names for modules that kd had no symbols of: a symbol path whose folders hold their images or PDBs',
    )
    .option('--wrapper <pattern>', WRAPPER_HELP, addPattern)
    .option('--pooltag <file>', 'pooltag.txt of the Debugging Tools: whose a tag is')
    .option(
      '--hours <n>',
      'hours between the first table of pool tags and the last, where these do not tell their times',
      positiveNumber,
    );
}

export function addReportOptions(command: Command): Command {
  return addKnowledge(command)
    .addOption(new Option('--by <what>', 'what to show first, in text').choices(ORDERS))
    .addOption(new Option('--format <form>', 'how to show it (default: text)').choices(FORMATS))
    .option('--json', 'the same as --format json')
    .option(
      '--top <n>',
      'how many drivers, callers and stacks to show (default: 10; in JSON: all stacks)',
      positiveInteger,
    )
    .option('--out <file>', 'write to a file instead of standard output')
    .option('--open', 'write the page and open it: report.html in the run directory, or --out')
    .option('--last', 'the last run of this host')
    .option('--follow', 'go on with a log that grows, and show the top of it live; Ctrl+C ends with the report')
    .option('--threads <n>', 'cores to use for a large log (default: all, up to 4)', threads);
}

function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function threads(text: string): number {
  const number = positiveInteger(text);
  if (number > 16) throw new InvalidArgumentError('At most 16.');
  return number;
}
