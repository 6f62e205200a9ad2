import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, Fault, systemCode } from '../../fault.js';
import { parseKey } from '../../kd/net/key.js';
import { KEY_VARIABLE, keyFromEnvironment } from '../../kd-text/kdnet-key.js';
import type { WantedNet } from '../../prepare/check-net.js';
import { KEY_FILE, makeKey, NET_PORTS, type NetSettings } from '../../prepare/kdnet.js';
import type { WindowsVersion } from '../../prepare/windows-version.js';

/** Flags of a target that is reached over its network. */
export interface NetFlags {
  readonly net?: true;
  /** Address of the host. */
  readonly host?: string;
  readonly key?: string;
}

const RANGE = `${NET_PORTS.least} to ${NET_PORTS.most}`;
/** The first serial port of a PC, where none is named. */
const COM1 = 1;
/** Windows before 8 and Server 2012 has no KDNET. Source: "Set Up KDNET Network Kernel Debugging Manually". */
const WITHOUT_KDNET: ReadonlySet<string> = new Set(['vista', '2008', 'win7', '2008r2']);

export function portOption(): Option {
  return new Option(
    '--port <port>',
    `serial port of the target, com1 to com4 (default: com1); with --net the UDP port of this host (default: ${NET_PORTS.usual})`,
  ).argParser((text) => {
    const com = /^(?:\\\\\.\\)?com([1-4])$/i.exec(text)?.[1];
    const udp = /^\d{5}$/.test(text) ? Number(text) : 0;
    if (com === undefined && (udp < NET_PORTS.least || udp > NET_PORTS.most))
      throw new InvalidArgumentError(
        `The target needs a serial port of its own, com1, com2, com3 or com4; with --net a UDP port of this host, ${RANGE}.`,
      );
    return com === undefined ? udp : Number(com);
  });
}

/** What says that the target is reached over its network. */
export function addNetOptions(command: Command): Command {
  return command
    .option('--net', 'over the network (KDNET): Windows 8, Server 2012 and later')
    .option('--host <address>', 'with --net: the address of this host, as the target sees it')
    .option('--key <key>', 'with --net: the key, w.x.y.z (default: LIVEDEBUG_KDNET, or that of the kit, or a new one)');
}

/**
 * The port that is meant: of a host, where the target is on a network, or a serial one of the target.
 * @param given what `--port` said: 1 to 4 for com1 to com4, or a UDP port
 * @throws Fault `kit-port`
 */
export function kitPort(given: number | undefined, net: boolean): number {
  const port = given ?? (net ? NET_PORTS.usual : COM1);
  if (net === port >= NET_PORTS.least) return port;
  throw net
    ? usage('kit-port', `com${port} is a serial port.`, `With --net, --port is a UDP port of the host: ${RANGE}.`)
    : usage('kit-port', `${port} is not a serial port of a target.`, 'Name com1, com2, com3 or com4, or say --net.');
}

/** @throws Fault `kit-net` for what goes with one way to the target, and was given for the other */
export function refuseMixed(flags: NetFlags & { readonly bootIni?: string; readonly baud?: number }): void {
  const strange = flags.net
    ? ([flags.baud !== undefined && '--baud', flags.bootIni !== undefined && '--boot-ini'] as const)
    : ([flags.host !== undefined && '--host', flags.key !== undefined && '--key'] as const);
  const first = strange.find((each) => each !== false);
  if (first === undefined) return;
  throw usage(
    'kit-net',
    flags.net ? `${first} does not apply to a target on a network.` : `${first} is for a target on a network.`,
    flags.net ? 'Leave it out, or leave out --net.' : 'Say --net as well, or leave it out.',
  );
}

/** @throws Fault `kit-net-windows` where this Windows has no KDNET */
export function refuseOldWindows({ name, family }: WindowsVersion): void {
  if (family === 'vista+' && !WITHOUT_KDNET.has(name)) return;
  throw usage(
    'kit-net-windows',
    'Debugging over the network begins with Windows 8 and Server 2012.',
    'Use a serial port: leave out --net, and name it with --port com1.',
  );
}

/** A key, and who has chosen it. */
export interface ChosenKey {
  readonly key: string;
  readonly from: 'flag' | 'environment' | 'kit' | 'made';
}

/**
 * The key of a kit: as told, that of the kit which is there already, or a new one.
 * @param folder where the kit is or will be
 * @throws Fault `kit-key`; it shows no key
 */
export async function chooseKey(
  { key }: NetFlags,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ChosenKey> {
  if (key !== undefined) return { key: checked(key, '--key'), from: 'flag' };
  const fromEnvironment = keyFromEnvironment(env);
  if (fromEnvironment !== undefined) return { key: checked(fromEnvironment, KEY_VARIABLE), from: 'environment' };
  const file = path.join(folder, KEY_FILE);
  const kept = await contentOf(file);
  return kept === undefined ? { key: makeKey(), from: 'made' } : { key: checked(kept, file), from: 'kit' };
}

/** @throws Fault `kit-host`, `kit-key` */
export function netSettings(flags: NetFlags & { readonly port: number }, key: string): NetSettings {
  return { host: hostAddress(flags.host), port: flags.port, key };
}

/** What a listing is held against: only what is known here. @throws Fault `kit-host`, `kit-key`, `kit-port` */
export function wantedNet(
  { host, key, port }: NetFlags & { readonly port?: number },
  env: Readonly<Record<string, string | undefined>>,
): WantedNet {
  const own = key ?? keyFromEnvironment(env);
  return {
    ...(port !== undefined && { port: kitPort(port, true) }),
    ...(host !== undefined && { host: hostAddress(host) }),
    ...(own !== undefined && { key: checked(own, key === undefined ? KEY_VARIABLE : '--key') }),
  };
}

/** @throws Fault `kit-host` */
function hostAddress(text: string | undefined): string {
  const host = text?.trim().replace(/^\[(.*)\]$/, '$1') ?? '';
  // An address with a zone means something at one computer only.
  if (isIP(host) !== 0 && !host.includes('%') && !/^(?:0\.0\.0\.0|::)$/.test(host)) return host;
  throw usage(
    'kit-host',
    text === undefined
      ? 'Which host the target is to ask was not given.'
      : `'${text}' is not an IP address of this host.`,
    'Give the address of this computer as the target sees it, not its name: --host 10.0.0.5. ipconfig, ip address or ifconfig shows it.',
  );
}

function checked(text: string, where: string): string {
  const key = text.trim().toLowerCase();
  if (parseKey(key)) return key;
  throw usage(
    'kit-key',
    `${where} does not hold a valid KDNET key.`,
    'A key is four words of letters and digits with dots between them, w.x.y.z. Leave it out, and one is made.',
  );
}

async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

function usage(code: string, message: string, remedy: string): Fault {
  return new Fault(code, EXIT.usage, message, remedy);
}
