import { connect, type Socket } from 'node:net';
import { messageOf } from '../../fault.js';
import { realTimers, type Timers } from '../wire/timers.js';
import type { ByteListener, ByteStream, OpenStream } from './byte-stream.js';
import { whyNoSocketPath, whyNotConnected } from './stream-fault.js';
import { Telling } from './stream-messages.js';
import { within } from './within.js';

/** Where a socket is: a named pipe or Unix socket by path, or a TCP port. */
export type SocketPlace = { readonly path: string } | { readonly host: string; readonly port: number };

/** Milliseconds in which the other end takes not one write, after which a close waits no longer. */
const STUCK_MS = 5000;
/** How long a close waits for the other end's own, ms. */
const LINGER_MS = 1000;

/**
 * The pipe or socket of a virtual machine, or a TCP port (a terminal server, a machine's serial console).
 * @throws Fault `pipe-missing`, `pipe-busy`, `pipe-denied`, `pipe-name-long`, `pipe-broken`
 */
export function socketStream(place: SocketPlace, timers = realTimers): OpenStream {
  return async (listener, signal) => {
    signal?.throwIfAborted();
    const long = 'path' in place ? whyNoSocketPath(place.path) : undefined;
    if (long) throw long;
    // Windows' pipes have no half that could be closed: their other end sees the end only when this one is gone.
    const lingerMs = 'path' in place && process.platform === 'win32' ? 0 : LINGER_MS;
    return new SocketStream(await opened(place, signal), listener, timers, lingerMs);
  };
}

function opened(place: SocketPlace, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(whyNot(place, error));
    let socket: Socket;
    try {
      socket = connect(place);
    } catch (error) {
      fail(error);
      return;
    }
    const abort = (): void => {
      socket.destroy();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
    socket.setNoDelay(true);
    socket.pause();
    socket.once('error', fail);
    socket.once('close', () => signal?.removeEventListener('abort', abort));
    socket.once('connect', () => {
      signal?.removeEventListener('abort', abort);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}

class SocketStream implements ByteStream {
  readonly bytesPerSecond = undefined;
  readonly #told: Telling;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly socket: Socket,
    listener: ByteListener,
    private readonly timers: Timers,
    private readonly lingerMs: number,
  ) {
    this.#told = new Telling(listener);
    socket.on('data', (chunk) => this.#told.bytes(chunk));
    socket.on('end', () => {
      // What a close still has to send may be read all the same.
      if (this.#closing) return;
      this.#told.gone('the other end closed it');
      socket.destroy();
    });
    socket.on('error', (error) => this.#told.gone(messageOf(error)));
    socket.on('close', () => this.#told.gone('the other end closed it'));
    socket.resume();
  }

  write(bytes: Uint8Array): void {
    if (this.socket.writable) this.socket.write(Buffer.from(bytes));
  }

  /** A write is done when its callback comes: the bytes are with the system then. */
  drain(): Promise<void> {
    const { socket } = this;
    return new Promise((resolve) => {
      if (!socket.writable || socket.writableLength === 0) resolve();
      else socket.write('', () => resolve());
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { socket, timers } = this;
    this.#told.silence();
    if (!socket.destroyed && (await this.#ends())) await within(timers, this.lingerMs, this.#told.ended);
    socket.destroy();
    await this.#told.ended;
  }

  /**
   * Sends the rest, and an end behind it. A reset, which is what a socket that is closed with unread bytes sends, would take back
   * what was written last. Gives false for an other end that has stopped taking bytes.
   */
  async #ends(): Promise<boolean> {
    const { socket, timers } = this;
    const sent = new Promise<void>((resolve) => socket.end(() => resolve()));
    for (;;) {
      const left = socket.writableLength;
      if (await within(timers, STUCK_MS, sent)) return true;
      if (socket.writableLength >= left) return false;
    }
  }
}

/** The place as a person writes it. */
export function placeName(place: SocketPlace): string {
  if ('path' in place) return place.path;
  return place.host.includes(':') ? `[${place.host}]:${place.port}` : `${place.host}:${place.port}`;
}

function whyNot(place: SocketPlace, error: unknown): ReturnType<typeof whyNotConnected> {
  return whyNotConnected(placeName(place), 'path' in place ? place.path : undefined, error);
}
