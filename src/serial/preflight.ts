import type { Fault } from '../fault.js';
import { listPorts } from './list-ports.js';
import { loadSerialPort } from './load-serial-port.js';
import { holderOf } from './port-holder.js';
import { openableName, plainName } from './port-name.js';
import { type PortSurroundings, whyNotOpen } from './why-not-open.js';
import { deviceOf } from './windows-ports.js';

const here: PortSurroundings = {
  platform: process.platform,
  ports: async () => (await listPorts().catch(() => [])).map(({ path }) => path),
  holder: holderOf,
  device: deviceOf,
};

/**
 * Opens the port and closes it again, so that kd will find it there and free.
 * @param port as the system names it (`COM1`, `\\.\COM10`, `/dev/ttyS0`)
 * @throws Fault `port-missing`, `port-busy`, `port-denied`, `port-broken`, `serialport-missing`
 */
export async function preflightPort(port: string, baud: number): Promise<void> {
  const path = openableName(port);
  if (path === undefined) {
    // What is no path can still be a name that kd opens and the library cannot; kd will say it if not.
    if (/[\\/]/.test(plainName(port))) throw await whyNotOpen(port, 'File not found', here);
    return;
  }
  const { SerialPort } = await loadSerialPort();
  const opened = new SerialPort({ path, baudRate: baud, autoOpen: false, hupcl: false });
  const failure = await new Promise<Error | null>((resolve) => opened.open(resolve));
  if (failure) throw await portFault(port, failure.message);
  await new Promise<void>((resolve) => opened.close(() => resolve()));
}

/** Why the library could not open a port of this host, from what it said. */
export function portFault(port: string, text: string): Promise<Fault> {
  return whyNotOpen(port, text, here);
}
