import { INITIAL_ID, PACKET, SYNC_BIT } from './packet.js';

const idBits = ~(SYNC_BIT | 1);

/**
 * True when header and payload go together. The checksum does not cover the header, so a damaged type or id shows only here.
 * Source: the ranges of API numbers of each packet type.
 */
export function isPlausible(type: number, id: number, payload: Buffer): boolean {
  if ((id & idBits) >>> 0 !== INITIAL_ID || payload.length < 12) return false;
  const api = payload.readUInt32LE(0);
  switch (type) {
    case PACKET.stateManipulate:
      return payload.length >= 56 && api >= 0x3130 && api <= 0x31ff;
    case PACKET.stateChange64:
      return payload.length >= 192 && (api & 0xfffe_ffff) >>> 4 === 0x303;
    case PACKET.debugIo:
      return payload.length >= 16 && api >>> 4 === 0x323;
    case PACKET.fileIo:
      return payload.length >= 64 && api >>> 4 === 0x343;
    case PACKET.controlRequest:
      return api >>> 4 === 0x430;
    case PACKET.traceIo:
      return api >>> 4 === 0x333;
    default:
      return true;
  }
}
