import { type Stats, statSync } from 'node:fs';
import { EXIT, Fault, messageOf, systemCode } from '../../fault.js';

/** The longest path of a Unix socket, bytes: `sun_path` without the NUL at its end. Source: unix(7); FreeBSD and macOS have four less. */
const SOCKET_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/**
 * Why a path can be no serial port, before anything is done to it; undefined for a device, and for what only opening shows.
 * Nothing is looked at on Windows, where looking at a pipe connects to it.
 */
export function whyNoDevice(port: string): Fault | undefined {
  const kind = kindOf(port);
  if (kind === undefined || kind === 'a device') return undefined;
  return new Fault(
    'port-not-serial',
    EXIT.missing,
    `${port} is ${kind}, and no serial port.`,
    kind === 'a socket'
      ? `For the socket of a virtual machine write com:pipe,port=${port},resets=0,reconnect.`
      : '"livedebug ports" lists the serial ports of this host.',
  );
}

/** Why a socket cannot have this path, before it is tried: a longer one would be cut, and might lead elsewhere. */
export function whyNoSocketPath(path: string): Fault | undefined {
  const bytes = Buffer.byteLength(path);
  if (process.platform === 'win32' || bytes <= SOCKET_PATH_BYTES) return undefined;
  return new Fault(
    'pipe-name-long',
    EXIT.usage,
    `${path} has ${bytes} bytes, and the path of a socket at most ${SOCKET_PATH_BYTES} on this system.`,
    'Let the machine make its socket in a folder with a shorter path, or name it by a symbolic link.',
  );
}

/** Why a pipe, socket or TCP port did not open. @param path of the socket; undefined for TCP */
export function whyNotConnected(name: string, path: string | undefined, error: unknown): Fault {
  const fault = (code: string, exitCode: 2 | 3 | 6, text: string, remedy: string): Fault =>
    new Fault(code, exitCode, `${name} ${text}`, remedy, { cause: error });
  const code = systemCode(error);
  const kind = code === 'ECONNREFUSED' && path !== undefined ? kindOf(path) : undefined;
  if (kind !== undefined && kind !== 'a socket')
    return fault('pipe-broken', EXIT.missing, `is ${kind}, and no socket.`, SPELLING);
  switch (code) {
    case 'ECONNREFUSED':
      return fault('pipe-missing', EXIT.missing, 'has nothing listening on it.', START);
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
    case 'EHOSTUNREACH':
    case 'EHOSTDOWN':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return fault('pipe-missing', EXIT.missing, 'is not there.', START);
    case 'EBUSY':
    // The queue of a Unix socket whose owner takes nobody in is full.
    case 'EAGAIN':
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
      return fault('pipe-broken', EXIT.missing, `cannot be opened: ${messageOf(error)}.`, SPELLING);
  }
}

const START = 'Start the virtual machine, or add ",reconnect" to wait for it.';
const SPELLING = 'Look how the machine spells its serial port.';

/** What stands at a path of this host; undefined when there is nothing, or nobody can tell. */
function kindOf(path: string): string | undefined {
  if (process.platform === 'win32') return undefined;
  let found: Stats;
  try {
    found = statSync(path);
  } catch {
    return undefined;
  }
  if (found.isDirectory()) return 'a folder';
  if (found.isFile()) return 'a file';
  if (found.isFIFO()) return 'a FIFO';
  return found.isSocket() ? 'a socket' : 'a device';
}
