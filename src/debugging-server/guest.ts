import type { Socket } from 'node:net';
import { z } from 'zod';
import { frameReader, type Hello } from '../platform/pipes/pipe-frames.js';

/** What a client that has joined may do. */
export interface GuestHooks {
  readonly typed: (client: string, text: string) => void;
  readonly breaks: (client: string) => void;
}

/** Whoever connects says who he is within this time, ms. */
const HELLO_MS = 10_000;
/** Bytes of a frame: of one that somebody sends who may be anybody, and of a line that a client types. */
const LONGEST = { hello: 4096, line: 65_536 };

const HELLO = z.object({
  user: z.string().min(1).max(256),
  password: z.string().max(1024).optional(),
  lines: z.int().nonnegative().optional(),
  breaks: z.boolean().default(false),
});

/**
 * One connection to a debugging server. It may come from anybody and say anything: what is no frame, or out of place, ends it and
 * nothing else. A kd that ended for it would leave its target behind.
 */
export class Guest {
  #name: string | undefined;
  readonly #waiting: NodeJS.Timeout;

  /** @param join gives the name of a client that is let in; one that is not has been told so */
  constructor(
    private readonly socket: Socket,
    private readonly join: (socket: Socket, hello: Hello) => string | undefined,
    private readonly hooks: GuestHooks,
  ) {
    const end = (): void => void socket.destroy();
    this.#waiting = setTimeout(end, HELLO_MS);
    const most = (): number => (this.#name === undefined ? LONGEST.hello : LONGEST.line);
    const read = frameReader((type, payload) => this.#frame(type, payload), end, most);
    socket.on('data', (chunk: Buffer) => {
      if (!socket.destroyed && !socket.writableEnded) read(chunk);
    });
  }

  /** Undefined for one that has not joined. */
  get name(): string | undefined {
    return this.#name;
  }

  gone(): void {
    clearTimeout(this.#waiting);
  }

  #frame(type: string, payload: Buffer): void {
    const { socket, hooks } = this;
    if (socket.destroyed || socket.writableEnded) return;
    const name = this.#name;
    if (name === undefined) {
      const hello = type === 'H' ? helloOf(payload) : undefined;
      if (hello) this.#name = this.join(socket, hello);
      else socket.destroy();
      if (this.#name !== undefined) clearTimeout(this.#waiting);
    } else if (type === 'L') hooks.typed(name, payload.toString().replace(/[\r\n]+/g, ' '));
    else if (type === 'B') hooks.breaks(name);
    else socket.destroy();
  }
}

function helloOf(payload: Buffer): Hello | undefined {
  try {
    const { user, breaks, password, lines } = HELLO.parse(JSON.parse(payload.toString()));
    return {
      user,
      breaks,
      ...(password !== undefined && { password }),
      ...(lines !== undefined && { lines }),
    };
  } catch {
    return undefined;
  }
}
