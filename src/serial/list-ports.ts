import { readdirSync } from 'node:fs';
import { messageOf } from '../fault.js';
import { loadSerialPort } from './load-serial-port.js';
import { serialDevices } from './windows-ports.js';

/** A serial port of this host. */
export interface PortInfo {
  /** `COM1`, `/dev/ttyUSB0` */
  readonly path: string;
  /** What the system calls it, e.g. the name of the adapter. */
  readonly description?: string;
  /** What is no port of the board itself: an adapter will do at the host, a radio link at neither end. */
  readonly kind?: 'usb' | 'bluetooth';
}

/** What the serialport library tells of a port, as far as we look at it. */
export interface ListedPort {
  readonly path: string;
  readonly manufacturer?: string | undefined;
  readonly pnpId?: string | undefined;
  readonly vendorId?: string | undefined;
  /** Windows only: `USB Serial Port (COM5)` */
  readonly friendlyName?: string | undefined;
}

/** The serial ports of this host, by the serialport library; on a Linux without udev, by their device files. */
export async function listPorts(): Promise<PortInfo[]> {
  try {
    const { SerialPort } = await loadSerialPort();
    const ports = (await SerialPort.list()).map(describePort);
    return sorted(process.platform === 'win32' ? withUnlisted(ports, serialDevices()) : ports);
  } catch (error) {
    if (process.platform !== 'linux') throw error;
    return devicePorts(messageOf(error));
  }
}

export function describePort({ path, friendlyName, manufacturer, pnpId = '', vendorId }: ListedPort): PortInfo {
  const description = friendlyName ?? manufacturer ?? pnpId;
  const kind = /^BTH/i.test(pnpId)
    ? 'bluetooth'
    : vendorId !== undefined || /^(?:USB|FTDIBUS|VID_)|usb-/i.test(pnpId)
      ? 'usb'
      : undefined;
  return { path, ...(description && { description }), ...(kind && { kind }) };
}

/** Ports of drivers outside the device class "Ports", which the library does not list: null-modem emulators, some adapters. */
export function withUnlisted(ports: readonly PortInfo[], devices: ReadonlyMap<string, string>): PortInfo[] {
  const listed = new Set(ports.map(({ path }) => path.toUpperCase()));
  const others = [...devices].filter(([path]) => !listed.has(path.toUpperCase()));
  return [...ports, ...others.map(([path, description]) => ({ path, description }))];
}

// A ttyS without hardware behind it has type 0; only those that can be opened would be worth more, and opening is not listing.
function devicePorts(why: string): PortInfo[] {
  const names = readdirSync('/dev').filter((name) => /^tty(?:S|USB|ACM|AMA)\d+$/.test(name));
  return sorted(names.map((name) => ({ path: `/dev/${name}`, description: `device file (${why})` })));
}

function sorted(ports: readonly PortInfo[]): PortInfo[] {
  return [...ports].sort((a, b) => a.path.localeCompare(b.path, 'en', { numeric: true }));
}
