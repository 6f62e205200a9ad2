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
 * @param port `com1`, `\\.\COM10`, `/dev/ttyS0`; `pipe:\\.\pipe\com_1`; `net:port=50000,key=...`
 * @throws Fault `bad-port`, `bad-baud`
 */
export function parseTransport(port: string, baud = DEFAULT_BAUD): Transport {
  if (/^pipe:/i.test(port)) return pipeTransport(port.slice('pipe:'.length));
  if (/^net:/i.test(port)) return netTransport(port.slice('net:'.length));
  if (/^\d+$/.test(port)) throw badPort(port, `kd takes no bare digit; write com${port}.`);
  if (port === '' || /[\s",]/.test(port)) throw badPort(port, 'Name a port such as com1, or see "livedebug ports".');
  if (!(KD_BAUD_RATES as readonly number[]).includes(baud)) throw badBaud(baud);
  return { kind: 'com', port, baud };
}

function pipeTransport(path: string): Transport {
  if (path === '' || /[",]/.test(path)) throw badPort(`pipe:${path}`, String.raw`Write --port pipe:\\.\pipe\com_1.`);
  return { kind: 'pipe', path };
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
