import { INITIAL_ID, PACKET, SYNC_BIT } from './packet.js';

const idBits = ~(SYNC_BIT | 1);

/** The shortest payload of each type, bytes. */
const SHORTEST: Readonly<Record<number, number>> = {
  [PACKET.stateManipulate]: 56,
  [PACKET.stateChange64]: 192,
  [PACKET.debugIo]: 16,
  [PACKET.fileIo]: 64,
  [PACKET.controlRequest]: 12,
};

/** True when the payload has all the fields that its type promises. */
export function isComplete(type: number, payload: Buffer): boolean {
  return payload.length >= (SHORTEST[type] ?? 0);
}

/**
 * True when header and payload go together. The checksum does not cover the header, so a damaged type or id shows only here.
 * Source: the ranges of API numbers of each packet type.
 */
export function isPlausible(type: number, id: number, payload: Buffer): boolean {
  if ((id & idBits) >>> 0 !== INITIAL_ID || payload.length < 12 || !isComplete(type, payload)) return false;
  const api = payload.readUInt32LE(0);
  switch (type) {
    case PACKET.stateManipulate:
      return api >= 0x3130 && api <= 0x31ff;
    case PACKET.stateChange64:
      return (api & 0xfffe_ffff) >>> 4 === 0x303;
    case PACKET.debugIo:
      return api >>> 4 === 0x323;
    case PACKET.fileIo:
      return api >>> 4 === 0x343;
    case PACKET.controlRequest:
      return api >>> 4 === 0x430;
    case PACKET.traceIo:
      return api >>> 4 === 0x333;
    default:
      return true;
  }
}
