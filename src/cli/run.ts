import { readFileSync } from 'node:fs';
import { CommanderError, InvalidArgumentError } from 'commander';
import { EXIT, Fault, systemCode } from '../fault.js';
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
    if (error instanceof CommanderError && !(error instanceof InvalidArgumentError))
      return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (error instanceof Fault) {
      process.stderr.write(`livedebug: ${error.message}\n  ${error.remedy}\n`);
      return error.exitCode;
    }
    process.stderr.write(`livedebug: a fault of ours: ${error instanceof Error ? error.stack : String(error)}\n`);
    return EXIT.fault;
  }
}
