import type { TargetPort } from './target-link.js';

/**
 * The receive side of the target's serial port: bytes wait here until the kernel looks.
 * With a size it is a real port's buffer: what comes when it is full is lost. Without, an emulated port's, where the
 * sender is held back; then only a bound keeps a flood from filling memory.
 */
export class SerialPort implements TargetPort {
  readonly #bytes: Buffer;
  #first = 0;
  #count = 0;
  /** Bytes that came when there was no room. */
  overrun = 0;

  /** @param fifoBytes 16 for a real port; 0 for an emulated one */
  constructor(fifoBytes: number) {
    this.#bytes = Buffer.alloc(fifoBytes > 0 ? fifoBytes : 64 * 1024);
  }

  get waiting(): number {
    return this.#count;
  }

  put(byte: number): void {
    if (this.#count === this.#bytes.length) {
      this.overrun++;
      return;
    }
    this.#bytes[(this.#first + this.#count) % this.#bytes.length] = byte;
    this.#count++;
  }

  take(): number | undefined {
    if (this.#count === 0) return undefined;
    const byte = this.#bytes[this.#first];
    this.#first = (this.#first + 1) % this.#bytes.length;
    this.#count--;
    return byte;
  }

  clear(): void {
    this.#count = 0;
  }
}
