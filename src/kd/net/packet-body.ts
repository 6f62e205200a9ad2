import {
  CONTROL_LEADER,
  checksum,
  DATA_LEADER,
  encodeData,
  HEADER_BYTES,
  isControlType,
  isDataType,
  type PacketType,
} from '../wire/packet.js';
import type { Received } from '../wire/packet-reader.js';

/** Packets of KD as KDNET carries them: one in a datagram, without the byte behind the payload that ends them on a serial line. */

export function encodeNetData(type: PacketType, id: number, payload: Uint8Array): Buffer {
  const packet = encodeData(type, id, payload);
  return packet.subarray(0, packet.length - 1);
}

/** The id of a host's first packet; a target's is 0. */
export const NET_FIRST_ID = 0x8000_0000;

/** The id that follows `id` in its direction. */
export function netFollowingId(id: number): number {
  return (id + 2) >>> 0;
}

/** What a body is. Exactly one packet, or it is a bad one; a break-in byte, and what is no packet at all, is noise. */
export function readBody(body: Buffer): Received {
  const leader = body[0];
  const isData = leader === DATA_LEADER;
  const noise: Received = { kind: 'noise', bytes: Buffer.from(body) };
  if (body.length < HEADER_BYTES || (!isData && leader !== CONTROL_LEADER)) return noise;
  if (body.subarray(0, 4).some((byte) => byte !== leader)) return noise;
  const [type, count, id] = [body.readUInt16LE(4), body.readUInt16LE(6), body.readUInt32LE(8)];
  if (!(isData ? isDataType(type) : isControlType(type))) return noise;
  const payload = body.subarray(HEADER_BYTES);
  if (!isData)
    return payload.length === 0 && count === 0
      ? { kind: 'control', type, id }
      : { kind: 'bad', why: 'length', type, id };
  if (payload.length !== count) return { kind: 'bad', why: payload.length < count ? 'cut' : 'length', type, id };
  if (checksum(payload) !== body.readUInt32LE(12)) return { kind: 'bad', why: 'checksum', type, id };
  return { kind: 'data', type, id, payload: Buffer.from(payload) };
}
