import type net from 'node:net';
import readline from 'node:readline';
import { connectPipe, listenPrivately, removePipe } from '../debugger/private-pipe.js';

/** What a viewer or another terminal may ask of a running session. */
export type ControlRequest =
  | { readonly do: 'status' }
  | { readonly do: 'watch' }
  | { readonly do: 'break' }
  | { readonly do: 'release'; readonly reason: string };

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
 * Listens for requests, one JSON object a line.
 * @param answer gives the answer to a request, or undefined when there is none
 */
export async function serveControl(
  run: string,
  answer: (request: ControlRequest) => object | undefined,
): Promise<ControlServer> {
  const viewers = new Set<net.Socket>();
  const server = await listenPrivately(controlPipe(run), (socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => viewers.delete(socket));
    readline.createInterface({ input: socket }).on('line', (line) => {
      const request = parse(line);
      if (request?.do === 'watch') viewers.add(socket);
      const reply = request && answer(request);
      if (reply) send(socket, reply);
    });
  });
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

// A viewer that does not read is dropped: it must not fill the memory of a session that lasts for days.
function send(socket: net.Socket, message: object): void {
  if (socket.writableLength > 1_000_000) socket.destroy();
  else socket.write(`${JSON.stringify(message)}\n`);
}

function parse(line: string): ControlRequest | undefined {
  try {
    return JSON.parse(line) as ControlRequest;
  } catch {
    return undefined;
  }
}

/** A connection to a session's control pipe: requests out, messages in. */
export interface ControlClient {
  request(request: ControlRequest): void;
  readonly messages: AsyncIterable<Readonly<Record<string, unknown>>>;
  close(): void;
}

/** @returns undefined when no session listens there */
export async function connectControl(run: string): Promise<ControlClient | undefined> {
  const socket = await connectPipe(controlPipe(run));
  return (
    socket && {
      request: (request) => void socket.write(`${JSON.stringify(request)}\n`),
      messages: messagesOf(socket),
      close: () => socket.destroy(),
    }
  );
}

async function* messagesOf(socket: net.Socket): AsyncGenerator<Readonly<Record<string, unknown>>> {
  const lines = readline.createInterface({ input: socket });
  // A socket that is closed from this side has no end of input.
  socket.once('close', () => lines.close());
  for await (const line of lines) {
    const message = JSON.parse(line) as unknown;
    if (typeof message === 'object' && message !== null) yield message as Record<string, unknown>;
  }
}
