import { readSync } from 'node:fs';
import { parseFrame, parseStackHeader } from '../../kd-text/frames/frames.js';
import { parsePoolLine } from '../../kd-text/pool/pool-lines.js';
import { splitPrompts } from '../../kd-text/prompt.js';
import { BREAKPOINT_HIT } from '../../kd-text/stop.js';

/** A stretch of a log, from byte `from` up to byte `to`. */
export interface LogPart {
  readonly from: number;
  readonly to: number;
}

/** How far a place to cut is looked for; a single stack is never so long. */
const WINDOW = 4 * 1024 * 1024;
const BLOCK = 128 * 1024;
/** So much before a border must hold no prompt: what follows was not asked for by a command then. The scanner knows the same bound. */
const UNASKED = 64 * 1024;
/** The second line is a function's first instruction: at one further on, what follows may tell what a hit before it returned. */
export const BORDER = new RegExp(`\\n${BREAKPOINT_HIT}\\r?\\n[^\\s!+]+![^\\n+]+:\\r?\\n`);

/**
 * Cuts what is left of a log into about equal parts that can be read independently: each but the first begins where nothing of
 * what came before matters. That is a stop that kd announces, or the first line of a hit that follows another one's stack without
 * a prompt in between. A log without such lines stays whole.
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

/** Blocks overlap by what must be known of the lines before a border. */
function borderAfter(descriptor: number, from: number, size: number): number | undefined {
  const block = Buffer.allocUnsafe(BLOCK);
  const start = Math.max(0, from - UNASKED);
  for (let at = start; at < Math.min(size, from + WINDOW); at += BLOCK - UNASKED) {
    const text = block.toString('latin1', 0, readSync(descriptor, block, 0, BLOCK, at));
    const found = borderIn(text, Math.max(0, from - at), at === 0);
    if (found !== undefined) return at + found;
  }
  return undefined;
}

function borderIn(text: string, earliest: number, isStart: boolean): number | undefined {
  const announced = BORDER.exec(text.slice(Math.max(0, earliest - 1)));
  const stop = announced ? Math.max(0, earliest - 1) + announced.index + 1 : Number.POSITIVE_INFINITY;
  const hit = hitIn(text, earliest, isStart, stop) ?? Number.POSITIVE_INFINITY;
  const found = Math.min(stop, hit);
  return found === Number.POSITIVE_INFINITY ? undefined : found;
}

/** The first line of a hit that no stop announces, before `end`. */
function hitIn(text: string, earliest: number, isStart: boolean, end: number): number | undefined {
  let afterFrame = false;
  // Lines before the text are not known: they may hold a prompt.
  let promptAt = isStart ? Number.NEGATIVE_INFINITY : 0;
  let from = text.indexOf('\n') + 1;
  for (let to = text.indexOf('\n', from); from > 0 && to >= 0 && from < end; to = text.indexOf('\n', from)) {
    const line = text.slice(from, to).replace(/\r+$/, '');
    if (splitPrompts(line).prompts.length > 0) promptAt = from;
    else if (afterFrame && from >= earliest && from - promptAt >= UNASKED && beginsHit(line)) return from;
    afterFrame = isFrame(line);
    from = to + 1;
  }
  return undefined;
}

function beginsHit(line: string): boolean {
  return parseStackHeader(line) !== undefined || parsePoolLine(line)?.kind === 'request';
}

/** Cheap first: this runs on every line of a block. */
function isFrame(line: string): boolean {
  return /[!x]/.test(line) && parseFrame(line)?.ret !== undefined;
}
