import { EXIT, Fault } from '../../fault.js';
import { parseKey } from '../../kd/net/key.js';
import { keyFromEnvironment } from '../../kd-text/kdnet-key.js';
import type { NetTargetPlace } from './net/net-listen.js';

/** Where a simulated target is to be reached. */
export type ListenPlace =
  /** A Unix socket, or on Windows a named pipe: the serial port of a virtual machine. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** A network, by KDNET. */
  | NetTargetPlace
  /** A serial device of this host, or a pseudo-terminal. */
  | { readonly kind: 'tty'; readonly path: string };

/** `unix:PATH`, `pipe:NAME`, `tcp:[HOST:]PORT`, `tty:PATH`, `net:port=N,key=w.x.y.z`. @throws Fault for anything else */
export function parsePlace(text: string, platform: NodeJS.Platform = process.platform): ListenPlace {
  if (text.startsWith('net:')) return netPlace(text.slice('net:'.length));
  const [, kind, rest = ''] = /^(unix|pipe|tcp|tty):(.+)$/s.exec(text) ?? [];
  if (kind === 'unix') return { kind: 'path', path: rest };
  if (kind === 'pipe' && platform === 'win32') {
    const name = rest.replace(/^\\\\[.?]\\pipe\\/i, '');
    if (/^[^\\/]{1,200}$/.test(name)) return { kind: 'path', path: `\\\\.\\pipe\\${name}` };
  }
  if (kind === 'tty') return { kind: 'tty', path: rest };
  if (kind === 'tcp') {
    const [, host = '127.0.0.1', digits] = /^(?:(.+):)?(\d{1,5})$/.exec(rest) ?? [];
    if (digits !== undefined && Number(digits) < 65_536)
      return { kind: 'tcp', host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(digits) };
  }
  throw new Fault(
    'place-invalid',
    EXIT.usage,
    kind === 'pipe' && platform !== 'win32'
      ? 'There are no named pipes on this system.'
      : `${JSON.stringify(text)} is not an address to listen on.`,
    'Write unix:PATH, tcp:[HOST:]PORT, tty:PATH, net:port=N,key=w.x.y.z, or on Windows pipe:NAME.',
  );
}

/** The key may stand in the environment, as for the built-in kd. */
function netPlace(rest: string): NetTargetPlace {
  const fields = new Map(rest.split(',').map((field) => field.split('=') as [string, string]));
  const port = /^\d{1,5}$/.test(fields.get('port') ?? '') ? Number(fields.get('port')) : -1;
  const keys = parseKey(fields.get('key') ?? keyFromEnvironment(process.env) ?? '');
  if (keys && port >= 0 && port < 65_536) return { kind: 'net', port, keys };
  throw new Fault(
    'place-invalid',
    EXIT.usage,
    '"net:…" is not an address to listen on.',
    'Write net:port=N,key=w.x.y.z with a key of four parts.',
  );
}
