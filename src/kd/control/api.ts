// Numbers and layouts of the requests of KD's protocol. It sends nothing: see requests.ts.

/** API numbers of STATE_MANIPULATE, and the status codes that matter. Source: `DBGKD_MANIPULATE_STATE64`, `KdTypes.h`. */
export const API = {
  readVirtual: 0x3130,
  writeVirtual: 0x3131,
  getContext: 0x3132,
  setContext: 0x3133,
  writeBreakPoint: 0x3134,
  restoreBreakPoint: 0x3135,
  continue: 0x3136,
  readControlSpace: 0x3137,
  writeControlSpace: 0x3138,
  readIoSpace: 0x3139,
  writeIoSpace: 0x313a,
  reboot: 0x313b,
  continue2: 0x313c,
  readPhysical: 0x313d,
  writePhysical: 0x313e,
  getVersion: 0x3146,
  causeBugCheck: 0x3149,
  switchProcessor: 0x3150,
  readMsr: 0x3152,
  writeMsr: 0x3153,
  getContextEx: 0x315f,
  setContextEx: 0x3160,
} as const;

export type ApiNumber = (typeof API)[keyof typeof API];

/** Bytes of a STATE_MANIPULATE before its data. */
export const MANIPULATE_BYTES = 56;
/** Data bytes that fit into one packet with it. */
export const MAX_DATA = 4000 - MANIPULATE_BYTES;

/** STATUS_PENDING, which kd puts into its requests. */
const PENDING = 0x103;

/** What stands before the data of a request. All addresses are unsigned and 64 bits wide. */
export interface ApiRequest {
  readonly api: ApiNumber;
  readonly processor?: number;
  /** Fields of the union, by offset in the payload: a number is 32 bits, a bigint 64. */
  readonly fields?: readonly (readonly [offset: number, value: number | bigint])[];
  readonly data?: Uint8Array;
}

/** Builds the payload of a request. */
export function encodeRequest(request: ApiRequest): Buffer {
  const payload = Buffer.alloc(MANIPULATE_BYTES + (request.data?.length ?? 0));
  payload.writeUInt32LE(request.api, 0);
  payload.writeUInt16LE(request.processor ?? 0, 6);
  payload.writeUInt32LE(PENDING, 8);
  for (const [offset, value] of request.fields ?? []) {
    if (typeof value === 'number') payload.writeUInt32LE(value >>> 0, offset);
    else payload.writeBigUInt64LE(BigInt.asUintN(64, value), offset);
  }
  if (request.data) payload.set(request.data, MANIPULATE_BYTES);
  return payload;
}

/** What every reply begins with. */
export interface Reply {
  readonly status: number;
  /** True for NT_SUCCESS. */
  readonly ok: boolean;
  /** The 32-bit field at that offset of the payload. */
  u32(offset: number): number;
  u64(offset: number): bigint;
  readonly data: Buffer;
}

/** Reads a reply. @param payload of 56 bytes at least */
export function decodeReply(payload: Buffer): Reply {
  const status = payload.readUInt32LE(8);
  return {
    status,
    ok: status < 0x8000_0000,
    u32: (offset) => payload.readUInt32LE(offset),
    u64: (offset) => payload.readBigUInt64LE(offset),
    data: payload.subarray(MANIPULATE_BYTES),
  };
}
