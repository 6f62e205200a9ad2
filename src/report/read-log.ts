import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';
import { HitReader } from '../stacks/hit-reader.js';

const CHUNK = 1 << 20;

/** Reads a whole log from a file. @throws Fault `log-…` that says why it cannot be read */
export async function readLogFile(path: string): Promise<HitReader> {
  const reader = new HitReader();
  try {
    await using file = await open(path, constants.O_RDONLY);
    const buffer = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK);
      if (bytesRead === 0) break;
      reader.push(buffer.subarray(0, bytesRead));
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  reader.end();
  return reader;
}

/** Reads a log from a stream, to its end. */
export async function readLogStream(stream: AsyncIterable<Uint8Array>): Promise<HitReader> {
  const reader = new HitReader();
  for await (const chunk of stream) reader.push(chunk);
  reader.end();
  return reader;
}

function unreadable(path: string, error: unknown): Fault {
  const why: Readonly<Record<string, [string, string]>> = {
    ENOENT: [
      `There is no file '${path}'.`,
      'A session leaves its log as debug.log in the run directory it names at the end.',
    ],
    EISDIR: [`'${path}' is a folder.`, 'Name the log inside it; in a run directory that is debug.log.'],
    EACCES: [
      `'${path}' may not be read by you.`,
      'Ask for read permission, or copy the log with an account that has it.',
    ],
    EPERM: [
      `'${path}' may not be read by you.`,
      'Ask for read permission, or copy the log with an account that has it.',
    ],
  };
  const [message, remedy] = why[systemCode(error) ?? ''] ?? [
    `'${path}' could not be read: ${messageOf(error)}.`,
    'Copy the log to a local disk and try again.',
  ];
  return new Fault('log-unreadable', EXIT.usage, message, remedy, { cause: error });
}
