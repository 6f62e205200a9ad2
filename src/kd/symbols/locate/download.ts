import { open } from 'node:fs/promises';
import { systemCode } from '../../../fault.js';
import { askServer, NetworkError, type ServerAnswer } from './ask-server.js';
import type { LocateOptions, Wanted } from './locate-options.js';
import { openPartialFile, type PartialFile } from './partial-file.js';

/** Attempts in a row, each of which has to bring something. */
const MOST_ATTEMPTS = 6;
const NOT_SATISFIABLE = 416;
/** So much of a file says what it is and how long it may be. */
const HEAD_BYTES = 64;

/** What came of asking a server for a file. */
export type Download =
  | { readonly file: string }
  | { readonly what: string; readonly broken?: true }
  | { readonly status: number };

/**
 * Downloads a file to its place in a cache. A connection that breaks is taken up again where it broke, and so is a download that an
 * earlier session left; what came is looked at before it gets its name.
 * @throws NetworkError if no answer came; what the system says of a place that cannot be written
 */
export async function download(url: string, target: string, wanted: Wanted, options: LocateOptions): Promise<Download> {
  const partial = await openPartialFile(target);
  let useless = false;
  try {
    for (let size = partial.size, attempt = 1; ; attempt++) {
      const answer = await ask(url, size, options);
      if (answer.status === NOT_SATISFIABLE && size > 0) {
        answer.drop();
        if (answer.headers.get('content-range') === `bytes */${size}`) break;
        size = 0;
      } else if (answer.status === 200 || answer.status === 206) {
        const result = await receive(answer, partial, answer.status === 206 ? size : 0, wanted, options);
        if (result.wrong !== undefined) {
          useless = true;
          return { what: notRight(result.wrong) };
        }
        if (!result.broken) break;
        if (attempt >= MOST_ATTEMPTS || result.size <= size) return brokenOff(result.size, result.broken);
        size = result.size;
      } else {
        answer.drop();
        return { status: answer.status };
      }
    }
    const wrong = await wanted.check(partial.file);
    useless = wrong !== undefined;
    if (wrong !== undefined) return { what: notRight(wrong) };
    await partial.finish();
    return { file: target };
  } catch (error) {
    // A full disk is not left full.
    useless = systemCode(error) === 'ENOSPC';
    throw error;
  } finally {
    if (useless) await partial.discard();
    else await partial.keepPartial();
  }
}

function notRight(wrong: string): string {
  return `what came is not the right one: ${wrong}`;
}

function brokenOff(size: number, why: string): Download {
  return { what: `it broke off after ${size} bytes: ${why}. The next attempt goes on from there`, broken: true };
}

async function ask(url: string, size: number, options: LocateOptions): Promise<ServerAnswer> {
  const answer = await askServer(url, size > 0 ? { range: `bytes=${size}-` } : {}, options);
  if (answer.status !== 206) return answer;
  const [, start] = /^bytes (\d+)-/.exec(answer.headers.get('content-range') ?? '') ?? [];
  if (Number(start) === size) return answer;
  // It sends another piece than the one that was asked for.
  answer.drop();
  return askServer(url, {}, options);
}

/** Writes the answer behind what is there. The size is what the partial has afterwards. */
async function receive(
  answer: ServerAnswer,
  partial: PartialFile,
  from: number,
  wanted: Wanted,
  options: LocateOptions,
): Promise<{ readonly size: number; readonly broken?: string; readonly wrong?: string }> {
  // The length of what a server compressed on the way says nothing about what arrives here.
  const length = answer.headers.has('content-encoding') ? null : answer.headers.get('content-length');
  const total = length === null ? undefined : from + Number(length);
  const handle = await open(partial.file, from > 0 ? 'r+' : 'w');
  let size = from;
  try {
    await handle.truncate(from);
    const begun = Math.min(from, HEAD_BYTES);
    let head: Buffer = begun > 0 ? (await handle.read(Buffer.alloc(begun), 0, begun, 0)).buffer : Buffer.alloc(0);
    let most: number | string | undefined;
    for await (const piece of answer.body()) {
      await handle.write(piece, 0, piece.length, size);
      size += piece.length;
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, piece]).subarray(0, HEAD_BYTES);
      if (head.length === HEAD_BYTES) most ??= wanted.most(head);
      if (typeof most === 'string') return { size, wrong: most };
      if (most !== undefined && size > most) return { size, wrong: `it is longer than ${most} bytes` };
      options.progress?.(size, total, wanted.name);
    }
    return total !== undefined && size < total ? { size, broken: `${total} bytes were promised` } : { size };
  } catch (error) {
    if (error instanceof NetworkError) return { size, broken: error.message };
    throw error;
  } finally {
    answer.drop();
    await handle.close();
  }
}
