import { createSocket, type Socket } from 'node:dgram';
import { isIP } from 'node:net';
import { EXIT, Fault, messageOf, systemCode } from '../../fault.js';
import type { NetPlace } from './place.js';

export interface Sockets {
  send(datagram: Buffer, to: NetPlace): void;
  /** Resolves when everything that was sent is with the system. */
  drain(): Promise<void>;
  close(): Promise<void>;
  /** Families that could be had. */
  readonly families: readonly Family[];
  /** Families whose port somebody else has. */
  readonly taken: readonly Family[];
}

type Family = 4 | 6;
/** What comes while this process is busy with something else waits there, bytes. */
const RECEIVE_BYTES = 512 << 10;
/** A system without one of the two families. */
const NO_FAMILY = new Set(['EAFNOSUPPORT', 'EADDRNOTAVAIL', 'EPROTONOSUPPORT', 'ENETUNREACH', 'EINVAL']);

/**
 * Opens a UDP port of this host for IPv4 and IPv6. One family is enough, and is all that is heard then.
 * @param port 0 for any
 * @throws Fault `udp-busy`, `udp-denied`, `udp-broken`
 */
export async function openSockets(
  port: number,
  families: readonly Family[],
  take: (datagram: Buffer, from: NetPlace) => void,
): Promise<Sockets> {
  const open = new Map<Family, Socket>();
  const failures = new Map<Family, unknown>();
  for (const family of families) {
    const socket = createSocket({ type: `udp${family}`, ...(family === 6 && { ipv6Only: true }) });
    try {
      await bound(socket, port);
    } catch (error) {
      socket.close();
      failures.set(family, error);
      continue;
    }
    grow(socket);
    // A host that is not there answers with an error; the target comes by itself when it is.
    socket.on('error', () => undefined);
    socket.on('message', (datagram, { address, port: sender }) => take(datagram, { address, port: sender }));
    open.set(family, socket);
  }
  const all = [...failures.values()];
  if (open.size === 0) throw whyNot(port, all.find((each) => !NO_FAMILY.has(systemCode(each) ?? '')) ?? all[0]);
  const taken = families.filter((each) => systemCode(failures.get(each)) === 'EADDRINUSE');
  return socketsOf(open, taken);
}

function bound(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ port, exclusive: true }, () => {
      socket.off('error', reject);
      resolve();
    });
  });
}

function grow(socket: Socket): void {
  try {
    socket.setRecvBufferSize(RECEIVE_BYTES);
  } catch {
    // The system's own size does as well.
  }
}

function socketsOf(open: ReadonlyMap<Family, Socket>, taken: readonly Family[]): Sockets {
  const pending = new Set<Promise<void>>();
  const drain = async (): Promise<void> => void (await Promise.all(pending));
  return {
    families: [...open.keys()],
    taken,
    send(datagram, { address, port }) {
      const socket = open.get(isIP(address) === 6 ? 6 : 4);
      if (!socket) return;
      const sent = new Promise<void>((resolve) => socket.send(datagram, port, address, () => resolve()));
      pending.add(sent);
      void sent.then(() => pending.delete(sent));
    },
    drain,
    async close() {
      await drain();
      await Promise.all([...open.values()].map((socket) => new Promise<void>((resolve) => socket.close(resolve))));
    },
  };
}

function whyNot(port: number, error: unknown): Fault {
  const fault = (code: string, exit: 3 | 6, text: string, remedy: string): Fault =>
    new Fault(code, exit, `UDP port ${port} of this host ${text}`, remedy, { cause: error });
  switch (systemCode(error)) {
    case 'EADDRINUSE':
      return fault(
        'udp-busy',
        EXIT.busy,
        'is in use.',
        'Another debugger waits there: end it, or give the target another port with bcdedit /dbgsettings net.',
      );
    case 'EACCES':
    case 'EPERM':
      return fault('udp-denied', EXIT.missing, 'may not be opened by this user.', 'Take a port above 1023.');
    default:
      return fault('udp-broken', EXIT.missing, `cannot be opened: ${messageOf(error)}.`, 'Take another port.');
  }
}
