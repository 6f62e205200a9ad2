import { EXIT, Fault } from '../../fault.js';
import { KEY_VARIABLE, keyFromEnvironment } from '../../kd-text/kdnet-key.js';
import { type Keys, parseKey } from './key.js';

/** How a target is reached over KDNET. */
export interface NetConnection {
  readonly kind: 'net';
  /** UDP port of this host; with `target`, of the target. */
  readonly port: number;
  readonly keys: Keys;
  /** Host name or address of a target that waits to be called. */
  readonly target: string | undefined;
}

/** Microsoft's engine takes this port when none is named. */
const DEFAULT_PORT = 5364;

/**
 * Reads `port=50000,key=w.x.y.z[,target=HOST]`. A key that is not there is taken from the environment: `key=w.x.y.z` in
 * LIVEDEBUG_KDNET.
 * @throws Fault `bad-net-connection`; it shows no key
 */
export function parseNetConnection(rest: string, env: Readonly<Record<string, string | undefined>>): NetConnection {
  const fields = new Map(
    rest
      .split(',')
      .filter((field) => field.trim() !== '')
      .map((field) => {
        const [name = '', ...value] = field.split('=');
        return [name.trim().toLowerCase(), value.join('=').trim()] as const;
      }),
  );
  for (const name of fields.keys())
    if (!/^(?:port|key|target)$/.test(name))
      throw bad(`"${name}" is not a parameter of net: it takes port, key and target.`);
  const port = fields.has('port') ? portOf(fields.get('port') ?? '') : DEFAULT_PORT;
  const text = fields.get('key') ?? keyFromEnvironment(env) ?? '';
  if (text.trim() === '')
    throw bad(
      `There is no key: add key=w.x.y.z as bcdedit /dbgsettings prints it on the target, or set ${KEY_VARIABLE}.`,
    );
  const keys = parseKey(text);
  if (!keys)
    throw bad(
      'The key has four parts of letters and digits, with dots between them: copy it from bcdedit /dbgsettings on the target.',
    );
  const target = fields.get('target');
  if (target !== undefined && (target === '' || /[\s"]/.test(target)))
    throw bad('Write target=HOST with the name or address of the target, or leave it out.');
  return { kind: 'net', port, keys, target: target?.replace(/^\[(.*)\]$/, '$1') };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535)
    throw bad('A port is a number from 1 to 65535: port=50000, the one that bcdedit has on the target.');
  return port;
}

function bad(remedy: string): Fault {
  return new Fault('bad-net-connection', EXIT.usage, '"net:…" is not a valid connection.', remedy);
}
