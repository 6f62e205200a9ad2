/**
 * The packets of KD's serial protocol (KDCOM, 64-bit API), as both ends of the cable write them.
 * Source: the protocol table of KDCOM; names as in Microsoft's published `KdTypes.h`.
 */

/** Four of these bytes begin a data packet. */
export const DATA_LEADER = 0x30;
/** Four of these bytes begin a control packet. */
export const CONTROL_LEADER = 0x69;
/** The byte after the payload of a data packet; neither counted nor summed. */
export const TRAILER = 0xaa;
/** The single unframed byte that asks a running target to stop. */
export const BREAK_IN = 0x62;
/** Bytes of a packet before its payload. */
export const HEADER_BYTES = 16;
/** The longest payload on a serial line, bytes (PACKET_MAX_SIZE). */
export const MAX_PAYLOAD = 4000;

/** The id of a first packet after a reset; the ids of one direction then alternate in their lowest bit. */
export const INITIAL_ID = 0x8080_0000;
/** Set in the id of a target's first packet after it started, or after it decided that its debugger had gone. */
export const SYNC_BIT = 0x800;

export const PACKET = {
  stateChange32: 1,
  stateManipulate: 2,
  debugIo: 3,
  acknowledge: 4,
  resend: 5,
  reset: 6,
  stateChange64: 7,
  traceIo: 9,
  controlRequest: 10,
  fileIo: 11,
} as const;

export type PacketType = (typeof PACKET)[keyof typeof PACKET];

const controlTypes: ReadonlySet<number> = new Set([PACKET.acknowledge, PACKET.resend, PACKET.reset]);
const dataTypes: ReadonlySet<number> = new Set(Object.values(PACKET).filter((type) => !controlTypes.has(type)));

/** True for the types that travel without payload and trailer. */
export function isControlType(type: number): boolean {
  return controlTypes.has(type);
}

/** True for the types that carry a payload. */
export function isDataType(type: number): boolean {
  return dataTypes.has(type);
}

/** The sum of all payload bytes, modulo 2^32. It does not cover the header, and two errors may cancel out in it. */
export function checksum(payload: Uint8Array): number {
  let sum = 0;
  for (const byte of payload) sum += byte;
  return sum >>> 0;
}

/**
 * One data packet, ready for the wire.
 * @throws RangeError for a payload beyond MAX_PAYLOAD bytes
 */
export function encodeData(type: PacketType, id: number, payload: Uint8Array): Buffer {
  if (payload.length > MAX_PAYLOAD) throw new RangeError(`a payload of ${payload.length} bytes fits into no packet`);
  const packet = Buffer.allocUnsafe(HEADER_BYTES + payload.length + 1);
  writeHeader(packet, DATA_LEADER, type, payload.length, id, checksum(payload));
  packet.set(payload, HEADER_BYTES);
  packet[packet.length - 1] = TRAILER;
  return packet;
}

/** One control packet, ready for the wire. */
export function encodeControl(type: PacketType, id: number): Buffer {
  const packet = Buffer.allocUnsafe(HEADER_BYTES);
  writeHeader(packet, CONTROL_LEADER, type, 0, id, 0);
  return packet;
}

/** The acknowledgement of a data packet: its id without the SYNC bit. */
export function encodeAcknowledge(id: number): Buffer {
  return encodeControl(PACKET.acknowledge, (id & ~SYNC_BIT) >>> 0);
}

function writeHeader(packet: Buffer, leader: number, type: number, count: number, id: number, sum: number): void {
  packet.fill(leader, 0, 4);
  packet.writeUInt16LE(type, 4);
  packet.writeUInt16LE(count, 6);
  packet.writeUInt32LE(id >>> 0, 8);
  packet.writeUInt32LE(sum >>> 0, 12);
}

/** The id that follows `id` in its direction. */
export function followingId(id: number): number {
  return ((id & ~SYNC_BIT) ^ 1) >>> 0;
}

/** Bytes of a data packet on the line: header, payload and trailing byte. */
export function packetBytes(payload: number): number {
  return HEADER_BYTES + payload + 1;
}
