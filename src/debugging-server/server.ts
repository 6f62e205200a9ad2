import { chmodSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { systemCode } from '../fault.js';
import { serverDate } from '../kd-text/date.js';
import type { PipeEnd } from '../kd-text/kd-options.js';
import { clean } from '../platform/clean-text.js';
import { encodeFrame, type Hello } from '../platform/pipes/pipe-frames.js';
import { checkPipeDirectory, pipePath } from '../platform/pipes/pipe-path.js';
import { Guest, type GuestHooks } from './guest.js';
import type { Sink } from './sink.js';

/** What a server does with its clients. */
export interface ServerHooks extends GuestHooks {
  /** A client has joined: it gets this sink's output from now on. */
  readonly joined: (sink: Sink, hello: Hello, announcement: string) => void;
  readonly left: (client: string) => void;
}

export interface DebuggingServer {
  lines(): string[];
  clients(): string[];
  dismiss(client: string): void;
  /** Takes the pipe away and sends everybody home. */
  close(): Promise<void>;
}

/** The pipe's name is taken by a server that lives. */
export class PipeInUse extends Error {
  override readonly name = 'PipeInUse';
}

// A client may be this far behind before the others wait for it, and they wait this long before it is dropped.
const mostBehind = 4 * 1024 * 1024;
const patienceMs = 500;
/** Connections at once: whoever wants more of them wants no kd. */
const MOST_GUESTS = 64;

/** Opens kd's debugging server on its named pipe (a Unix socket elsewhere). Throws PipeInUse. */
export async function openServer(end: PipeEnd, hooks: ServerHooks): Promise<DebuggingServer> {
  checkPipeDirectory();
  const path = pipePath(end.pipe);
  const sockets = new Map<string, Socket>();
  const all = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    all.add(socket);
    socket.on('error', () => {});
    const guest = new Guest(socket, join, hooks);
    socket.on('close', () => {
      all.delete(socket);
      guest.gone();
      if (guest.name === undefined) return;
      sockets.delete(guest.name);
      hooks.left(guest.name);
    });
  });
  server.maxConnections = MOST_GUESTS;
  const join = (socket: Socket, hello: Hello): string | undefined => {
    if (end.password !== undefined && hello.password !== end.password) {
      socket.end(encodeFrame('E', 'HRESULT 0x80004005'));
      return undefined;
    }
    const name = `${clean(hello.user)} (npipe ${++count})`;
    sockets.set(name, socket);
    hooks.joined(clientSink(name, socket), hello, `${name} connected at ${serverDate(new Date())}`);
    return name;
  };
  await listen(server, path);
  return {
    lines: () => [`0: <debugger> -remote ${describe(end)}`],
    clients: () => [...sockets.keys()],
    dismiss: (client) => void sockets.get(client)?.end(encodeFrame('X')),
    async close() {
      for (const socket of all) socket.end(encodeFrame('X'));
      // Whoever does not go home by himself must not keep a kd that leaves.
      const force = setTimeout(() => {
        for (const socket of all) socket.destroy();
      }, patienceMs);
      await new Promise<void>((resolve) => server.close(() => resolve()));
      clearTimeout(force);
    },
  };
}

function describe(end: PipeEnd): string {
  const password = end.password === undefined ? '' : 'Password=*,';
  return `npipe:Pipe=${end.pipe},${password}Server=${hostname()}`;
}

function clientSink(id: string, socket: Socket): Sink {
  return {
    id,
    write: (bytes) => void (socket.writable && socket.write(encodeFrame('O', bytes))),
    async drained() {
      if (socket.destroyed || socket.writableLength <= mostBehind) return;
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          socket.off('drain', done).off('close', done);
          resolve();
        };
        const timer = setTimeout(() => {
          socket.destroy();
          done();
        }, patienceMs);
        socket.on('drain', done).on('close', done);
      });
    },
    async end() {
      socket.end(encodeFrame('X'));
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  const windows = process.platform === 'win32';
  try {
    await tryListen(server, path);
  } catch (error) {
    if (systemCode(error) !== 'EADDRINUSE') throw error;
    // A socket whose process is dead stays behind; a live one answers.
    if (windows || (await answers(path))) throw new PipeInUse(path, { cause: error });
    unlinkSync(path);
    await tryListen(server, path);
  }
  if (!windows) chmodSync(path, 0o600);
}

function tryListen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A connection that cannot be accepted is nothing that a debugger ends for.
      server.on('error', () => {});
      resolve();
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
