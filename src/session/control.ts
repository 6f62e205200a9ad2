import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import readline from 'node:readline';
import { pipePath } from '../debugger/pipe-path.js';

/** What a viewer or another terminal may ask of a running session. */
export type ControlRequest =
  | { readonly do: 'status' }
  | { readonly do: 'watch' }
  | { readonly do: 'break' }
  | { readonly do: 'release'; readonly reason: string };

/** The pipe on which a session takes requests; only the owner of the session may open it. */
export function controlPath(run: string): string {
  return pipePath(`control-${run}`);
}

/** Removes what a killed session left of its pipe; named pipes of Windows vanish by themselves. */
export function removeControl(run: string): void {
  if (process.platform !== 'win32') rmSync(controlPath(run), { force: true });
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
  const where = controlPath(run);
  const viewers = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('close', () => viewers.delete(socket));
    readline.createInterface({ input: socket }).on('line', (line) => {
      const request = parse(line);
      if (request?.do === 'watch') viewers.add(socket);
      const reply = request && answer(request);
      if (reply) send(socket, reply);
    });
  });
  if (process.platform !== 'win32') {
    mkdirSync(path.dirname(where), { recursive: true, mode: 0o700 });
    removeControl(run);
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => resolve());
  });
  if (process.platform !== 'win32') chmodSync(where, 0o600);
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
export function connectControl(run: string): Promise<ControlClient | undefined> {
  return new Promise((resolve) => {
    const socket = net.connect(controlPath(run));
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.on('error', () => socket.destroy());
      resolve({
        request: (request) => void socket.write(`${JSON.stringify(request)}\n`),
        messages: messagesOf(socket),
        close: () => socket.destroy(),
      });
    });
  });
}

async function* messagesOf(socket: net.Socket): AsyncGenerator<Readonly<Record<string, unknown>>> {
  for await (const line of readline.createInterface({ input: socket })) {
    const message = JSON.parse(line) as unknown;
    if (typeof message === 'object' && message !== null) yield message as Record<string, unknown>;
  }
}
