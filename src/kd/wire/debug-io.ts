import { BREAK_IN, encodeData, INITIAL_ID, MAX_PAYLOAD, PACKET } from './packet.js';

/** DEBUG_IO packets: what the target prints, and what it asks. Source: `DBGKD_DEBUG_IO`. */

const PRINT_STRING = 0x3230;
const GET_STRING = 0x3231;
const DEBUG_IO_BYTES = 16;

export type DebugIo =
  | { readonly kind: 'print'; readonly processor: number; readonly text: Buffer }
  /** The target stands still until it is answered. `limit` is the longest answer in bytes. */
  | { readonly kind: 'prompt'; readonly processor: number; readonly text: Buffer; readonly limit: number };

/** Reads a DEBUG_IO payload; undefined when it is none. A length beyond the packet is cut to what is there. */
export function decodeDebugIo(payload: Buffer): DebugIo | undefined {
  if (payload.length < DEBUG_IO_BYTES) return undefined;
  const processor = payload.readUInt16LE(6);
  const length = payload.readUInt32LE(8);
  const text = payload.subarray(DEBUG_IO_BYTES, DEBUG_IO_BYTES + length);
  switch (payload.readUInt32LE(0)) {
    case PRINT_STRING:
      return { kind: 'print', processor, text };
    case GET_STRING:
      return { kind: 'prompt', processor, text, limit: payload.readUInt32LE(12) };
    default:
      return undefined;
  }
}

/**
 * The answer to a prompt: the prompt's own header, and the text cut to what the target has room for. An answer that is sent
 * again meets a target that runs, and that takes any 0x62 for a break-in: the header's processor level, which no target reads
 * back, makes the packet one without it. Only an answer with a `b` of its own has one.
 */
export function encodePromptAnswer(prompt: Buffer, answer: string): Buffer {
  const room = Math.min(prompt.readUInt32LE(12), MAX_PAYLOAD - DEBUG_IO_BYTES);
  const text = Buffer.from(answer, 'latin1').subarray(0, room);
  const payload = Buffer.concat([prompt.subarray(0, DEBUG_IO_BYTES), text]);
  payload.writeUInt32LE(text.length, 12);
  // The length of the prompt can have the byte itself, and is of no more use to the target either.
  if (payload.includes(BREAK_IN, 8) && !text.includes(BREAK_IN)) payload.writeUInt32LE(0, 8);
  const level = payload.readUInt16LE(4);
  for (let filler = 0; filler < 0x100; filler++) {
    payload.writeUInt16LE((level + filler) & 0xffff, 4);
    if (!encodeData(PACKET.debugIo, INITIAL_ID, payload).includes(BREAK_IN)) break;
  }
  return payload;
}
