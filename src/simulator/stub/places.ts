import { EXIT, Fault } from '../../fault.js';

/** Where a simulated target is to be reached. */
export type Place =
  /** A Unix socket, or on Windows a named pipe: the serial port of a virtual machine. */
  | { readonly kind: 'path'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** A serial device of this host, or a pseudo-terminal. */
  | { readonly kind: 'tty'; readonly path: string };

/** `unix:PATH`, `pipe:NAME`, `tcp:[HOST:]PORT`, `tty:PATH`. @throws Fault for anything else */
export function parsePlace(text: string, platform: NodeJS.Platform = process.platform): Place {
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
      : `${JSON.stringify(text)} is no place to listen at.`,
    'Write unix:PATH, tcp:[HOST:]PORT, tty:PATH, or on Windows pipe:NAME.',
  );
}
