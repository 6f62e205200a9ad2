import { EXIT, Fault } from '../fault.js';
import { redact } from './redact.js';
import { type ServerName, serverName } from './server-name.js';

/** A transport of debugging servers and its parameters. Source: "Activating a Debugging Client", and what kd prints. */
const TRANSPORT = /(?:^|[\s"'<>])(npipe|spipe|tcp|ssl|com):([^\s"']*)["']?(.*)$/is;

/** What says where a debugging server is. */
export interface ServerFlags {
  /** A host, or what kd prints for its clients. */
  readonly server?: string | undefined;
  readonly pipe?: string | undefined;
  readonly password?: string | undefined;
}

/**
 * The debugging server that is to be joined: by its host and pipe, or by the text that kd prints for its clients, with all that
 * stands around it: `npipe:Pipe=livedebug,Server=LAB7`, `0: <debugger> -remote npipe:…`, `\\LAB7\pipe\livedebug`.
 * @throws Fault `server-not-npipe`, `bad-server`, `bad-pipe-name`, `bad-password`, `bad-host`
 */
export function joinedServer({ server, pipe = 'livedebug', password }: ServerFlags): ServerName {
  const text = server?.trim() ?? '.';
  const [, host, name] = /^["']?[\\/]{1,2}([^\\/]+)[\\/]pipe[\\/]([^\\/"']+)["']?$/i.exec(text) ?? [];
  if (host !== undefined && name !== undefined) return serverName(name, host, password);
  const [, kind = '', parameters = '', behind = ''] = TRANSPORT.exec(text.replace(/\s*([,=])\s*/g, '$1')) ?? [];
  if (kind === '') return serverName(pipe, text, password);
  if (kind.toLowerCase() !== 'npipe') throw otherServer(kind, parameters);
  if (!/^\s*(?:[-/]\w|$)/.test(behind))
    throw new Fault(
      'bad-server',
      EXIT.usage,
      `"${redact(text)}" is not understood behind "${redact(parameters)}": a name has no blanks.`,
      'Write --server npipe:pipe=livedebug,server=LAB7, as kd prints it.',
    );
  const fields = fieldsOf(parameters);
  return serverName(fields.get('pipe') ?? pipe, fields.get('server') ?? '.', password ?? fields.get('password'));
}

function fieldsOf(parameters: string): ReadonlyMap<string, string> {
  const fields = parameters.split(',').flatMap((field) => {
    const [name = '', ...value] = field.split('=');
    return value.length === 0 ? [] : [[name.trim().toLowerCase(), value.join('=').trim()] as const];
  });
  return new Map(fields);
}

function otherServer(kind: string, parameters: string): Fault {
  const name = kind.toLowerCase();
  const option = redact(`${name}:${parameters}`);
  return new Fault(
    'server-not-npipe',
    EXIT.usage,
    `"${option}" is a ${name}: server: it can be joined only by Microsoft's kd, with kd -remote ${option}.`,
    'To join it from here, give it a named pipe as well: type .server npipe:pipe=livedebug at its prompt, and name that with --server.',
  );
}
