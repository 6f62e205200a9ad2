import {
  CONTROL_LEADER,
  checksum,
  DATA_LEADER,
  HEADER_BYTES,
  isControlType,
  isDataType,
  MAX_PAYLOAD,
  packetBytes,
  TRAILER,
} from './packet.js';

/** What comes out of a stream of bytes. Everything that came in is accounted for: packets, bad packets, and noise. */
export type Received =
  | { readonly kind: 'data'; readonly type: number; readonly id: number; readonly payload: Buffer }
  | { readonly kind: 'control'; readonly type: number; readonly id: number }
  /** A packet that began well and is no good: the receiver asks for it again. */
  | {
      readonly kind: 'bad';
      readonly why: 'checksum' | 'trailer' | 'length' | 'cut';
      readonly type: number;
      readonly id: number;
    }
  /** Bytes that belong to no packet: boot loader text, line noise, break-in bytes. */
  | { readonly kind: 'noise'; readonly bytes: Buffer };

const none = Buffer.alloc(0);

/**
 * Finds packets in any stream of bytes. It keeps at most one packet's worth of bytes, and finds a good packet
 * also right behind, or inside the claimed length of, a damaged one.
 */
export class PacketReader {
  #held: Buffer = none;

  /** True between the first byte of a leader and the end of its packet. */
  get midPacket(): boolean {
    return this.#held.length > 0;
  }

  /** Bytes of an unfinished packet. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** Takes bytes as they come, in pieces of any size. */
  push(chunk: Uint8Array): Received[] {
    const bytes = this.#held.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#held, chunk]);
    return this.#read(bytes, false);
  }

  /** Gives up the unfinished packet (its rest never came): what is held is looked through for others, and becomes noise. */
  abandon(): Received[] {
    return this.#read(this.#held, true);
  }

  #read(bytes: Buffer, final: boolean): Received[] {
    const found: Received[] = [];
    let at = 0;
    let noiseFrom = 0;
    const flush = (to: number): void => {
      if (to > noiseFrom) found.push({ kind: 'noise', bytes: bytes.subarray(noiseFrom, to) });
    };
    while (at < bytes.length) {
      const seen = look(bytes, at);
      if (seen === 'nothing') at++;
      else if (seen === 'unfinished') {
        if (!final) break;
        if (beganWell(bytes, at)) {
          flush(at);
          found.push({ kind: 'bad', why: 'cut', type: bytes.readUInt16LE(at + 4), id: bytes.readUInt32LE(at + 8) });
          noiseFrom = at;
        }
        at++;
      } else {
        flush(at);
        found.push(seen.received);
        at += seen.length;
        noiseFrom = at;
      }
    }
    flush(at);
    // A copy, so that a small rest does not keep a large chunk alive.
    this.#held = at < bytes.length ? Buffer.from(bytes.subarray(at)) : none;
    return found;
  }
}

type Seen = 'nothing' | 'unfinished' | { readonly received: Received; readonly length: number };

/** What begins at this place. */
function look(bytes: Buffer, at: number): Seen {
  const leader = bytes[at];
  if (leader !== DATA_LEADER && leader !== CONTROL_LEADER) return 'nothing';
  const left = bytes.length - at;
  for (let index = 1; index < Math.min(4, left); index++) if (bytes[at + index] !== leader) return 'nothing';
  if (left < 8) return left >= 6 && !typeFits(leader, bytes.readUInt16LE(at + 4)) ? 'nothing' : 'unfinished';
  const type = bytes.readUInt16LE(at + 4);
  if (!typeFits(leader, type)) return 'nothing';
  if (left < HEADER_BYTES) return 'unfinished';
  const count = bytes.readUInt16LE(at + 6);
  const id = bytes.readUInt32LE(at + 8);
  if (leader === CONTROL_LEADER) return { received: { kind: 'control', type, id }, length: HEADER_BYTES };
  // Of a packet with an impossible length only the leader is taken: a good one may follow at once.
  if (count > MAX_PAYLOAD) return { received: { kind: 'bad', why: 'length', type, id }, length: 4 };
  const length = packetBytes(count);
  if (left < length) return 'unfinished';
  const payload = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + count);
  // Without its trailer the length itself is in doubt.
  if (bytes[at + length - 1] !== TRAILER) return { received: { kind: 'bad', why: 'trailer', type, id }, length: 4 };
  if (checksum(payload) !== bytes.readUInt32LE(at + 12))
    return { received: { kind: 'bad', why: 'checksum', type, id }, length };
  return { received: { kind: 'data', type, id, payload: Buffer.from(payload) }, length };
}

/** A data packet that has its whole header, and an end that never came. */
function beganWell(bytes: Buffer, at: number): boolean {
  return bytes[at] === DATA_LEADER && bytes.length - at >= HEADER_BYTES;
}

function typeFits(leader: number, type: number): boolean {
  return leader === DATA_LEADER ? isDataType(type) : isControlType(type);
}
