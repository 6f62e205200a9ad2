import { EXIT, Fault } from '../../fault.js';
import { type NetConnection, parseNetConnection } from '../net/connection.js';
import { netStream } from '../net/net-stream.js';
import type { OpenStream } from './byte-stream.js';
import { serialStream } from './serial-stream.js';
import { placeName, type SocketPlace, socketStream } from './socket-stream.js';

/** How the built-in kd reaches its target: kd's `-k` in a form to work with. */
export type Connection =
  | { readonly kind: 'serial'; readonly port: string; readonly baud: number }
  | NetConnection
  | { readonly kind: 'socket'; readonly place: SocketPlace; readonly pipe: boolean; readonly reconnect: boolean };

/** kd's own defaults. Source: "Kernel-Mode Environment Variables". */
const DEFAULT_PORT = 'com1';
const DEFAULT_BAUD = '19200';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the value of kd's `-k`: `com:port=com1,baud=115200`, `com:pipe,port=\\.\pipe\com_1,resets=0,reconnect`,
 * `com:ipport=4000,port=10.0.0.7`, `tcp:HOST:PORT`, and `net:port=50000,key=w.x.y.z`. Without a value the environment decides.
 * Source: "Performing Kernel-Mode Debugging Using KD".
 * @throws Fault `bad-connection`
 */
export function parseConnection(text: string | undefined, env: Environment, platform = process.platform): Connection {
  if (text === undefined) return serial(undefined, undefined, env, platform);
  const [, kind = '', rest = ''] = /^([^:]*):(.*)$/s.exec(text) ?? [];
  switch (kind.trim().toLowerCase()) {
    case 'tcp':
      return tcp(text, rest);
    case 'com':
      return com(text, rest, env, platform);
    case 'net':
      return parseNetConnection(rest, env);
    case '1394':
    case 'usb':
    case 'usb2':
    case '2usb':
    case 'exdi':
      throw bad(
        `${kind}:…`,
        'The built-in kd speaks KDNET and the serial protocol: net:port=…,key=…, com:port=…, com:pipe,port=…, or tcp:HOST:PORT.',
      );
    default:
      throw bad(
        text.replace(/\bkey=[^,]*/gi, 'key=…'),
        'Write com:port=com1,baud=115200, or com:pipe,port=PATH,resets=0,reconnect, or tcp:HOST:PORT, or net:port=50000,key=w.x.y.z.',
      );
  }
}

function com(text: string, rest: string, env: Environment, platform: NodeJS.Platform): Connection {
  const fields = new Map(
    rest
      .split(',')
      .filter((field) => field.trim() !== '')
      .map((field) => splitField(field)),
  );
  for (const [name] of fields)
    if (!/^(?:port|baud|pipe|resets|reconnect|ipport|modem)$/.test(name))
      throw bad(text, `"${name}" is not a parameter of com.`);
  const port = fields.get('port');
  const reconnect = fields.has('reconnect');
  if (fields.has('modem')) throw bad(text, 'The built-in kd dials no modem.');
  const ipport = fields.get('ipport');
  if (ipport !== undefined) return ip(text, port, ipport, reconnect);
  if (fields.has('pipe')) return pipe(text, port, reconnect, platform);
  if (port !== undefined && PIPE.test(port))
    throw bad(text, `A pipe is given as one: com:pipe,port=${port},resets=0,reconnect.`);
  return serial(port, fields.get('baud'), env, platform);
}

/** `\\SERVER\pipe\NAME`, which may also be written with forward slashes. */
const PIPE = /^(?:\\\\|\/\/)[^\\/]+[\\/]pipe[\\/]./i;

function pipe(text: string, port: string | undefined, reconnect: boolean, platform: NodeJS.Platform): Connection {
  if (!port) throw bad(text, 'Name the pipe: com:pipe,port=PATH.');
  if (platform !== 'win32' && port.startsWith('\\\\'))
    throw bad(text, 'There are no named pipes on this host. Give the path of the Unix socket of the machine.');
  if (platform === 'win32' && !PIPE.test(port))
    throw bad(text, String.raw`Write the whole name of the pipe: com:pipe,port=\\.\pipe\NAME.`);
  return { kind: 'socket', place: { path: port }, pipe: true, reconnect };
}

function splitField(field: string): [string, string] {
  const [name = '', value = ''] = field.split(/=(.*)/s);
  return [name.trim().toLowerCase(), value];
}

function ip(text: string, host: string | undefined, ipport: string, reconnect: boolean): Connection {
  const address = place(host ?? '', ipport);
  if (!address) throw bad(text, 'Write com:ipport=PORT,port=HOST, e.g. com:ipport=4000,port=10.0.0.7.');
  return { kind: 'socket', place: address, pipe: false, reconnect };
}

function tcp(text: string, rest: string): Connection {
  const [, host = '', port = ''] = /^(.*):([^:]*)$/s.exec(rest) ?? [];
  const address = place(host, port);
  if (!address) throw bad(text, 'Write tcp:HOST:PORT, e.g. tcp:127.0.0.1:4444.');
  return { kind: 'socket', place: address, pipe: false, reconnect: true };
}

/** An IPv6 address may stand in brackets. */
function place(name: string, port: string): SocketPlace | undefined {
  const host = /^\[([^[\]]+)\]$/.exec(name)?.[1] ?? name;
  const number = /^\d{1,5}$/.test(port) ? Number(port) : 0;
  if (host === '' || /[\s[\]]/.test(host) || number < 1 || number > 65_535) return undefined;
  return { host, port: number };
}

function serial(
  port: string | undefined,
  baud: string | undefined,
  env: Environment,
  platform: NodeJS.Platform,
): Connection {
  const fromEnv = baud === undefined && env._NT_DEBUG_BAUD_RATE ? '_NT_DEBUG_BAUD_RATE' : undefined;
  const text = (baud ?? (env._NT_DEBUG_BAUD_RATE || DEFAULT_BAUD)).trim();
  const rate = /^\d+$/.test(text) ? Number(text) : 0;
  if (rate < 300 || rate > 4_000_000)
    throw bad(`${fromEnv ?? 'baud'}=${text}`, `Write ${fromEnv ?? 'baud'}=115200, or whatever the target has.`);
  const name = port?.trim() || env._NT_DEBUG_PORT || DEFAULT_PORT;
  return { kind: 'serial', port: devicePath(name, platform), baud: rate };
}

// kd opens every COM port by its device name. Source: transcripts ("Opened \\.\com1").
function devicePath(name: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32' || name.startsWith('\\\\')) return name;
  return `\\\\.\\${name.replace(/:$/, '').replace(/^\/\/[.?]\//, '')}`;
}

/** Where the stream leads, as kd prints it: `\\.\com1`, a pipe's path, `HOST:PORT`. */
export function connectionName(connection: Connection): string {
  if (connection.kind === 'net') return `UDP port ${connection.port}`;
  return connection.kind === 'serial' ? connection.port : placeName(connection.place);
}

/** How to open it. */
export function openerOf(connection: Connection): OpenStream {
  if (connection.kind === 'net') return netStream(connection);
  return connection.kind === 'serial' ? serialStream(connection.port, connection.baud) : socketStream(connection.place);
}

function bad(text: string, remedy: string): Fault {
  return new Fault('bad-connection', EXIT.usage, `"${text}" is not a valid connection.`, remedy);
}
