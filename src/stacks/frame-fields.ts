import type { StackDialect } from '../kd-text/frames.js';

const SPACE = 0x20;
const COLON = 0x3a;
const BACKTICK = 0x60;
const HEX_DIGIT = new Int8Array(256).fill(-1);
for (const [value, char] of [...'0123456789abcdef'].entries()) HEX_DIGIT[char.charCodeAt(0)] = value;

/**
 * Finds the columns of a frame line among bytes, in the plain forms that make up nearly all of a log.
 * It only finds: whether what follows is a call site is for the grammar in kd-text to say, once per spelling.
 */
export class FrameFields {
  /** Where the arguments of the line last looked at begin; -1 for those it does not have. */
  readonly args = new Int32Array(4).fill(-1);
  readonly #number: boolean;
  readonly #child: boolean;
  readonly #ret: boolean;
  readonly #argCount: number;
  readonly #colons: boolean;
  readonly #plain: boolean;

  constructor(dialect: StackDialect) {
    const has = (column: StackDialect['columns'][number]): boolean => dialect.columns.includes(column);
    this.#number = has('number');
    this.#child = has('child');
    this.#ret = has('ret');
    this.#colons = dialect.colons;
    this.#argCount = has('args') ? (dialect.colons ? 4 : 3) : 0;
    this.#plain = !has('memory');
  }

  /** Whether the line at `from` carries frame number 0, with which every numbered stack begins. */
  isFirst(bytes: Uint8Array, from: number): boolean {
    return this.#number && bytes[from] === 0x30 && bytes[from + 1] === 0x30 && bytes[from + 2] === SPACE;
  }

  /**
   * @param end the end of the buffer; a line that is cut off there is not found
   * @returns where the call site begins, or -1: not a plain frame line
   */
  siteOf(bytes: Uint8Array, from: number, end: number): number {
    if (!this.#plain) return -1;
    let at = from;
    if (this.#number) {
      while (at < end && (HEX_DIGIT[bytes[at] as number] as number) >= 0) at++;
      if (at - from < 2 || at - from > 4 || bytes[at] !== SPACE) return -1;
      at = skip(bytes, at, end);
    }
    if (this.#child) {
      at = address(bytes, at, end);
      if (at < 0 || bytes[at] !== SPACE) return -1;
      at++;
    }
    if (this.#ret) {
      at = address(bytes, at, end);
      if (at < 0) return -1;
      at = this.#separator(bytes, at, end);
      if (at < 0) return -1;
    }
    if (this.#argCount === 0) return at;
    for (let i = 0; i < this.#argCount; i++) {
      this.args[i] = at;
      at = address(bytes, at, end);
      if (at < 0 || bytes[at] !== SPACE) return -1;
      if (i < this.#argCount - 1) at++;
    }
    return this.#separator(bytes, at, end);
  }

  #separator(bytes: Uint8Array, from: number, end: number): number {
    const at = skip(bytes, from, end);
    if (at === from) return -1;
    if (!this.#colons) return at;
    return bytes[at] === COLON && bytes[at + 1] === SPACE ? at + 2 : -1;
  }
}

function skip(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** The end of the eight digits, or of twice eight with kd's backtick between, that begin at `from`; -1 if there are none. */
function address(bytes: Uint8Array, from: number, end: number): number {
  const half = digits(bytes, from, end);
  return half >= 0 && bytes[half] === BACKTICK ? digits(bytes, half + 1, end) : half;
}

function digits(bytes: Uint8Array, from: number, end: number): number {
  if (from + 8 >= end) return -1;
  for (let at = from; at < from + 8; at++) if ((HEX_DIGIT[bytes[at] as number] as number) < 0) return -1;
  return from + 8;
}

/** The number printed at `from`, as far as it fits in a double: eight digits, or sixteen with a backtick. */
export function numberAt(bytes: Uint8Array, from: number): number {
  let value = 0;
  const length = bytes[from + 8] === BACKTICK ? 17 : 8;
  for (let at = from; at < from + length; at++)
    if (bytes[at] !== BACKTICK) value = value * 16 + (HEX_DIGIT[bytes[at] as number] as number);
  return value;
}
