import { readdirSync } from 'node:fs';
import { messageOf } from '../fault.js';

/** A serial port of this host. */
export interface PortInfo {
  /** `COM1`, `/dev/ttyUSB0` */
  readonly path: string;
  /** What the system calls it, e.g. the name of the adapter. */
  readonly description?: string;
}

/** The serial ports of this host, by the serialport library; on a Linux without udev, by their device files. */
export async function listPorts(): Promise<PortInfo[]> {
  try {
    const { SerialPort } = await import('serialport');
    const ports = await SerialPort.list();
    return ports.map((port) => {
      const { friendlyName } = port as { friendlyName?: string };
      const description = friendlyName ?? port.manufacturer ?? port.pnpId;
      return { path: port.path, ...(description && { description }) };
    });
  } catch (error) {
    if (process.platform !== 'linux') throw error;
    return devicePorts(messageOf(error));
  }
}

// A ttyS without hardware behind it has type 0; only those that can be opened would be worth more, and opening is not listing.
function devicePorts(why: string): PortInfo[] {
  return readdirSync('/dev')
    .filter((name) => /^tty(?:S|USB|ACM|AMA)\d+$/.test(name))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .map((name) => ({ path: `/dev/${name}`, description: `device file (${why})` }));
}
