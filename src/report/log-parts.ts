import { readSync } from 'node:fs';

/** A stretch of a log, from byte `from` up to byte `to`. */
export interface LogPart {
  readonly from: number;
  readonly to: number;
}

/** How far a place to cut is looked for; a single stack is never so long. */
const WINDOW = 4 * 1024 * 1024;
const BLOCK = 32 * 1024;
/** Blocks overlap by so much, so that no border lies across two of them. */
const OVERLAP = 4096;
/** The second line is a function's first instruction: at one further on, what follows may tell what a hit before it returned. */
export const BORDER = /\nBreakpoint \d+ hit\r?\n[^\s!+]+![^\n+]+:\r?\n/;

/**
 * Cuts what is left of a log into about equal parts that can be read independently: each but the first begins with a stop,
 * where nothing of what came before matters. A log without such lines stays whole.
 * The last part is open at its end, for a log that still grows.
 * @param from where the rest begins
 */
export function partsOf(descriptor: number, from: number, size: number, count: number): LogPart[] {
  const borders = [from];
  for (let i = 1; i < count; i++) {
    const wanted = from + Math.floor(((size - from) * i) / count);
    const border = borderAfter(descriptor, Math.max(wanted, (borders.at(-1) ?? 0) + 1), size);
    if (border !== undefined) borders.push(border);
  }
  return borders.map((border, i) => ({ from: border, to: borders[i + 1] ?? Number.POSITIVE_INFINITY }));
}

function borderAfter(descriptor: number, from: number, size: number): number | undefined {
  const block = Buffer.allocUnsafe(BLOCK);
  for (let at = from; at < Math.min(size, from + WINDOW); at += BLOCK - OVERLAP) {
    const text = block.toString('latin1', 0, readSync(descriptor, block, 0, BLOCK, at));
    const found = BORDER.exec(text);
    if (found) return at + found.index + 1;
  }
  return undefined;
}
