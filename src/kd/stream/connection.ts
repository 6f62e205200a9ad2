import { EXIT, Fault } from '../../fault.js';
import type { OpenStream } from './byte-stream.js';
import { serialStream } from './serial-stream.js';
import { placeName, type SocketPlace, socketStream } from './socket-stream.js';

/** How the built-in kd reaches its target: kd's `-k` in a form to work with. */
export type Connection =
  | { readonly kind: 'serial'; readonly port: string; readonly baud: number }
  | { readonly kind: 'socket'; readonly place: SocketPlace; readonly pipe: boolean; readonly reconnect: boolean };

/** kd's own defaults. Source: "Kernel-Mode Environment Variables". */
const DEFAULT_PORT = 'com1';
const DEFAULT_BAUD = 19_200;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the value of kd's `-k`: `com:port=com1,baud=115200`, `com:pipe,port=\\.\pipe\com_1,resets=0,reconnect`,
 * `com:ipport=4000,port=10.0.0.7`, and `tcp:HOST:PORT`. Without a value the environment decides.
 * Source: "Performing Kernel-Mode Debugging Using KD".
 * @throws Fault `bad-connection`
 */
export function parseConnection(text: string | undefined, env: Environment, platform = process.platform): Connection {
  if (text === undefined) return serial(env._NT_DEBUG_PORT, env._NT_DEBUG_BAUD_RATE, env, platform);
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon).toLowerCase();
  const rest = text.slice(colon + 1);
  if (kind === 'tcp') return tcp(text, rest);
  if (kind === 'com') return com(text, rest, env, platform);
  throw bad(
    text,
    /^(?:net|1394|usb|2?usb[23]?|exdi)$/.test(kind)
      ? 'The built-in kd speaks the serial protocol only: com:port=…, com:pipe,port=…, or tcp:HOST:PORT.'
      : 'Write com:port=com1,baud=115200, or com:pipe,port=PATH,resets=0,reconnect, or tcp:HOST:PORT.',
  );
}

function com(text: string, rest: string, env: Environment, platform: NodeJS.Platform): Connection {
  const fields = new Map(rest.split(',').map((field) => splitField(field)));
  for (const [name] of fields)
    if (!/^(?:port|baud|pipe|resets|reconnect|ipport|modem)$/.test(name))
      throw bad(text, `"${name}" is no parameter of com.`);
  const port = fields.get('port');
  const reconnect = fields.has('reconnect');
  if (fields.has('modem')) throw bad(text, 'The built-in kd dials no modem.');
  if (fields.has('ipport')) return { ...tcp(text, `${port}:${fields.get('ipport')}`), reconnect };
  if (!fields.has('pipe')) return serial(port, fields.get('baud'), env, platform);
  if (!port) throw bad(text, 'Name the pipe: com:pipe,port=PATH.');
  if (platform !== 'win32' && port.startsWith('\\\\'))
    throw bad(text, 'There are no named pipes on this host. Give the path of the Unix socket of the machine.');
  return { kind: 'socket', place: { path: port }, pipe: true, reconnect };
}

function splitField(field: string): [string, string] {
  const [name = '', value = ''] = field.split(/=(.*)/s);
  return [name.trim().toLowerCase(), value];
}

function tcp(text: string, rest: string): Connection & { kind: 'socket' } {
  const match = /^\[?([^\]]+?)\]?:(\d{1,5})$/.exec(rest);
  const port = Number(match?.[2]);
  if (!match?.[1] || port < 1 || port > 65_535) throw bad(text, 'Write tcp:HOST:PORT, e.g. tcp:127.0.0.1:4444.');
  return { kind: 'socket', place: { host: match[1], port }, pipe: false, reconnect: true };
}

function serial(
  port: string | undefined,
  baud: string | undefined,
  env: Environment,
  platform: NodeJS.Platform,
): Connection {
  const rate = Number(baud ?? env._NT_DEBUG_BAUD_RATE ?? DEFAULT_BAUD);
  if (!Number.isInteger(rate) || rate < 300 || rate > 4_000_000) throw bad(`baud=${baud}`, 'Write baud=115200.');
  const name = port || env._NT_DEBUG_PORT || DEFAULT_PORT;
  return { kind: 'serial', port: devicePath(name, platform), baud: rate };
}

// kd opens every COM port by its device name. Source: transcripts ("Opened \\.\com1").
function devicePath(name: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32' || name.startsWith('\\\\')) return name;
  return `\\\\.\\${name.replace(/:$/, '')}`;
}

/** Where the stream leads, as kd prints it: `\\.\com1`, a pipe's path, `HOST:PORT`. */
export function connectionName(connection: Connection): string {
  return connection.kind === 'serial' ? connection.port : placeName(connection.place);
}

/** How to open it. */
export function openerOf(connection: Connection): OpenStream {
  return connection.kind === 'serial' ? serialStream(connection.port, connection.baud) : socketStream(connection.place);
}

function bad(text: string, remedy: string): Fault {
  return new Fault('bad-connection', EXIT.usage, `"${text}" names no way to a target.`, remedy);
}
