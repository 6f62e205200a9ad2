import { classify, NOTABLE_FIRST_BYTES } from './classify.js';
import type { ConsoleEvent } from './events.js';
import { splitPrompts } from './prompt.js';

const NEWLINE = 0x0a;
/** A longer line is read by its first bytes only; none of kd's own comes near. */
const MAX_LINE_BYTES = 4096;

/**
 * Reads kd's console bytes as they come, in chunks of any size, and gives the events in them.
 * The events do not depend on where the chunks are cut. A prompt, which ends without a line end, is given once and at once.
 */
export class ConsoleReader {
  /** While set, every line is given as a `line` event too: an answer is being waited for. */
  verbose = false;
  #tail: Buffer = Buffer.alloc(0);
  #promptsOfTail = 0;
  #questionGiven = false;

  push(chunk: Buffer): ConsoleEvent[] {
    const events: ConsoleEvent[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#tail.length > 0) this.#line(this.#joined(chunk.subarray(start, end)), 0, undefined, events);
      else this.#line(chunk, start, end, events);
      this.#tail = EMPTY;
      this.#promptsOfTail = 0;
      this.#questionGiven = false;
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start), events);
    return events;
  }

  #line(bytes: Buffer, start: number, end: number | undefined, events: ConsoleEvent[]): void {
    const stop = end ?? bytes.length;
    if (!this.verbose && !isNotable(bytes, start, stop)) return;
    const text = bytes.toString('latin1', start, Math.min(stop, start + MAX_LINE_BYTES)).replace(/\r+$/, '');
    const { prompts, rest } = splitPrompts(text);
    for (const prompt of prompts.slice(this.#promptsOfTail)) events.push({ kind: 'prompt', prompt });
    const event = classify(rest);
    if (event && !(this.#questionGiven && event.kind === 'assertion-prompt')) events.push(event);
    if (this.verbose && rest) events.push({ kind: 'line', text: rest });
  }

  #keep(rest: Buffer, events: ConsoleEvent[]): void {
    this.#tail = Buffer.from(this.#joined(rest).subarray(0, MAX_LINE_BYTES));
    const text = this.#tail.toString('latin1');
    const { prompts, rest: unfinished } = splitPrompts(text);
    for (const prompt of prompts.slice(this.#promptsOfTail)) events.push({ kind: 'prompt', prompt });
    this.#promptsOfTail = prompts.length;
    // The question of a failed assertion ends without a line end, as a prompt does.
    if (!this.#questionGiven && ASSERTION_QUESTION.test(unfinished)) {
      this.#questionGiven = true;
      events.push({ kind: 'assertion-prompt' });
    }
  }

  #joined(more: Buffer): Buffer {
    return this.#tail.length > 0 ? Buffer.concat([this.#tail, more]) : more;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);
const ASSERTION_QUESTION = /^Break repeatedly, break Once, Ignore.*\(boipt?\)\?/;

function isNotable(bytes: Buffer, start: number, end: number): boolean {
  if (end <= start) return false;
  const first = bytes[start] ?? 0;
  if (NOTABLE_FIRST_BYTES.has(first)) return true;
  if (first >= 0x30 && first <= 0x39) return mayBePrompt(bytes, start, end);
  return isLetter(first) && !beginsWithAddress(bytes, start, end) && mentionsClient(bytes, start, end);
}

// Nearly every line of a log that begins with a letter begins with an address: do not search those.
function beginsWithAddress(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 8) return false;
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at] ?? 0;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}

function mentionsClient(bytes: Buffer, start: number, end: number): boolean {
  return end - start < 300 && bytes.subarray(start, end).includes(') connected at ');
}

// `0: kd>`, `12: kd>`, `32.0: kd:x86>`, `16.kd:x86>`: a digit, then within three bytes a colon or a dot.
function mayBePrompt(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start + 1; at < end && at <= start + 3; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === 0x3a || byte === 0x2e) return true;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return false;
}

function isLetter(byte: number): boolean {
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a);
}
