import { messageOf } from '../../fault.js';
import type { Beginning } from '../net/host-channel.js';
import { pause, type Timers } from '../wire/timers.js';
import type { ByteStream, OpenStream } from './byte-stream.js';

/** Milliseconds between two tries to open a stream that is gone. */
const REOPEN_MS = 500;

export interface StreamListener {
  bytes(chunk: Buffer): void;
  /** The stream is open, for the first time or again. */
  up(): void;
  /** The stream is gone. `final`: it is not opened again. */
  down(why: string, final: boolean): void;
  /** See StreamListener. */
  begun?(beginning: Beginning): void;
  alive?(): void;
  note?(text: string): void;
}

/** One stream of a line: what came of opening it, and why it is gone. */
interface OpenConnection {
  stream?: ByteStream;
  failure?: unknown;
  over?: string;
}

/**
 * The way to the target for as long as kd lives: one stream after the other. What is written while there is none is lost,
 * as it is on a cable that is out; the link above sends it again.
 */
export class ReconnectingStream {
  /** The stream in use. Whatever another one still has to say is not heard. */
  #lap: OpenConnection | undefined;
  /** The opening under way, or the last one: gives its stream, or nothing. */
  #trying: Promise<ByteStream | undefined> = Promise.resolve(undefined);
  #closing: Promise<void> | undefined;
  readonly #ended = new AbortController();

  constructor(
    private readonly open: OpenStream,
    private readonly reconnect: boolean,
    private readonly listener: StreamListener,
    private readonly timers: Timers,
  ) {}

  get isUp(): boolean {
    return this.#lap !== undefined;
  }

  /**
   * Opens the first stream.
   * @param wait keep trying until it is there
   * @returns false when the line was closed before that
   * @throws Fault when it cannot be opened, and is not waited for
   */
  async start(wait: boolean): Promise<boolean> {
    while (!this.#over) {
      const lap = await this.#tryOpening();
      if (lap.stream) return this.#use(lap);
      if (!wait && !this.#over) throw lap.failure;
      await this.#pause();
    }
    return false;
  }

  write(bytes: Uint8Array): void {
    this.#lap?.stream?.write(bytes);
  }

  /** Everything written leaves this host, then the stream is closed for good. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #over(): boolean {
    return this.#ended.signal.aborted;
  }

  async #close(): Promise<void> {
    this.#ended.abort();
    const stream = this.#lap?.stream;
    this.#lap = undefined;
    await stream?.close();
    // One that was being opened is not left behind.
    await (await this.#trying)?.close();
  }

  async #tryOpening(): Promise<OpenConnection> {
    const lap: OpenConnection = {};
    const opening = this.open(
      {
        bytes: (chunk) => {
          if (this.#lap === lap) this.listener.bytes(chunk);
        },
        begun: (beginning) => {
          if (this.#lap === lap) this.listener.begun?.(beginning);
        },
        alive: () => {
          if (this.#lap === lap) this.listener.alive?.();
        },
        note: (text) => {
          if (this.#lap === lap) this.listener.note?.(text);
        },
        gone: (why) => {
          lap.over = why;
          if (this.#lap === lap) this.#gone(lap);
        },
      },
      this.#ended.signal,
    );
    this.#trying = opening.catch(() => undefined);
    try {
      lap.stream = await opening;
    } catch (error) {
      lap.failure = error;
    }
    return lap;
  }

  /** Gives false when the line was closed meanwhile. */
  #use(lap: OpenConnection): boolean {
    if (this.#over) return false;
    this.#lap = lap;
    this.listener.up();
    if (lap.over !== undefined && this.#lap === lap) this.#gone(lap);
    return true;
  }

  #gone({ stream, over = '' }: OpenConnection): void {
    this.#lap = undefined;
    // What is left of it may hold the port.
    const closed = stream?.close();
    this.listener.down(over, !this.reconnect);
    if (this.reconnect) void this.#again(closed);
  }

  async #again(closed: Promise<void> | undefined): Promise<void> {
    await closed;
    let said: string | undefined;
    for (await this.#pause(); !this.#over; await this.#pause()) {
      const lap = await this.#tryOpening();
      if (this.#over) return;
      if (lap.stream) {
        this.#use(lap);
        return;
      }
      // The same reason again and again is said once.
      const why = messageOf(lap.failure);
      if (why !== said) this.listener.down(why, false);
      said = why;
    }
  }

  #pause(): Promise<void> {
    return pause(this.timers, REOPEN_MS, this.#ended.signal);
  }
}
