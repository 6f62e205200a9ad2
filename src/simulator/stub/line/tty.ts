import { messageOf } from '../../../fault.js';
import { loadSerialPort } from '../../../serial/load-serial-port.js';
import { openableName } from '../../../serial/port-name.js';
import { portFault } from '../../../serial/preflight.js';
import type { HostEnd, Listening } from './listen.js';

/**
 * The cable is a serial device, or a pseudo-terminal. Nobody can see at a serial line whether its other end is there:
 * it counts as connected.
 */
export async function openTty(path: string, baud: number, end: HostEnd): Promise<Listening> {
  const { SerialPort } = await loadSerialPort();
  const port = new SerialPort({ path: openableName(path) ?? path, baudRate: baud, autoOpen: false });
  const failure = await new Promise<Error | null>((resolve) => port.open(resolve));
  if (failure) throw await portFault(path, messageOf(failure));
  end.connect();
  port.on('data', (bytes: Buffer) => end.receive(bytes));
  port.on('error', () => undefined);
  port.on('close', () => end.disconnect());
  return {
    place: path,
    send: (bytes) => {
      port.write(bytes);
    },
    close: () => new Promise<void>((resolve) => (port.isOpen ? port.close(() => resolve()) : resolve())),
  };
}
