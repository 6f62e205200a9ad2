import { type ReadRegistry, registryReader } from '../platform/windows/registry.js';
import { plainName } from './port-name.js';

/** Where the drivers of serial ports enter what they serve. Source: "External Naming of COM Ports". */
const SERIALCOMM = 'HKLM\\HARDWARE\\DEVICEMAP\\SERIALCOMM';

/** Every serial port that a driver serves: `COM1` and the device behind it, e.g. `\Device\Serial0`. */
export function serialDevices(read: ReadRegistry = registryReader()): ReadonlyMap<string, string> {
  const values = read(SERIALCOMM)?.values ?? new Map<string, string>();
  return new Map([...values].map(([device, port]) => [port, device]));
}

/** The device behind a port, for programs that list open handles; undefined where there is none. */
export function deviceOf(port: string, devices: ReadonlyMap<string, string> = serialDevices()): string | undefined {
  return [...devices].find(([name]) => plainName(name) === plainName(port))?.[1];
}
