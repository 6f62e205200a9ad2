import { gunzipSync } from 'node:zlib';
import { MAGIC } from '../../net/datagram.js';
import { type CapturedDatagram, decipher } from '../../net/decipher.js';
import type { Keys } from '../../net/key.js';
import { CONTROL_LEADER, DATA_LEADER, PACKET } from '../packet.js';
import { PacketReader, type Received } from '../packet-reader.js';
import { isPcap, readPcap } from './pcap.js';
import { type TcpPiece, tcpPieces, type UdpDatagram, udpDatagram } from './tcp-streams.js';
import { type Direction, isOfPackets, isTrace, readTrace, type TraceEntry } from './trace.js';

/** What passed between one host and one target. */
export interface Conversation {
  /** Who it was; undefined where the capture is of one line. */
  readonly name: string | undefined;
  readonly entries: readonly TraceEntry[];
  /** Each entry is one packet, and no piece of a line. */
  readonly packets?: boolean;
}

const GZIP = 0x1f8b;
/** What a compressed capture may become, bytes: days of a serial line. */
const LARGEST_UNPACKED = 1 << 30;
const XZ = Buffer.from('fd377a585a00', 'hex');
const LEADERS = [Buffer.alloc(4, DATA_LEADER), Buffer.alloc(4, CONTROL_LEADER)] as const;

/** What tools call the two directions, by who sends. */
const WAYS = new Map<string, Direction>([
  ...['>', 'h2t', 'host', 'out', 'tx'].map((word) => [word, '>'] as const),
  ...['<', 't2h', 'target', 'in', 'rx'].map((word) => [word, '<'] as const),
]);
/** A capture of datagrams may say behind the bytes how often each arrived. */
const RECORD = /^\s*(\d+(?:\.\d+)?)[\s,]+([^\s,]+)[\s,]+([0-9a-f][0-9a-f ]*?)(?:\t(\d))?\s*$/i;

/**
 * Reads what passed on a line of KD: a trace or record of this kd, lines of `seconds direction hex`, pcap and pcapng files of KD over
 * TCP or KDNET, and the bytes that a serial monitor kept.
 * @param keys of KDNET
 * @throws SyntaxError in words, without a full stop
 */
export function readCapture(file: Buffer, keys?: Keys): Conversation[] {
  if (file.length >= 2 && file.readUInt16BE(0) === GZIP)
    return readCapture(gunzipSync(file, { maxOutputLength: LARGEST_UNPACKED }), keys);
  if (file.subarray(0, XZ.length).equals(XZ)) throw new SyntaxError('it is compressed: unpack it first (xz -d)');
  if (file.length === 0) throw new SyntaxError('it is empty');
  if (isPcap(file)) return readNetwork(file, keys);
  const text = beginning(file);
  const packets = isOfPackets(text);
  if (isTrace(text)) return [{ name: undefined, entries: readTrace(file.toString('latin1')), packets }];
  if (text.split(/\r?\n/).some((line) => RECORD.test(line))) {
    const entries = readRecord(file);
    if (!entries.some(({ bytes }) => isKdnet(bytes))) return [{ name: undefined, entries, packets }];
    return [{ name: undefined, entries: decipher(entries, needed(keys)), packets: true }];
  }
  if (!hasPacket(file)) throw new SyntaxError('there is no packet of KD in it');
  return [{ name: undefined, entries: readMixed(file) }];
}

function isKdnet(bytes: Buffer): boolean {
  return bytes.subarray(0, MAGIC.length).equals(MAGIC);
}

/** @throws SyntaxError without keys */
function needed(keys: Keys | undefined): Keys {
  if (!keys)
    throw new SyntaxError('it is of KDNET, whose packets are encrypted: add --key w.x.y.z, as the target has it');
  return keys;
}

/** Enough to see what a file is, and without its last line, which may be cut. */
function beginning(file: Buffer): string {
  const text = file.toString('latin1', 0, 64 << 10);
  return file.length > 64 << 10 ? text.slice(0, text.lastIndexOf('\n')) : text;
}

function hasPacket(bytes: Buffer): boolean {
  if (!LEADERS.some((leader) => bytes.includes(leader))) return false;
  return new PacketReader().push(bytes).some(({ kind }) => kind === 'data' || kind === 'control');
}

/** Lines of `seconds direction hex`: times count from the first. @throws SyntaxError */
function readRecord(file: Buffer): (TraceEntry & CapturedDatagram)[] {
  const entries: (TraceEntry & CapturedDatagram)[] = [];
  let start: number | undefined;
  for (const [index, line] of file.toString('latin1').split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const [, seconds, way = '', digits = '', arrived] = RECORD.exec(line) ?? [];
    const direction = WAYS.get(way.toLowerCase());
    const hex = digits.replaceAll(' ', '');
    if (seconds === undefined || !direction || hex.length % 2 !== 0)
      throw new SyntaxError(
        `line ${index + 1}: "${line.slice(0, 40)}" is not "seconds direction hex", with h2t or t2h`,
      );
    start ??= Number(seconds);
    const ms = (Number(seconds) - start) * 1000;
    entries.push({ ms, direction, bytes: Buffer.from(hex, 'hex'), ...(arrived && { arrived: Number(arrived) }) });
  }
  return entries;
}

/** Bytes of both directions in one: what they say tells who sent them. They have no times. */
function readMixed(file: Buffer): TraceEntry[] {
  const reader = new PacketReader();
  const sides = new Sides();
  const entries: TraceEntry[] = [];
  let at = 0;
  for (const received of [...reader.push(file), ...reader.abandon()]) {
    const length = lengthOf(received, file, at);
    entries.push({ ms: 0, direction: sides.of(received), bytes: file.subarray(at, at + length) });
    at += length;
  }
  return entries;
}

/** How many bytes became that. Nothing is left out of what a reader gives, so each begins where the last one ended. */
function lengthOf(received: Received, file: Buffer, at: number): number {
  if (received.kind === 'noise') return received.bytes.length;
  if (received.kind === 'control') return 16;
  if (received.kind === 'data') return 17 + received.payload.length;
  if (received.why === 'checksum') return 17 + file.readUInt16LE(at + 6);
  return received.why === 'cut' ? 0 : 4;
}

const STATUS_PENDING = 0x103;

/** Tells who sent a packet, from what it says and what was sent before. */
class Sides {
  /** The API of the request that has no reply yet. */
  #asked: number | undefined;
  #request: Buffer | undefined;
  #data: Direction = '<';

  of(received: Received): Direction {
    if (received.kind === 'data') {
      this.#data = this.#ofData(received.type, received.payload);
      return this.#data;
    }
    // An acknowledgement goes the other way, as does a wish to have something again.
    if (received.kind === 'control' && received.type !== PACKET.reset) return this.#data === '<' ? '>' : '<';
    return received.kind === 'noise' ? (isBreakIn(received.bytes) ? '>' : '<') : '>';
  }

  #ofData(type: number, payload: Buffer): Direction {
    if (type !== PACKET.stateManipulate || payload.length < 12) return '<';
    const api = payload.readUInt32LE(0);
    const isAgain = this.#request?.equals(payload) === true;
    const isReply = this.#asked === api && !isAgain && payload.readUInt32LE(8) !== STATUS_PENDING;
    this.#asked = isReply ? undefined : api;
    if (!isReply) this.#request = payload;
    return isReply ? '<' : '>';
  }
}

function isBreakIn(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x62);
}

/** @throws SyntaxError where no connection carries KD */
function readNetwork(file: Buffer, keys: Keys | undefined): Conversation[] {
  const connections = new Map<string, TcpPiece[]>();
  for (const piece of tcpPieces(readPcap(file))) {
    const key = [piece.from, piece.to].sort().join(' ');
    const pieces = connections.get(key) ?? [];
    pieces.push(piece);
    connections.set(key, pieces);
  }
  const found = [...connections.values()].flatMap(conversationOf);
  if (found.length > 0) return found;
  const datagrams = [...readPcap(file)].map(udpDatagram);
  const ofKdnet = datagrams.filter((each) => each !== undefined && isKdnet(each.bytes)) as UdpDatagram[];
  if (ofKdnet.length > 0) return kdnetConversations(ofKdnet, needed(keys));
  throw new SyntaxError('no TCP connection in it carries packets of KD');
}

/** Datagrams of the same two ends, each deciphered for itself. */
function kdnetConversations(datagrams: readonly UdpDatagram[], keys: Keys): Conversation[] {
  const pairs = new Map<string, UdpDatagram[]>();
  for (const each of datagrams) {
    const key = [each.from, each.to].sort().join(' ');
    pairs.set(key, [...(pairs.get(key) ?? []), each]);
  }
  return [...pairs.values()].map((all) => {
    const start = all[0]?.ms ?? 0;
    const entries = decipher(
      all.map(({ ms, bytes }) => ({ ms: ms - start, bytes })),
      keys,
    );
    const sent = entries.findIndex(({ direction }) => direction === '>');
    const [host, target] = sent < 0 ? [all[0]?.to, all[0]?.from] : [all[sent]?.from, all[sent]?.to];
    return { name: `${host} > ${target}`, entries, packets: true };
  });
}

function conversationOf(pieces: readonly TcpPiece[]): Conversation[] {
  const senders = [...new Set(pieces.map(({ from }) => from))];
  const scores = senders.map((sender) => targetScore(pieces.filter(({ from }) => from === sender)));
  if (scores.every((score) => score === undefined)) return [];
  const [first = 0, second = 0] = scores.map((score) => score ?? 0);
  // Where only one end was captured it may be the host.
  const target = senders.length === 1 ? (first > 0 ? senders[0] : '') : senders[first >= second ? 0 : 1];
  const host = senders.find((sender) => sender !== target) ?? pieces[0]?.to ?? '';
  const start = pieces[0]?.ms ?? 0;
  return [
    {
      name: `${host} > ${target || pieces[0]?.to}`,
      entries: pieces.map(({ ms, from, bytes }) => ({ ms: ms - start, direction: from === target ? '<' : '>', bytes })),
    },
  ];
}

/** How much what one end sent looks like a target's; undefined without any packet of KD. */
function targetScore(pieces: readonly TcpPiece[]): number | undefined {
  const reader = new PacketReader();
  let score: number | undefined;
  for (const { bytes } of pieces)
    for (const received of reader.push(bytes)) {
      if (received.kind === 'noise' || received.kind === 'bad') continue;
      score ??= 0;
      if (received.kind !== 'data') continue;
      const isRequest = received.payload.length >= 12 && received.payload.readUInt32LE(8) === STATUS_PENDING;
      score += received.type === PACKET.stateManipulate ? (isRequest ? -1 : 1) : 100;
    }
  return score;
}
