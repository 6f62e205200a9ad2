import type { ByteListener } from './byte-stream.js';

/** What one stream tells its listener: bytes up to the end, the end once, and nothing after it was silenced. */
export class Telling implements ByteListener {
  #silent = false;
  readonly #listener: ByteListener;
  #end: () => void = () => undefined;
  /** Resolves when the stream has ended, from whichever side, and silenced or not. */
  readonly ended = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(listener: ByteListener) {
    this.#listener = listener;
  }

  bytes(chunk: Buffer): void {
    if (!this.#silent) this.#listener.bytes(chunk);
  }

  gone(why: string): void {
    this.#end();
    if (this.#silent) return;
    this.#silent = true;
    this.#listener.gone(why);
  }

  silence(): void {
    this.#silent = true;
  }
}
