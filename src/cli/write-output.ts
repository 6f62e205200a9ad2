import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';

/** Writes a result to `out`, or to standard output. A reader that has seen enough (`| head`) is no fault. */
export async function writeOutput(pieces: Iterable<string>, out: string | undefined): Promise<void> {
  if (out === undefined) {
    try {
      await pipeline(Readable.from(pieces), process.stdout, { end: false });
    } catch (error) {
      if (systemCode(error) !== 'EPIPE' && systemCode(error) !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
    }
    return;
  }
  try {
    await pipeline(Readable.from(pieces), createWriteStream(out));
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
export async function refuseInputs(inputs: readonly string[], out: string | undefined): Promise<void> {
  if (out === undefined) return;
  const written = await identityOf(out);
  if (written === undefined) return;
  for (const input of inputs) {
    if (input === '-' || (await identityOf(input)) !== written) continue;
    throw new Fault(
      'report-over-log',
      EXIT.usage,
      `--out '${out}' is the log itself; the report would replace it.`,
      'Name another file with --out.',
    );
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found && `${found.dev}:${found.ino}`;
}
