import { messageOf } from '../../fault.js';
import { pause, type Timers } from '../wire/timers.js';
import type { ByteStream, OpenStream } from './byte-stream.js';

/** Milliseconds between two tries to open a stream that is gone. */
const REOPEN_MS = 500;

export interface LineListener {
  bytes(chunk: Buffer): void;
  /** The stream is open, for the first time or again. */
  up(): void;
  /** The stream is gone. `final`: it is not opened again. */
  down(why: string, final: boolean): void;
}

/**
 * The way to the target for as long as kd lives: one stream after the other. What is written while there is none is lost,
 * as it is on a cable that is out; the link above sends it again.
 */
export class Line {
  #stream: ByteStream | undefined;
  readonly #ended = new AbortController();

  constructor(
    private readonly open: OpenStream,
    private readonly reconnect: boolean,
    private readonly listener: LineListener,
    private readonly timers: Timers,
  ) {}

  get isUp(): boolean {
    return this.#stream !== undefined;
  }

  /**
   * Opens the first stream.
   * @param wait keep trying until it is there
   * @throws Fault when it cannot be opened, and is not waited for
   */
  async start(wait: boolean): Promise<void> {
    for (;;) {
      try {
        await this.#connect();
        return;
      } catch (error) {
        if (!wait || this.#ended.signal.aborted) throw error;
        await pause(this.timers, REOPEN_MS, this.#ended.signal);
      }
    }
  }

  write(bytes: Uint8Array): void {
    this.#stream?.write(bytes);
  }

  /** Everything written leaves this host, then the stream is closed for good. */
  async close(): Promise<void> {
    this.#ended.abort();
    const stream = this.#stream;
    this.#stream = undefined;
    await stream?.close();
  }

  async #connect(): Promise<void> {
    const stream = await this.open({
      bytes: (chunk) => this.listener.bytes(chunk),
      gone: (why) => this.#gone(why),
    });
    if (this.#ended.signal.aborted) {
      await stream.close();
      return;
    }
    this.#stream = stream;
    this.listener.up();
  }

  #gone(why: string): void {
    this.#stream = undefined;
    if (this.#ended.signal.aborted) return;
    this.listener.down(why, !this.reconnect);
    if (this.reconnect) void this.#again();
  }

  async #again(): Promise<void> {
    let said: string | undefined;
    while (!this.#ended.signal.aborted && !this.#stream) {
      await pause(this.timers, REOPEN_MS, this.#ended.signal);
      if (this.#ended.signal.aborted) return;
      try {
        await this.#connect();
      } catch (error) {
        // The same reason again and again is said once.
        if (messageOf(error) !== said) this.listener.down(messageOf(error), false);
        said = messageOf(error);
      }
    }
  }
}
