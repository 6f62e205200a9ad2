import { chmodSync, rmSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { checkPipeDirectory, pipePath } from './pipe-path.js';

const LOOK_EVERY_MS = 15;

/** Removes what a killed process left of its pipe; named pipes of Windows vanish by themselves. */
export function removePipe(name: string): void {
  if (process.platform !== 'win32') rmSync(pipePath(name), { force: true });
}

/** Listens on a pipe that only its owner may open. Rejects with the system's error. */
export async function listenPrivately(name: string, onConnection: (socket: net.Socket) => void): Promise<net.Server> {
  const where = pipePath(name);
  const server = net.createServer(onConnection);
  checkPipeDirectory();
  removePipe(name);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, () => resolve());
  });
  if (process.platform !== 'win32') chmodSync(where, 0o600);
  return server;
}

/** @returns undefined when nobody listens there @throws Fault `pipe-directory` */
export function connectPipe(name: string): Promise<net.Socket | undefined> {
  checkPipeDirectory();
  return new Promise((resolve) => {
    const socket = net.connect(pipePath(name));
    socket.once('error', () => resolve(undefined));
    socket.once('connect', () => {
      socket.on('error', () => socket.destroy());
      resolve(socket);
    });
  });
}

/** Connects to a pipe that is about to be opened. @returns undefined when nobody listened for `limitMs` */
export async function awaitPipe(name: string, limitMs: number): Promise<net.Socket | undefined> {
  const until = performance.now() + limitMs;
  for (;;) {
    const socket = await connectPipe(name);
    if (socket || performance.now() > until) return socket;
    await pause(LOOK_EVERY_MS);
  }
}
