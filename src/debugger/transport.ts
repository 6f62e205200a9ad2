import { EXIT, Fault } from '../fault.js';

/** Baud rates that KD's serial transport uses. Source: "Setting Up Kernel-Mode Debugging over a Serial Cable Manually". */
export const KD_BAUD_RATES = [9600, 19200, 38400, 57600, 115200] as const;

/** kd's own default when nothing says otherwise. Source: "Kernel-Mode Environment Variables", _NT_DEBUG_BAUD_RATE. */
export const DEFAULT_BAUD = 19200;

/** How kd reaches the target. */
export type Transport =
  | { readonly kind: 'com'; readonly port: string; readonly baud: number }
  | { readonly kind: 'pipe'; readonly path: string }
  | { readonly kind: 'net'; readonly options: string };

/**
 * Reads `--port` and `--baud`.
 * @param port `com1`, `COM1:`, `\\.\COM10`, `//./com10`, `/dev/ttyS0`; `pipe:\\.\pipe\com_1`; `net:port=50000,key=...`
 * @throws Fault `bad-port`, `bad-baud`
 */
export function parseTransport(port: string, baud = DEFAULT_BAUD): Transport {
  const text = port.trim();
  if (/^pipe:/i.test(text)) return { kind: 'pipe', path: pipeName(text.slice('pipe:'.length)) };
  if (/^net:/i.test(text)) return netTransport(text.slice('net:'.length));
  if (/^\\\\[^\\]+\\pipe\\|^\/\/[^/]+\/pipe\//i.test(text))
    throw badPort(port, `A named pipe is given with its kind: --port 'pipe:${text}'.`);
  const name = comName(text);
  if (!(KD_BAUD_RATES as readonly number[]).includes(baud)) throw badBaud(baud);
  return { kind: 'com', port: name, baud };
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
  const example = String.raw`Write --port 'pipe:\\.\pipe\com_1', with the name of another computer in place of the dot.`;
  if (path === '' || /[",]/.test(path) || path !== path.trim()) throw badPort(`pipe:${text}`, example);
  if (/^\\(?!\\)/.test(path)) throw badPort(`pipe:${text}`, `${QUOTES}: --port 'pipe:\\\\.\\pipe\\com_1'.`);
  if (path.startsWith('\\\\') && !/^\\\\[^\\/:]+\\pipe\\./i.test(path)) throw badPort(`pipe:${text}`, example);
  return /^[\w.-]+$/.test(path) ? `\\\\.\\pipe\\${path}` : path;
}

function netTransport(options: string): Transport {
  if (!/(?:^|,)port=\d+/.test(options) || !/(?:^|,)key=[^,]+/.test(options))
    throw badPort('net:…', 'Write --port net:port=50000,key=w.x.y.z with the key that bcdedit /dbgsettings printed.');
  return { kind: 'net', options };
}

/** The value of kd's `-k` option. A VM's pipe is never reset and may come and go: `resets=0,reconnect`. */
export function kernelOption(transport: Transport): string {
  switch (transport.kind) {
    case 'com':
      return `com:port=${transport.port},baud=${transport.baud}`;
    case 'pipe':
      return `com:pipe,port=${transport.path},resets=0,reconnect`;
    case 'net':
      return `net:${transport.options}`;
  }
}

/** The transport in a few words for people; a KDNET key is not among them. */
export function describeTransport(transport: Transport): string {
  switch (transport.kind) {
    case 'com':
      return `${transport.port} at ${transport.baud} baud`;
    case 'pipe':
      return transport.path;
    case 'net':
      return `network port ${/(?:^|,)port=(\d+)/.exec(transport.options)?.[1] ?? '?'}`;
  }
}

/**
 * Milliseconds that so many bytes take on the link: ten bits a byte. Zero where the link is no serial line.
 */
export function linkMs(transport: Transport, bytes: number): number {
  return transport.kind === 'com' ? (bytes * 10_000) / transport.baud : 0;
}

function badPort(port: string, remedy: string): Fault {
  return new Fault('bad-port', EXIT.usage, `"${port}" names no port.`, remedy);
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
