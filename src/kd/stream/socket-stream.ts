import { connect, type Socket } from 'node:net';
import { EXIT, Fault, messageOf, systemCode } from '../../fault.js';
import { type OpenStream, onceGone } from './byte-stream.js';

/** Where a socket is: a named pipe or Unix socket by path, or a TCP port. */
export type SocketPlace = { readonly path: string } | { readonly host: string; readonly port: number };

/**
 * The pipe or socket of a virtual machine, or a TCP port (a terminal server, a machine's serial console).
 * @throws Fault `pipe-missing`, `pipe-busy`, `pipe-denied`, `pipe-broken`
 */
export function socketStream(place: SocketPlace): OpenStream {
  return async (listener) => {
    const socket = await opened(place);
    const told = onceGone(listener);
    socket.on('data', (chunk) => told.bytes(chunk));
    socket.on('error', (error) => told.gone(messageOf(error)));
    socket.on('close', () => told.gone('the other end closed it'));
    socket.resume();
    const drain = (): Promise<void> => drained(socket);
    return {
      bytesPerSecond: undefined,
      write(bytes) {
        if (!socket.destroyed) socket.write(bytes);
      },
      drain,
      async close() {
        told.silence();
        await drain();
        // An end is sent and not a reset: what was written last would be lost with one.
        await new Promise<void>((resolve) => {
          if (socket.destroyed) resolve();
          else socket.end(() => resolve());
        });
        socket.destroy();
      },
    };
  };
}

function opened(place: SocketPlace): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(place);
    socket.setNoDelay(true);
    socket.pause();
    socket.once('error', (error) => reject(whyNot(place, error)));
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

// A write is done when its callback comes: the bytes are with the system then.
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.writableLength === 0) resolve();
    else socket.write('', () => resolve());
  });
}

/** The place as a person writes it. */
export function placeName(place: SocketPlace): string {
  return 'path' in place ? place.path : `${place.host}:${place.port}`;
}

function whyNot(place: SocketPlace, error: unknown): Fault {
  const name = placeName(place);
  const fault = (code: string, exitCode: 3 | 6, text: string, remedy: string): Fault =>
    new Fault(code, exitCode, `${name} ${text}`, remedy, { cause: error });
  switch (systemCode(error)) {
    case 'ENOENT':
    case 'ECONNREFUSED':
    case 'ENOTFOUND':
    case 'EHOSTUNREACH':
    case 'ETIMEDOUT':
      return fault(
        'pipe-missing',
        EXIT.missing,
        'is not there.',
        'Start the virtual machine, or add ",reconnect" to wait for it.',
      );
    case 'EBUSY':
      return fault('pipe-busy', EXIT.busy, 'is taken.', 'A pipe has one client: end the other kd.');
    case 'EACCES':
    case 'EPERM':
      return fault(
        'pipe-denied',
        EXIT.missing,
        'may not be opened by this user.',
        'Start this program as the user who runs the virtual machine.',
      );
    default:
      return fault(
        'pipe-broken',
        EXIT.missing,
        `cannot be opened: ${messageOf(error)}.`,
        'Look how the machine spells its serial port.',
      );
  }
}
