import type { StackDialect } from '../kd-text/frames.js';
import { notHexDigits } from './hex-digits.js';

const SPACE = 0x20;
const ZERO = 0x30;
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
  isFirst(view: DataView, from: number): boolean {
    return (
      this.#number &&
      view.getUint8(from) === ZERO &&
      view.getUint8(from + 1) === ZERO &&
      view.getUint8(from + 2) === SPACE
    );
  }

  /**
   * @param end where to stop looking; a line end stands there or before it
   * @returns where the call site begins, or -1: not a plain frame line
   */
  siteOf(view: DataView, from: number, end: number): number {
    if (!this.#plain) return -1;
    let at = from;
    if (this.#number) {
      while (at < end && (HEX_DIGIT[view.getUint8(at)] as number) >= 0) at++;
      if (at - from < 2 || at - from > 4 || at >= end || view.getUint8(at) !== SPACE) return -1;
      at = skip(view, at, end);
    }
    if (this.#child) {
      at = address(view, at, end);
      if (at < 0 || view.getUint8(at) !== SPACE) return -1;
      at++;
    }
    if (this.#ret) {
      at = address(view, at, end);
      if (at < 0) return -1;
      at = this.#separator(view, at, end);
      if (at < 0) return -1;
    }
    if (this.#argCount === 0) return at;
    for (let i = 0; i < this.#argCount; i++) {
      this.args[i] = at;
      at = address(view, at, end);
      if (at < 0 || view.getUint8(at) !== SPACE) return -1;
      if (i < this.#argCount - 1) at++;
    }
    return this.#separator(view, at, end);
  }

  #separator(view: DataView, from: number, end: number): number {
    const at = skip(view, from, end);
    if (at === from) return -1;
    if (!this.#colons) return at;
    return at + 1 < end && view.getUint8(at) === COLON && view.getUint8(at + 1) === SPACE ? at + 2 : -1;
  }
}

function skip(view: DataView, from: number, end: number): number {
  let at = from;
  while (at < end && view.getUint8(at) === SPACE) at++;
  return at;
}

/** The end of the eight digits, or of twice eight with kd's backtick between, that begin at `from`; -1 if there are none. */
function address(view: DataView, from: number, end: number): number {
  let to = from + 8;
  if (to >= end) return -1;
  let wrong = notHexDigits(view.getInt32(from, true)) | notHexDigits(view.getInt32(from + 4, true));
  if (view.getUint8(to) === BACKTICK) {
    to = from + 17;
    if (to >= end) return -1;
    wrong |= notHexDigits(view.getInt32(from + 9, true)) | notHexDigits(view.getInt32(from + 13, true));
  }
  return wrong === 0 ? to : -1;
}

/** The number printed at `from`, as far as it fits in a double: eight digits, or sixteen with a backtick. */
export function numberAt(bytes: Uint8Array, from: number): number {
  let value = 0;
  const length = bytes[from + 8] === BACKTICK ? 17 : 8;
  for (let at = from; at < from + length; at++)
    if (bytes[at] !== BACKTICK) value = value * 16 + (HEX_DIGIT[bytes[at] as number] as number);
  return value;
}
