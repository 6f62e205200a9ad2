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

/** The answer to a prompt: the prompt's own header, and the text cut to what the target has room for. */
export function encodePromptAnswer(prompt: Buffer, answer: string): Buffer {
  const text = Buffer.from(answer, 'latin1').subarray(0, prompt.readUInt32LE(12));
  const payload = Buffer.concat([prompt.subarray(0, DEBUG_IO_BYTES), text]);
  payload.writeUInt32LE(text.length, 12);
  return payload;
}
