import type net from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { z } from 'zod';
import { messageOf } from '../fault.js';
import { clean } from '../platform/clean-text.js';
import { awaitPipe, listenPrivately, removePipe } from '../platform/pipes/private-pipe.js';

// The control pipe of a running session: what viewers and other terminals may ask, and the records that they are sent.
// It passes requests on and decides nothing; it is not kd's debugging server.

const REASON_MAX = 200;

const controlRequest = z.discriminatedUnion('do', [
  z.object({ do: z.literal('status') }),
  z.object({ do: z.literal('watch') }),
  z.object({ do: z.literal('break') }),
  z.object({ do: z.literal('release'), reason: z.string().max(REASON_MAX).transform(clean) }),
]);

/** What a viewer or another terminal may ask of a running session. */
export type ControlRequest = Readonly<z.infer<typeof controlRequest>>;

/** A request is a line of a few words; a peer that sends more without an end of line is none of ours. */
const REQUEST_MAX_BYTES = 16_384;
/** A session sends records; the longest holds a frame's words. */
const MESSAGE_MAX_BYTES = 4_194_304;
/** What may wait for a viewer that does not read: a session that lasts for days must not keep it all. */
const UNREAD_MAX_BYTES = 1_000_000;

// The pipe on which a session takes requests; only the owner of the session may open it.
const controlPipe = (run: string): string => `control-${run}`;

/** Removes what a killed session left of its control pipe. */
export function removeControl(run: string): void {
  removePipe(controlPipe(run));
}

export interface ControlServer {
  /** Sends a message to every viewer. */
  broadcast(message: object): void;
  close(): void;
}

/**
 * Listens for requests, one JSON object a line. Nothing that a peer sends, leaves unread or breaks off ends more than
 * its own connection.
 * @param answer gives the answer to a request, or undefined when there is none; what it throws goes to the peer as `error`
 */
export async function serveControl(
  run: string,
  answer: (request: ControlRequest) => object | undefined,
): Promise<ControlServer> {
  const viewers = new Set<net.Socket>();
  const server = await listenPrivately(controlPipe(run), (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => viewers.delete(socket));
    onJsonLines(socket, REQUEST_MAX_BYTES, (value) => {
      const request = controlRequest.safeParse(value);
      if (!request.success) {
        send(socket, { error: 'no request of a livedebug of this version' });
        return;
      }
      if (request.data.do === 'watch') viewers.add(socket);
      const reply = answered(answer, request.data);
      if (reply) send(socket, reply);
    });
  });
  server.on('error', () => {});
  server.unref();
  return {
    broadcast: (message) => {
      for (const viewer of viewers) send(viewer, message);
    },
    close: () => {
      server.close();
      for (const viewer of viewers) viewer.end();
      removeControl(run);
    },
  };
}

function answered(
  answer: (request: ControlRequest) => object | undefined,
  request: ControlRequest,
): object | undefined {
  try {
    return answer(request);
  } catch (error) {
    return { error: messageOf(error) };
  }
}

// A viewer that does not read is dropped.
function send(socket: net.Socket, message: object): void {
  if (!socket.writable) return;
  if (socket.writableLength > UNREAD_MAX_BYTES) socket.destroy();
  else socket.write(`${JSON.stringify(message)}\n`);
}

/** Hands on every line of a socket as the JSON value that it is, or undefined where it is none. A line that is too long closes it. */
function onJsonLines(socket: net.Socket, maxBytes: number, take: (value: unknown) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (socket.destroyed) return;
      take(parse(line));
    }
    if (rest.length > maxBytes) socket.destroy();
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** A session that says nothing for so long, though it is asked, is stopped or blocked. */
export const ANSWER_MS = 3000;

/** A connection to a session's control pipe: requests out, messages in. */
export interface ControlClient {
  request(request: ControlRequest): void;
  /** Ends when the session, or this side, closes the connection. A message `{silent: true}` stands for 3 s without one. */
  readonly messages: AsyncIterable<Readonly<Record<string, unknown>>>;
  close(): void;
}

/** @param limitMs how long a session that has just been started may take to listen @returns undefined when none does */
export async function connectControl(run: string, limitMs = 0): Promise<ControlClient | undefined> {
  const socket = await awaitPipe(controlPipe(run), limitMs);
  return (
    socket && {
      request: (request) => send(socket, request),
      messages: messagesOf(socket),
      close: () => socket.destroy(),
    }
  );
}

async function* messagesOf(socket: net.Socket): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const arrived: Record<string, unknown>[] = [];
  let wake = (): void => {};
  socket.once('close', () => wake());
  onJsonLines(socket, MESSAGE_MAX_BYTES, (value) => {
    if (typeof value === 'object' && value !== null) arrived.push(value as Record<string, unknown>);
    wake();
  });
  for (;;) {
    while (arrived.length > 0) yield arrived.shift() as Record<string, unknown>;
    if (socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ANSWER_MS);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    if (arrived.length === 0 && !socket.destroyed) yield { silent: true };
  }
}
