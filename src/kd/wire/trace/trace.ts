import { readBody } from '../../net/packet-body.js';
import { BREAK_IN, PACKET, SYNC_BIT } from '../packet.js';
import { PacketReader, type Received } from '../packet-reader.js';

/** Which way bytes went: `>` host to target, `<` target to host. */
export type Direction = '>' | '<';

/** Bytes that went over the wire at once. */
export interface TraceEntry {
  /** Milliseconds since the trace began. */
  readonly ms: number;
  readonly direction: Direction;
  readonly bytes: Buffer;
  /** What it was, where it was no packet of KD. */
  readonly note?: string;
}

const HEAD = '# livedebug packet trace 1';
const LEGEND =
  '# ms since start; > host to target, < target to host; what was complete with these bytes; then the bytes';
/** In the first line of what was kept of KDNET, where each entry is one packet. */
const NET = ', KDNET: a packet an entry, deciphered';
const BYTES_PER_LINE = 32;

const NAMES = new Map<number, string>(
  Object.entries(PACKET).map(([name, type]) => [type, name.replace(/([A-Z]|32|64)/g, '_$1').toUpperCase()]),
);

/** The protocol's name of a packet type, e.g. `STATE_CHANGE_64`. */
export function packetName(type: number): string {
  return NAMES.get(type) ?? `TYPE_${type}`;
}

/**
 * Writes what passes on the wire as text that a person can read and a test can play back: no byte is left out.
 * @param write takes finished lines
 * @param now milliseconds of a monotonic clock
 * @param packets what passes at once is one packet of KDNET
 */
export function traceWriter(
  write: (text: string) => void,
  now: () => number,
  packets = false,
): (way: Direction, bytes: Uint8Array) => void {
  const read = readersOf(packets);
  const start = now();
  write(`${HEAD}${packets ? NET : ''}\n${LEGEND}\n`);
  return (way, bytes) => {
    if (bytes.length === 0) return;
    const said = read[way](bytes).map(summary).join(', ');
    write(`${(now() - start).toFixed(3).padStart(11)} ${way} ${said || '…'}\n${hexLines(bytes)}`);
  };
}

const RECORD_HEAD = '# livedebug line record 1: seconds, h2t host to target or t2h target to host, bytes';

/**
 * Writes the whole line, a line of text for what passed at once: `seconds direction hex`, seconds since 1970.
 * @param write takes finished lines
 * @param now milliseconds since 1970, never going back
 * @param packets what passes at once is one packet of KDNET
 */
export function recordWriter(
  write: (text: string) => void,
  now: () => number,
  packets = false,
): (way: Direction, bytes: Uint8Array) => void {
  write(`${RECORD_HEAD}${packets ? NET : ''}\n`);
  return (way, bytes) => {
    if (bytes.length === 0) return;
    const seconds = (now() / 1000).toFixed(3);
    write(`${seconds} ${way === '>' ? 'h2t' : 't2h'} ${Buffer.from(bytes).toString('hex')}\n`);
  };
}

/** Readers of both directions: of a line, or of packets that come one by one. */
export function readersOf(packets: boolean): Record<Direction, (bytes: Uint8Array) => Received[]> {
  const readers = { '>': new PacketReader(), '<': new PacketReader() };
  if (packets)
    return { '>': (bytes) => [readBody(Buffer.from(bytes))], '<': (bytes) => [readBody(Buffer.from(bytes))] };
  return { '>': (bytes) => readers['>'].push(bytes), '<': (bytes) => readers['<'].push(bytes) };
}

/** Whether what was kept is of KDNET, by its first line. */
export function isOfPackets(text: string): boolean {
  return /^#.*/.exec(text)?.[0].includes(NET) === true;
}

/** What was received, in a few words. */
export function summary(received: Received): string {
  switch (received.kind) {
    case 'noise':
      return received.bytes.length === 1 && received.bytes[0] === BREAK_IN
        ? 'break-in'
        : `noise ${received.bytes.length}`;
    case 'bad':
      return `bad ${received.why} ${packetName(received.type)} ${hexId(received.id)}`;
    case 'control':
      return `${packetName(received.type)} ${hexId(received.id)}`;
    case 'data':
      return `${packetName(received.type)} ${hexId(received.id)} ${received.payload.length} bytes`;
  }
}

/** An id as eight digits; `sync` marks the first one of a boot. */
export function hexId(id: number): string {
  return `${id.toString(16).padStart(8, '0')}${id & SYNC_BIT ? ' sync' : ''}`;
}

function hexLines(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    const hex = Buffer.from(bytes.subarray(at, at + BYTES_PER_LINE)).toString('hex');
    text += `              ${hex.replace(/(.{8})(?=.)/g, '$1 ')}\n`;
  }
  return text;
}

/** Whether a text begins as a trace does. */
export function isTrace(text: string): boolean {
  return text.startsWith(HEAD);
}

const ENTRY = /^\s*(\d+(?:\.\d+)?) ([<>]) /;
const HEX = /^\s+([0-9a-f][0-9a-f ]*)$/;

/**
 * Reads a trace.
 * @throws SyntaxError with the number of the line that is none of a trace
 */
export function readTrace(text: string): TraceEntry[] {
  const entries: { ms: number; direction: Direction; parts: Buffer[] }[] = [];
  const lines = text.split(/\r?\n/);
  if (!isTrace(text)) throw new SyntaxError(`line 1: a packet trace begins with "${HEAD}"`);
  lines.forEach((line, index) => {
    if (line === '' || line.startsWith('#')) return;
    const entry = ENTRY.exec(line);
    const hex = HEX.exec(line)?.[1]?.replaceAll(' ', '');
    const last = entries.at(-1);
    if (entry) entries.push({ ms: Number(entry[1]), direction: entry[2] as Direction, parts: [] });
    else if (hex !== undefined && hex.length % 2 === 0 && last) last.parts.push(Buffer.from(hex, 'hex'));
    else throw new SyntaxError(`line ${index + 1}: "${line.slice(0, 40)}" is neither an entry nor bytes`);
  });
  return entries.map(({ ms, direction, parts }) => ({ ms, direction, bytes: Buffer.concat(parts) }));
}
