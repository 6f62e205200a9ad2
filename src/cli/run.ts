import { readFileSync } from 'node:fs';
import { CommanderError, InvalidArgumentError } from 'commander';
import { EXIT, Fault, systemCode } from '../fault.js';
import { internalFault, printFault, wantsRecords } from './json-records.js';
import { buildProgram } from './program.js';

/** A reader or a terminal that is not there any more. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ENXIO']);

function ignoreBrokenPipe(error: Error): void {
  if (!GONE.has(systemCode(error) ?? '')) throw error;
}

/** Runs one command line and gives its exit code. The only place where a fault becomes text for people. */
export async function run(argv: readonly string[]): Promise<number> {
  // A reader that has seen enough (`| head`) is no fault.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreBrokenPipe);
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const program = await buildProgram(argv, manifest.version);
  for (const command of [program, ...program.commands.flatMap((c) => [c, ...c.commands])]) command.exitOverride();
  try {
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : EXIT.done;
  } catch (error) {
    return await tell(error, wantsRecords(argv));
  }
}

/** Says what went wrong, to people and, where they are asked for, as records. @returns the exit code */
async function tell(error: unknown, records: boolean): Promise<number> {
  // Commander has said its own errors already, and gives help and version by throwing.
  if (error instanceof CommanderError && !(error instanceof InvalidArgumentError)) {
    if (error.exitCode === 0) return EXIT.done;
    const message = error.message.replace(/^error: /, '');
    if (records) printFault({ code: 'usage', message, remedy: 'See --help.', exitCode: EXIT.usage });
    return EXIT.usage;
  }
  const fault = faultOf(error);
  const text =
    fault.code === 'internal-error'
      ? `livedebug: internal error: ${fault.message}`
      : `livedebug: ${fault.message} (${fault.code})\n  ${fault.remedy}`;
  // Loaded here only: a start that goes well is the shorter for it.
  const { printText } = await import('./terminal-text.js');
  printText(text);
  if (records) printFault(fault);
  return fault.exitCode;
}

function faultOf(error: unknown): Pick<Fault, 'code' | 'message' | 'remedy' | 'exitCode'> {
  if (error instanceof Fault) return error;
  if (error instanceof InvalidArgumentError)
    return { code: 'usage', message: 'A value is not understood.', remedy: error.message, exitCode: EXIT.usage };
  return internalFault(error);
}
