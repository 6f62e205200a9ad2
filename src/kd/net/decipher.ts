import type { Direction, TraceEntry } from '../wire/trace/trace.js';
import { isAnswer, isHello, readPoke } from './control.js';
import { CHANNEL, readHeader, type Sealed, unseal } from './datagram.js';
import { dataKeys, type Keys } from './key.js';

/** A datagram as a capture has it. */
export interface CapturedDatagram {
  readonly ms: number;
  readonly bytes: Buffer;
  /** Who sent it, where the capture says so. */
  readonly direction?: Direction;
  /** How often it arrived, where the capture says so. */
  readonly arrived?: number;
}

/** Data keys that are tried: an answer to a poke that was lost made one that was never used. */
const KEYS_TRIED = 8;

/**
 * Takes the packets out of captured datagrams; what is none is said in words.
 * @throws SyntaxError when not one of them was sealed with the key
 */
export function decipher(datagrams: readonly CapturedDatagram[], control: Keys): TraceEntry[] {
  const keys: Keys[] = [];
  const open = (bytes: Buffer): Sealed | undefined => {
    if (readHeader(bytes)?.channel === CHANNEL.control) return unseal(control, bytes);
    for (const each of keys) {
      const sealed = unseal(each, bytes);
      if (sealed) return sealed;
    }
    return undefined;
  };
  let authentic = 0;
  let last: Direction = '<';
  const entries = datagrams.map(({ ms, bytes, direction, arrived }): TraceEntry => {
    const sealed = open(bytes);
    if (!sealed) return { ms, direction: direction ?? last, bytes, note: `not authentic, ${bytes.length} bytes` };
    authentic++;
    last = sealed.fromHost ? '>' : '<';
    if (sealed.channel === CHANNEL.control && isAnswer(sealed.body)) {
      keys.unshift(dataKeys(control, sealed.body));
      keys.length = Math.min(keys.length, KEYS_TRIED);
    }
    const said = noteOf(sealed);
    const fate = arrived === 0 ? 'lost' : arrived === 2 ? 'arrived twice' : undefined;
    const note = said !== undefined && fate !== undefined ? `${said} (${fate})` : said;
    return { ms, direction: last, bytes: sealed.body, ...(note !== undefined && { note }) };
  });
  if (authentic === 0)
    throw new SyntaxError(
      `the key does not fit: none of its ${datagrams.length} datagrams of KDNET authenticates with it`,
    );
  return entries;
}

/** What a body is that is no packet of KD. */
function noteOf({ channel, body }: Sealed): string | undefined {
  if (channel === CHANNEL.data) return isHello(body) ? `hello ${body.toString('hex')}` : undefined;
  const poke = readPoke(body);
  if (poke) {
    const keyed = poke.keyedWith === undefined ? 'has no session' : `has a session with ${poke.keyedWith}`;
    return `poke of ${poke.target} to ${poke.host}, ${keyed}`;
  }
  if (isAnswer(body)) return 'answer to a poke: a new key';
  return body.length === 0 ? 'call to a target' : `control body of ${body.length} bytes ${body.toString('hex', 0, 16)}`;
}
