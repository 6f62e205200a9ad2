import { EXIT, Fault } from '../fault.js';
import { KEY_VARIABLE, keyFromEnvironment } from '../kd-text/kdnet-key.js';
import { redact } from './redact.js';

/** Baud rates that KD's serial transport uses. Source: "Setting Up Kernel-Mode Debugging over a Serial Cable Manually". */
export const KD_BAUD_RATES = [9600, 19200, 38400, 57600, 115200] as const;

/** kd's own default when nothing says otherwise. Source: "Kernel-Mode Environment Variables", _NT_DEBUG_BAUD_RATE. */
export const DEFAULT_BAUD = 19200;

/** How kd reaches the target. */
export type Transport =
  | { readonly kind: 'com'; readonly port: string; readonly baud: number }
  | { readonly kind: 'pipe'; readonly path: string; readonly resets?: number }
  /** The serial protocol over TCP: a terminal server, or the serial port of a virtual machine. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'net'; readonly options: string }
  /** Cables that only Microsoft's kd knows: the value of `-k` as it was given. */
  | { readonly kind: 'usb' | '1394'; readonly option: string };

/**
 * Reads `--port` and `--baud`.
 * @param port `com1`, `COM1:`, `\\.\COM10`, `//./com10`, `/dev/ttyS0`; `pipe:\\.\pipe\com_1`; `tcp:HOST:PORT`; `net:port=50000,key=...`;
 *   and what kd's own `-k` takes, with the `-k` or without: `com:port=com1,baud=115200`, `com:pipe,port=...`,
 *   `com:ipport=4000,port=HOST`, `usb:targetname=NAME`, `1394:channel=N`
 * @param env where the key of KDNET is taken from when `net:` has none
 * @throws Fault `bad-port`, `bad-baud`
 */
export function parseTransport(
  port: string,
  baud = DEFAULT_BAUD,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Transport {
  const text = optionValue(port);
  // No port has one in its name; cmd.exe hands on what other shells take away.
  if (text.includes("'"))
    throw badPort(
      text,
      `The single quotes are part of it: cmd.exe takes them literally. Leave them out: --port ${redact(text.replaceAll("'", ''))}`,
    );
  if (/^pipe:/i.test(text)) return { kind: 'pipe', path: pipeName(text.slice('pipe:'.length)) };
  if (/^net:/i.test(text)) return netTransport(text.slice('net:'.length), keyFromEnvironment(env));
  if (/^tcp:/i.test(text)) return tcpTransport(text);
  if (/^(?:com:|pipe,|(?:port|baud|ipport)=)/i.test(text)) return ofKernelOption(text, baud);
  if (/^(?:usb|1394):/i.test(text)) return cable(text);
  if (/^(?:-?kl|local)$/i.test(text))
    throw badPort(
      text,
      'Local debugging looks at this host itself, and can neither stop it nor set a breakpoint in it.',
    );
  if (/^\w+:.*=/.test(text))
    throw badPort(text, `kd's "${text.slice(0, text.indexOf(':'))}:" cannot be used here; of its ways it is ${WAYS}.`);
  if (/^\\\\[^\\]+\\pipe\\|^\/\/[^/]+\/pipe\//i.test(text))
    throw badPort(port, `A named pipe is given with its kind: --port pipe:${text}`);
  const name = comName(text);
  if (!(KD_BAUD_RATES as readonly number[]).includes(baud)) throw badBaud(baud);
  return { kind: 'com', port: name, baud };
}

const WAYS = 'com:, net:, usb: and 1394:';

/** People copy the `-k` along with its value, and double quotes around it. */
function optionValue(text: string): string {
  const value = text.trim().replace(/^(?:kd(?:\.exe)?\s+)?[-/]k\s+/i, '');
  return value.replace(/^"(.*)"$/, '$1').trim();
}

const QUOTES = 'In a shell like Git Bash, which takes backslashes away, put single quotes around it';

// kd takes `com10` and `\\.\com10` alike, but neither a bare digit nor the colon of a DOS device.
// Source: "Performing Kernel-Mode Debugging Using KD".
function comName(text: string): string {
  if (/^\d+:?$/.test(text)) throw badPort(text, `kd takes no bare digit; write com${text.replace(':', '')}.`);
  if (/^[\\/]?\.[\\/]?com\d+:?$/i.test(text))
    throw badPort(text, `${QUOTES}, or write ${/com\d+/i.exec(text)?.[0]} alone.`);
  if (text === '' || /[\s",]/.test(text)) throw badPort(text, 'Name a port such as com1, or see "livedebug ports".');
  const device = text.replace(/^\/\/([.?])\//, '\\\\$1\\');
  return /com\d+:$/i.test(device) ? device.slice(0, -1) : device;
}

// Forward slashes are how a Windows path is typed in Git Bash; a bare name is the pipe of this host.
function pipeName(text: string): string {
  const path = text.replace(/^\/\/([^/]+)\/pipe\//i, '\\\\$1\\pipe\\');
  const example = String.raw`Write --port pipe:\\.\pipe\com_1, with the name of another computer in place of the dot.`;
  if (path === '' || /[",]/.test(path) || path !== path.trim()) throw badPort(`pipe:${text}`, example);
  if (/^\\(?!\\)/.test(path)) throw badPort(`pipe:${text}`, `${QUOTES}: --port 'pipe:\\\\.\\pipe\\com_1'.`);
  if (path.startsWith('\\\\') && !/^\\\\[^\\/:]+\\pipe\\./i.test(path)) throw badPort(`pipe:${text}`, example);
  return /^[\w.-]+$/.test(path) ? `\\\\.\\pipe\\${path}` : path;
}

function netTransport(text: string, key: string | undefined): Transport {
  const given = text.trim().replace(/\s*([,=])\s*/g, '$1');
  const options = HAS_KEY.test(given) || key === undefined ? given : `${given},key=${key}`;
  if (!/(?:^|,)port=\d+/i.test(options) || !HAS_KEY.test(options))
    throw badPort(
      'net:…',
      `Write --port net:port=50000,key=w.x.y.z with the key that bcdedit /dbgsettings printed, or keep the key in ${KEY_VARIABLE}: key=w.x.y.z`,
    );
  if (/[\s"]/.test(options)) throw badPort('net:…', 'Leave out blanks and quotes: --port net:port=50000,key=w.x.y.z');
  return { kind: 'net', options };
}

const HAS_KEY = /(?:^|,)key=[^,]+/i;

// Source: "KD Command-Line Options".
function cable(text: string): Transport {
  const option = text.replace(/\s*([:,=])\s*/g, '$1');
  const kind = /^usb/i.test(option) ? 'usb' : '1394';
  const named = kind === 'usb' ? /[:,]targetname=[^,\s"]+/i : /[:,](?:channel=\d+|symlink=[^,\s"]+)/i;
  if (!named.test(option) || /[\s"]/.test(option))
    throw badPort(
      text,
      `Write --port ${kind === 'usb' ? 'usb:targetname=NAME, as' : '1394:channel=N, as'} bcdedit has it on the target.`,
    );
  return { kind, option };
}

function tcpTransport(text: string): Transport {
  const [, bracketed, plain, port = ''] = /^tcp:(?:\[([^\]\s]+)\]|([^:\s,]+)):(\d{1,5})$/i.exec(text) ?? [];
  return overTcp(text, bracketed ?? plain, port);
}

function overTcp(text: string, host: string | undefined, port: string): Transport {
  const number = Number(port);
  if (!host || !/^\d+$/.test(port) || number < 1 || number > 65_535)
    throw badPort(text, 'Write --port tcp:HOST:PORT, e.g. tcp:10.0.0.7:4444.');
  return { kind: 'tcp', host, port: number };
}

// As it is written behind `-k`. Source: "KD Command-Line Options"; `ipport` is not in it, and taken by its engine.
function ofKernelOption(text: string, baud: number): Transport {
  const fields = new Map(
    text
      .replace(/^com:/i, '')
      .split(',')
      .filter((field) => field.trim() !== '')
      .map((field) => {
        const [name = '', ...value] = field.split('=');
        return [name.trim().toLowerCase(), value.join('=').trim()] as const;
      }),
  );
  const known = ['port', 'baud', 'pipe', 'resets', 'reconnect', 'ipport'];
  const other = [...fields.keys()].find((name) => !known.includes(name));
  if (other === 'modem')
    throw badPort(
      text,
      '"modem" cannot be used here: kd has its number dialled by hand. Name the serial port of a cable.',
    );
  if (other !== undefined) throw badPort(text, `"${other}" cannot be used here; of com: it is ${known.join(', ')}.`);
  const port = fields.get('port') ?? '';
  const ipport = fields.get('ipport');
  if (ipport !== undefined) return overTcp(text, port, ipport);
  // A pipe without `pipe,` in front is what people forget; kd would open it as a serial port.
  if (fields.has('pipe') || /^[\\/]{2}[^\\/]+[\\/]pipe[\\/]/i.test(port)) {
    const resets = fields.get('resets') ?? '0';
    if (!/^\d+$/.test(resets)) throw badPort(text, `resets is a number, not "${resets}".`);
    return { kind: 'pipe', path: pipeName(port), ...(Number(resets) > 0 && { resets: Number(resets) }) };
  }
  const rate = Number(fields.get('baud') ?? baud);
  if (!(KD_BAUD_RATES as readonly number[]).includes(rate)) throw badBaud(rate);
  return { kind: 'com', port: comName(port || 'com1'), baud: rate };
}

/** The value of kd's `-k` option. A VM's pipe is not reset unless somebody wants it, and may come and go: `resets=0,reconnect`. */
export function kernelOption(transport: Transport): string {
  switch (transport.kind) {
    case 'com':
      return `com:port=${transport.port},baud=${transport.baud}`;
    case 'pipe':
      return `com:pipe,port=${transport.path},resets=${transport.resets ?? 0},reconnect`;
    case 'tcp':
      return `com:ipport=${transport.port},port=${transport.host}`;
    case 'net':
      return `net:${transport.options}`;
    case 'usb':
    case '1394':
      return transport.option;
  }
}

/** A KDNET transport without its key, and the key as `key=w.x.y.z`, which `redact` knows; undefined for every other transport. */
export function withoutKey(transport: Transport): { readonly transport: Transport; readonly key: string } | undefined {
  if (transport.kind !== 'net') return undefined;
  const fields = transport.options.split(',');
  const key = fields.find((field) => /^key=/i.test(field)) ?? '';
  return { transport: { kind: 'net', options: fields.filter((field) => field !== key).join(',') }, key };
}

/** The transport in a few words for people; a KDNET key is not among them. */
export function describeTransport(transport: Transport): string {
  switch (transport.kind) {
    case 'com':
      return `${transport.port} at ${transport.baud} baud`;
    case 'pipe':
      return transport.path;
    case 'tcp':
      return `${transport.host}, TCP port ${transport.port}`;
    case 'net':
      return `network port ${/(?:^|,)port=(\d+)/i.exec(transport.options)?.[1] ?? '?'}`;
    case 'usb':
    case '1394':
      return transport.option;
  }
}

/**
 * Milliseconds that so many bytes take on the link: ten bits a byte. Zero where the link is no serial line.
 */
export function linkMs(transport: Transport, bytes: number): number {
  return transport.kind === 'com' ? (bytes * 10_000) / transport.baud : 0;
}

function badPort(port: string, remedy: string): Fault {
  return new Fault('bad-port', EXIT.usage, `Invalid port "${redact(port)}".`, remedy);
}

function badBaud(baud: number): Fault {
  const rates = KD_BAUD_RATES.join(', ');
  return new Fault(
    'bad-baud',
    EXIT.usage,
    `KD does not run at ${baud} baud.`,
    `Use one of ${rates}, the same on host and target.`,
  );
}
