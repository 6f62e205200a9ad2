import { closeSync, openSync, readSync } from 'node:fs';
import { EncodingGate, textOf } from '../../stacks/read/line-text.js';
import type { ReportStack } from '../row-model.js';

/** A log whose text is wanted: its file, and how its bytes are to be read. */
export interface TextSource {
  readonly file: string;
  readonly encoding: 'plain' | 'utf-16le' | 'utf-16be';
}

/** So much of one stack's text is enough for anybody. */
const LONGEST = 32 * 1024;
const CHUNK = 1024 * 1024;

interface Wanted {
  readonly index: number;
  readonly offset: number;
  readonly length: number;
}

/**
 * kd's own text of the first hit of the first stacks, by their index. A stack whose text cannot be read any more is left out.
 * @param most how many stacks
 */
export function readTexts(
  stacks: readonly ReportStack[],
  logs: readonly TextSource[],
  most: number,
): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  const places = stacks.slice(0, most).map(({ first }, index) => ({ index, ...first }));
  for (const [log, source] of logs.entries()) {
    const wanted = places.filter((place) => place.log === log);
    if (wanted.length > 0) readFrom(source, wanted.map(bounded), texts);
  }
  return texts;
}

function bounded({ index, offset, length }: Wanted): Wanted {
  return { index, offset, length: Math.min(length, LONGEST) };
}

function readFrom({ file, encoding }: TextSource, wanted: readonly Wanted[], texts: Map<number, string>): void {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return;
  }
  try {
    if (encoding === 'plain') readPlaces(descriptor, wanted, texts);
    else readDecoded(descriptor, wanted, texts);
  } finally {
    closeSync(descriptor);
  }
}

function readPlaces(descriptor: number, wanted: readonly Wanted[], texts: Map<number, string>): void {
  for (const { index, offset, length } of wanted) {
    const bytes = Buffer.alloc(length);
    const read = readSync(descriptor, bytes, 0, length, offset);
    texts.set(index, textOf(bytes, 0, read));
  }
}

/** Offsets count the bytes of the text as UTF-8, which are found by converting the log from its start once more. */
function readDecoded(descriptor: number, wanted: readonly Wanted[], texts: Map<number, string>): void {
  const gate = new EncodingGate();
  const waiting = [...wanted].sort((a, b) => b.offset - a.offset);
  const chunk = Buffer.alloc(CHUNK);
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  for (let read = readSync(descriptor, chunk); waiting.length > 0; read = readSync(descriptor, chunk)) {
    window = Buffer.concat([window, read > 0 ? gate.push(chunk.subarray(0, read)) : gate.end()]);
    for (let next = waiting.at(-1); next && next.offset + next.length <= start + window.length; next = waiting.at(-1)) {
      texts.set(next.index, textOf(window, next.offset - start, next.offset - start + next.length));
      waiting.pop();
    }
    if (read === 0) return;
    // Stacks may overlap in what is kept of them, so the longest that may still be wanted stays.
    const kept = Math.min(window.length, LONGEST);
    start += window.length - kept;
    window = window.subarray(window.length - kept);
  }
}
