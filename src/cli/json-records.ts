import { redactedJson } from '../debugger/redact.js';
import { EXIT, type Fault } from '../fault.js';
import { cleanJson } from '../platform/clean-text.js';

/** What `--json` is, in the help of every command. */
export const JSON_HELP = 'NDJSON records on stdout, the last one a result (livedebug schema shows them)';

let ended = false;

/** One line of `--json`. What it quotes of a target does nothing to a terminal, and passwords are left out. */
export function printRecord(event: string, detail: object = {}): void {
  printLine({ v: 1, event, ...detail });
}

/** The last line of `--json`. */
export function printResult(exitCode: number, detail: object = {}): void {
  printRecord('result', { exit_code: exitCode, ...detail });
}

/** A record that somebody else has made, a session or a report. */
export function printLine(record: Readonly<Record<string, unknown>>): void {
  if (record.event === 'result') ended = true;
  process.stdout.write(`${cleanJson(redactedJson(record))}\n`);
}

/** The result, unless it stands there already. */
export function endWith(exitCode: number): void {
  if (!ended) printResult(exitCode);
}

/** Behind a document that is the result itself, unless it has gone into a file. */
export function endRecords(exitCode: number, out: string | undefined): void {
  if (out === undefined) ended = true;
  else printResult(exitCode, { out });
}

/** What went wrong, and the result; nothing behind a result that stands there already. */
export function printFault(fault: Pick<Fault, 'code' | 'message' | 'remedy' | 'exitCode'>): void {
  if (ended) return;
  const { code, message, remedy, exitCode } = fault;
  printRecord('error', { code, message, ...(remedy !== '' && { remedy }), exit_code: exitCode });
  printResult(exitCode);
}

/** Whether a command line asks for records, understood or not. */
export function wantsRecords(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv[0] !== 'kd' && argv.slice(0, end === -1 ? undefined : end).includes('--json');
}

/** An error of ours, as records tell it. */
export function internalFault(error: unknown): Pick<Fault, 'code' | 'message' | 'remedy' | 'exitCode'> {
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'internal-error', message, remedy: 'Report it, with this text.', exitCode: EXIT.fault };
}
