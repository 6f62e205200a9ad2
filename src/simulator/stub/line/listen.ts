import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { EXIT, Fault, messageOf, systemCode } from '../../../fault.js';
import type { ListenPlace } from '../places.js';

/** A place of everything but a network, whose ends come and go without a connection. */
export type CablePlace = Exclude<ListenPlace, { kind: 'net' }>;

/** The host's end of the cable: whoever holds it, one at a time. */
export interface HostEnd {
  connect(): void;
  disconnect(): void;
  receive(bytes: Uint8Array): void;
}

export interface Listening {
  /** As people write it, with the port that the system chose. */
  readonly place: string;
  /** Sends to whoever is connected; without anybody it is lost, as on a cable. */
  send(bytes: Buffer): void;
  close(): Promise<void>;
}

/** Offers the cable at a place of this host. @throws Fault when the place is taken or cannot be had */
export async function listenForHost(place: CablePlace, baud: number, end: HostEnd): Promise<Listening> {
  if (place.kind === 'tty') {
    const { openTty } = await import('./tty.js');
    return openTty(place.path, baud || 115_200, end);
  }
  if (place.kind === 'path') await clearStale(place.path);
  let client: Socket | undefined;
  const server = createServer((socket) => {
    // One cable, one end: a second one is refused, as a virtual machine's serial port does.
    if (client) {
      socket.destroy();
      return;
    }
    client = socket;
    socket.setNoDelay(true);
    end.connect();
    socket.on('data', (bytes) => end.receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      client = undefined;
      end.disconnect();
    });
  });
  await started(server, place);
  return {
    place: nameOf(server, place),
    send: (bytes) => {
      // A client that does not read gets no more than a socket's buffers hold: the rest is lost on the cable.
      if (client && client.writableLength < MOST_UNSENT) client.write(bytes);
    },
    close: async () => {
      client?.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

const MOST_UNSENT = 1024 * 1024;

function started(server: Server, place: Exclude<CablePlace, { kind: 'tty' }>): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotListen(place, error)));
    server.once('listening', () => resolve());
    if (place.kind === 'tcp') server.listen(place.port, place.host);
    else server.listen(place.path);
  });
}

function nameOf(server: Server, place: Exclude<CablePlace, { kind: 'tty' }>): string {
  if (place.kind === 'path') return place.path;
  const address = server.address();
  return `${place.host}:${typeof address === 'object' && address ? address.port : place.port}`;
}

/** A socket whose server died stays as a file: it is taken away, but only when nobody answers behind it. */
async function clearStale(path: string): Promise<void> {
  if (process.platform === 'win32' || !existsSync(path) || !lstatSync(path).isSocket()) return;
  const dead = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error) => resolve(systemCode(error) === 'ECONNREFUSED'));
  });
  if (dead) unlinkSync(path);
}

function cannotListen(place: Exclude<CablePlace, { kind: 'tty' }>, error: Error): Fault {
  const name = place.kind === 'path' ? place.path : `${place.host}:${place.port}`;
  const code = systemCode(error);
  if (code === 'EADDRINUSE')
    return new Fault('place-busy', EXIT.busy, `${name} is taken already.`, 'Choose another one, or end who has it.', {
      cause: error,
    });
  if (code === 'ENOENT' || code === 'EACCES' || code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new Fault(
      'place-missing',
      EXIT.missing,
      `Nothing can listen at ${name}: ${messageOf(error)}.`,
      'The folder or address has to exist on this host, and be yours to use.',
      { cause: error },
    );
  return new Fault(
    'place-refused',
    EXIT.usage,
    `Nothing can listen at ${name}: ${messageOf(error)}.`,
    'Choose another place.',
    {
      cause: error,
    },
  );
}
