import { beginsStack, classify, NOTABLE_FIRST_BYTES } from './classify.js';
import type { ConsoleEvent } from './events.js';
import { splitPrompts, splitQuestion } from './prompt.js';

const NEWLINE = 0x0a;
/** A longer line is read by its first bytes only; none of kd's own comes near. */
const MAX_LINE_BYTES = 4096;
const LONGEST_REMEMBERED = 200;

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
  #stackGiven = false;
  /** The last lines that told of a hit and of a stack. While a target collects, they come again and again. */
  readonly #told = new Map<'hit' | 'stack', { readonly bytes: Buffer; readonly event: ConsoleEvent }>();
  /** The last line that had to be read to see that it tells nothing. */
  #empty: Buffer | undefined;

  push(chunk: Buffer): ConsoleEvent[] {
    const events: ConsoleEvent[] = [];
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      if (this.#tail.length > 0) this.#line(this.#joined(chunk.subarray(start, end)), 0, undefined, events);
      else this.#line(chunk, start, end, events);
      this.#tail = EMPTY;
      this.#promptsOfTail = 0;
      this.#questionGiven = false;
      this.#stackGiven = false;
      start = end + 1;
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start), events);
    return events;
  }

  #line(bytes: Buffer, start: number, end: number | undefined, events: ConsoleEvent[]): void {
    const stop = end ?? bytes.length;
    if (!this.verbose) {
      if (!isNotable(bytes, start, stop)) return;
      if (this.#empty && isSame(this.#empty, bytes, start, stop)) return;
      for (const told of this.#told.values()) {
        if (!isSame(told.bytes, bytes, start, stop)) continue;
        if (!this.#isGiven(told.event)) events.push(told.event);
        return;
      }
    }
    const text = bytes.toString('latin1', start, Math.min(stop, start + MAX_LINE_BYTES)).replace(/\r+$/, '');
    const { prompts, rest } = splitPrompts(text);
    for (const prompt of prompts.slice(this.#promptsOfTail)) events.push({ kind: 'prompt', prompt });
    const asked = splitQuestion(rest);
    if (asked.question && !this.#questionGiven) events.push({ kind: 'assertion-prompt' });
    const event = classify(asked.rest);
    if (event && !this.#isGiven(event)) events.push(event);
    if (prompts.length === 0 && stop - start <= LONGEST_REMEMBERED) this.#remember(bytes.subarray(start, stop), event);
    if (this.verbose && rest) events.push({ kind: 'line', text: rest });
  }

  #remember(line: Buffer, event: ConsoleEvent | undefined): void {
    if (!event) this.#empty = Buffer.from(line);
    else if (event.kind === 'hit' || event.kind === 'stack')
      this.#told.set(event.kind, { bytes: Buffer.from(line), event });
  }

  #keep(rest: Buffer, events: ConsoleEvent[]): void {
    this.#tail = Buffer.from(this.#joined(rest).subarray(0, MAX_LINE_BYTES));
    const text = this.#tail.toString('latin1');
    const { prompts, rest: unfinished } = splitPrompts(text);
    for (const prompt of prompts.slice(this.#promptsOfTail)) events.push({ kind: 'prompt', prompt });
    this.#promptsOfTail = prompts.length;
    // The question of a failed assertion ends without a line end, as a prompt does.
    const { question, rest: begun } = splitQuestion(unfinished);
    if (!this.#questionGiven && question) {
      this.#questionGiven = true;
      events.push({ kind: 'assertion-prompt' });
    }
    // A break-in is timed by it: kd is about to read, and hears.
    if (!this.#stackGiven && beginsStack(begun)) {
      this.#stackGiven = true;
      events.push({ kind: 'stack' });
    }
  }

  #isGiven({ kind }: ConsoleEvent): boolean {
    return kind === 'stack' && this.#stackGiven;
  }

  #joined(more: Buffer): Buffer {
    return this.#tail.length > 0 ? Buffer.concat([this.#tail, more]) : more;
  }
}

const EMPTY: Buffer = Buffer.alloc(0);

function isSame(line: Buffer, bytes: Buffer, start: number, end: number): boolean {
  if (line.length !== end - start) return false;
  for (let at = 0; at < line.length; at++) if (line[at] !== bytes[start + at]) return false;
  return true;
}

/** What a line's first byte says of it: nothing that could matter, enough, or that more has to be looked at. */
const FIRST = { dull: 0, notable: 1, digit: 2, letter: 3 } as const;
const FIRST_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (NOTABLE_FIRST_BYTES.has(byte)) return FIRST.notable;
  if (byte >= 0x30 && byte <= 0x39) return FIRST.digit;
  return (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a) ? FIRST.letter : FIRST.dull;
});

function isNotable(bytes: Buffer, start: number, end: number): boolean {
  if (end <= start) return false;
  const first = FIRST_BYTES[bytes[start] as number];
  if (first === FIRST.digit) return mayBePrompt(bytes, start, end);
  if (first === FIRST.letter) return !beginsWithAddress(bytes, start, end) && mayTell(bytes, start, end);
  return first === FIRST.notable;
}

// Nearly every line of a log that begins with a letter begins with an address: do not search those.
function beginsWithAddress(bytes: Buffer, start: number, end: number): boolean {
  if (end - start < 8) return false;
  for (let at = start; at < start + 8; at++) {
    const byte = bytes[at] as number;
    if (!((byte >= 0x30 && byte <= 0x39) || (byte >= 0x61 && byte <= 0x66))) return false;
  }
  return true;
}

// `) connected at `, `: loaded at `: their first bytes are rare enough to leave the rest to the reading.
function mayTell(bytes: Buffer, start: number, end: number): boolean {
  if (end - start >= 300) return false;
  for (let at = start; at < end - 2; at++) {
    if (bytes[at + 1] !== 0x20) continue;
    if (bytes[at] === 0x29 || (bytes[at] === 0x3a && bytes[at + 2] === 0x6c)) return true;
  }
  return false;
}

// `0: kd>`, `12: kd>`, `32.0: kd:x86>`, `16.kd:x86>`: a digit, then within three bytes a colon or a dot.
function mayBePrompt(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start + 1; at < end && at <= start + 3; at++) {
    const byte = bytes[at] as number;
    if (byte === 0x3a || byte === 0x2e) return true;
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return false;
}
