import { hostname } from 'node:os';
import { EXIT, Fault } from '../fault.js';

/** A debugging server on a named pipe. */
export interface ServerName {
  readonly pipe: string;
  /** Host of the server; `.` is this one. */
  readonly host: string;
  readonly password?: string;
}

/** kd parts its parameters at blanks and commas, and takes no quotes. */
const NAME = /^[^\s",;:\\/]+$/;

/**
 * Checks what `-server` and `-remote` take. Source: "Activating a Debugging Server".
 * @throws Fault `bad-pipe-name`, `bad-password`, `bad-host`
 */
export function serverName(pipe: string, host = '.', password?: string): ServerName {
  if (!NAME.test(pipe)) throw badPipe(pipe);
  if (password !== undefined && !/^[A-Za-z0-9]{1,12}$/.test(password))
    throw usage('bad-password', 'kd does not take this password.', 'Use 1 to 12 letters and digits.');
  const bare = host.trim().replace(/^(?:\\\\|\/\/)/, '');
  if (!NAME.test(bare))
    throw usage(
      'bad-host',
      `"${host}" is not a valid host name.`,
      'Write the bare name of the computer, e.g. LAPTOP7.',
    );
  return { pipe, host: bare, ...(password !== undefined && { password }) };
}

/** Whether the server is on this host, by whichever of its names. */
export function isHere({ host }: ServerName): boolean {
  return ['.', 'localhost', '127.0.0.1', hostname().toLowerCase()].includes(host.toLowerCase());
}

function badPipe(pipe: string): Fault {
  const [, host, name] = /^[\\/]+([^\\/]+)[\\/]pipe[\\/](.+)$/i.exec(pipe) ?? [];
  const server = host === undefined || host === '.' ? '' : ` --server ${host}`;
  return usage(
    'bad-pipe-name',
    `"${pipe}" is not a valid pipe name for kd.`,
    name !== undefined && NAME.test(name)
      ? `kd wants the name alone:${server} --pipe ${name}`
      : 'Use letters and digits, without blanks, e.g. livedebug.',
  );
}

/** The value of `-server`. */
export function serverOption(server: ServerName): string {
  return `npipe:pipe=${server.pipe}${server.password ? `,password=${server.password}` : ''}`;
}

/** The value of `-remote`. */
export function remoteOption(server: ServerName): string {
  return `npipe:server=${server.host},pipe=${server.pipe}${server.password ? `,password=${server.password}` : ''}`;
}

function usage(code: string, message: string, remedy: string): Fault {
  return new Fault(code, EXIT.usage, message, remedy);
}
