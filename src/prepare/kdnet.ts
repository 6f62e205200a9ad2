import { randomBytes } from 'node:crypto';
import { isIPv6 } from 'node:net';

/** How a target reaches its host over KDNET. */
export interface NetSettings {
  /** Address of the host: bcdedit takes no names. */
  readonly host: string;
  /** UDP port of the host. */
  readonly port: number;
  /** `w.x.y.z`, in lower case. */
  readonly key: string;
}

/** Ports that bcdedit takes, and the one of Microsoft's examples. Source: "BCDEdit /dbgsettings". */
export const NET_PORTS = { least: 49_152, most: 65_535, usual: 50_000 } as const;

/** The one file of a kit that holds the key. undo.cmd deletes it. */
export const KEY_FILE = 'kdnet-key.txt';

const PARTS = 4;
const PART_BYTES = 8;

/**
 * Makes a key as bcdedit does where none is given: four numbers of 64 bits in base 36, 256 bits together.
 * @param random gives so many bytes that nobody can guess
 */
export function makeKey(random: (bytes: number) => Buffer = randomBytes): string {
  const bytes = random(PARTS * PART_BYTES);
  return Array.from({ length: PARTS }, (_, part) => bytes.readBigUInt64LE(part * PART_BYTES).toString(36)).join('.');
}

/** `hostip:10.0.0.5`, as `bcdedit /dbgsettings net` takes it. */
export function hostWord(host: string): string {
  return `${isIPv6(host) ? 'hostipv6' : 'hostip'}:${host}`;
}

/** What lets UDP through to a port, by firewall: one command each. */
export const FIREWALL = {
  windows: (port: number) =>
    `netsh advfirewall firewall add rule name="KDNET ${port}" dir=in action=allow protocol=UDP localport=${port}`,
  ufw: (port: number) => `sudo ufw allow ${port}/udp`,
  firewalld: (port: number) => `sudo firewall-cmd --add-port=${port}/udp`,
} as const;

/** What to type on this host to let a target through. */
export function firewallAdvice(port: number, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return `as an administrator: ${FIREWALL.windows(port)}`;
  if (platform === 'darwin') return 'System Settings, Network, Firewall: let node receive incoming connections';
  return `${FIREWALL.ufw(port)}, or ${FIREWALL.firewalld(port)}`;
}
