import { TextDecoder } from 'node:util';

const RETURN = 0x0d;
const strict = new TextDecoder('utf-8', { fatal: true });

/** The text of a line: UTF-8 where it is that, byte for byte (Latin-1) where it is in some code page; NUL bytes are left out. */
export function textOf(bytes: Uint8Array, from: number, to: number): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from);
  const text = buffer.toString('latin1');
  if (!/[\0\x80-\xff]/.test(text)) return text;
  try {
    return strict.decode(buffer).replaceAll('\0', '');
  } catch {
    return text.replaceAll('\0', '');
  }
}

/**
 * Makes one encoding of several: UTF-16 (`.logopen /u`) becomes UTF-8, and a mark at the front goes.
 * Everything else passes unchanged. Give it the chunks of one file in turn; it gives back what can be read so far.
 */
export class EncodingGate {
  #decide: Uint8Array | undefined = new Uint8Array(0);
  #decoder: TextDecoder | undefined;
  /** Undefined until the first bytes have told. */
  encoding: 'plain' | 'utf-16le' | 'utf-16be' | undefined;

  push(chunk: Uint8Array): Uint8Array {
    if (this.#decide === undefined) return this.#convert(chunk);
    const head = this.#decide.length === 0 ? chunk : Buffer.concat([this.#decide, chunk]);
    if (head.length < 4) {
      this.#decide = new Uint8Array(head);
      return new Uint8Array(0);
    }
    return this.#open(head);
  }

  /** What was held back. */
  end(): Uint8Array {
    const rest = this.#decide ? this.#open(this.#decide) : new Uint8Array(0);
    return this.#decoder ? Buffer.concat([rest, Buffer.from(this.#decoder.decode())]) : rest;
  }

  #open(head: Uint8Array): Uint8Array {
    this.#decide = undefined;
    const [a, b, c, d] = head;
    const little = (a === 0xff && b === 0xfe) || (a !== 0 && b === 0 && c !== 0 && d === 0);
    const big = (a === 0xfe && b === 0xff) || (a === 0 && b !== 0 && c === 0 && d !== 0);
    this.encoding = head.length >= 2 && (little || big) ? (little ? 'utf-16le' : 'utf-16be') : 'plain';
    if (this.encoding !== 'plain') this.#decoder = new TextDecoder(this.encoding);
    return this.#convert(a === 0xef && b === 0xbb && c === 0xbf ? head.subarray(3) : head);
  }

  #convert(chunk: Uint8Array): Uint8Array {
    return this.#decoder ? Buffer.from(this.#decoder.decode(chunk, { stream: true })) : chunk;
  }
}

/** Where a line ends, without its line end. */
export function withoutReturns(bytes: Uint8Array, from: number, feed: number): number {
  let to = feed;
  while (to > from && bytes[to - 1] === RETURN) to--;
  return to;
}
