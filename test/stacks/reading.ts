import { readFileSync } from 'node:fs';
import path from 'node:path';
import { HitReader } from '../../src/stacks/read/hit-reader.js';

const logs = path.resolve(import.meta.dirname, '../../fixtures/logs');
export const fixture = (name: string): Buffer => readFileSync(path.join(logs, name));

export function read(...chunks: (Uint8Array | string)[]): HitReader {
  const reader = new HitReader();
  for (const chunk of chunks) reader.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
  reader.end();
  return reader;
}

/** The stacks of a reader, most hits first, with their call sites as text. */
export function stacksOf(reader: HitReader) {
  const { stacks, sites } = reader.findings();
  return [...stacks]
    .sort((a, b) => b.count - a.count || a.first.offset - b.first.offset)
    .map(({ count, bytes, frames }) => ({ count, bytes, frames: frames.map((site) => sites[site]?.text) }));
}

/** All that a reader found, for comparison. */
export function findings(reader: HitReader) {
  const { hits, frames, lines, bytes, emptyStacks, cutOff, tags } = reader.findings();
  return {
    hits,
    frames,
    lines,
    bytes,
    emptyStacks,
    cutOff,
    stacks: stacksOf(reader).map(({ count, bytes, frames }) => [count, bytes, frames]),
    drivers: reader.aggregator.drivers.ranked,
    callers: reader.aggregator.callers.ranked,
    tags: [...tags],
    unread: [reader.unread.total, reader.unread.lines],
  };
}
