import { createHash } from 'node:crypto';

/** Bytes of every key here. */
const KEY_BYTES = 32;
const PARTS = 4;
const LARGEST_PART = 2n ** 64n - 1n;

/** What one direction of a channel is sealed with. */
export interface Keys {
  readonly cipher: Buffer;
  /** The key of the code that shows who sealed it: the same on both channels. */
  readonly authentication: Buffer;
}

/**
 * Reads the key of a KDNET connection as `bcdedit /dbgsettings` prints it: four numbers in base 36, `w.x.y.z`.
 * @returns undefined when it is none
 */
export function parseKey(text: string): Keys | undefined {
  const parts = text.trim().toLowerCase().split('.');
  if (parts.length !== PARTS || !parts.every((part) => /^[0-9a-z]+$/.test(part))) return undefined;
  const cipher = Buffer.alloc(KEY_BYTES);
  for (const [index, part] of parts.entries()) cipher.writeBigUInt64LE(partValue(part), 8 * index);
  return { cipher, authentication: cipher.map((byte) => ~byte & 0xff) as Buffer };
}

/** A part beyond 64 bits is the largest one, as in Microsoft's engine. */
function partValue(part: string): bigint {
  let value = 0n;
  for (const digit of part) {
    value = value * 36n + BigInt(Number.parseInt(digit, 36));
    if (value > LARGEST_PART) return LARGEST_PART;
  }
  return value;
}

/** The keys of the data channel, once the host has answered a poke. @param answer the body of that answer */
export function dataKeys(control: Keys, answer: Uint8Array): Keys {
  const cipher = createHash('sha256').update(control.cipher).update(answer).digest();
  return { cipher, authentication: control.authentication };
}
