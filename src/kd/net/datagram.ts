import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { Keys } from './key.js';

/**
 * The datagrams of KDNET: a header, ciphertext, and an authentication code that is the cipher's initialisation vector as well.
 */

export const MAGIC = Buffer.from('MDBG');
export const CHANNEL = { data: 0, control: 1 } as const;
/** The version that Windows speaks since KDNET became public. */
export const VERSION = 4;
/** Bytes of the longest body: a packet of KD with 1408 bytes of payload. */
export const MAX_BODY = 1424;

const HEADER_BYTES = 6;
const CODE_BYTES = 16;
/** Sequence number and flags, before the body. */
const PREFIX_BYTES = 8;
const BLOCK_BYTES = 16;
const FROM_HOST = 0x80;
const PADDING = 0x0f;
const NOBODYS_FLAGS = 0x70;
const CIPHER = 'aes-256-cbc';

export interface Sealed {
  readonly version: number;
  readonly channel: number;
  /** Of 56 bits. */
  readonly sequence: bigint;
  readonly fromHost: boolean;
  readonly body: Buffer;
}

/** What a header says that nothing protects yet; undefined when it is no datagram of KDNET. */
export function readHeader(bytes: Buffer): { readonly version: number; readonly channel: number } | undefined {
  const ciphertext = bytes.length - HEADER_BYTES - CODE_BYTES;
  if (ciphertext < BLOCK_BYTES || ciphertext % BLOCK_BYTES !== 0) return undefined;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  return { version: bytes.readUInt8(4), channel: bytes.readUInt8(5) };
}

/** Puts a body into a datagram. */
export function seal(keys: Keys, { version, channel, sequence, fromHost, body }: Sealed): Buffer {
  const padding = (BLOCK_BYTES - ((PREFIX_BYTES + body.length) % BLOCK_BYTES)) % BLOCK_BYTES;
  const plain = Buffer.alloc(PREFIX_BYTES + body.length + padding);
  plain.writeBigUInt64BE((sequence << 8n) | BigInt((fromHost ? FROM_HOST : 0) | padding));
  plain.set(body, PREFIX_BYTES);
  const header = Buffer.concat([MAGIC, Buffer.of(version, channel)]);
  const code = codeOf(keys, header, plain);
  const cipher = createCipheriv(CIPHER, keys.cipher, code).setAutoPadding(false);
  return Buffer.concat([header, cipher.update(plain), cipher.final(), code]);
}

/** Takes a body out of a datagram; undefined when it was not sealed with these keys. */
export function unseal(keys: Keys, bytes: Buffer): Sealed | undefined {
  const header = readHeader(bytes);
  if (!header) return undefined;
  const code = bytes.subarray(bytes.length - CODE_BYTES);
  const decipher = createDecipheriv(CIPHER, keys.cipher, code).setAutoPadding(false);
  const plain = Buffer.concat([
    decipher.update(bytes.subarray(HEADER_BYTES, bytes.length - CODE_BYTES)),
    decipher.final(),
  ]);
  if (!timingSafeEqual(codeOf(keys, bytes.subarray(0, HEADER_BYTES), plain), code)) return undefined;
  const flags = plain.readUInt8(7);
  const padding = flags & PADDING;
  if ((flags & NOBODYS_FLAGS) !== 0 || padding > plain.length - PREFIX_BYTES) return undefined;
  return {
    ...header,
    sequence: plain.readBigUInt64BE() >> 8n,
    fromHost: (flags & FROM_HOST) !== 0,
    body: plain.subarray(PREFIX_BYTES, plain.length - padding),
  };
}

function codeOf({ authentication }: Keys, header: Uint8Array, plain: Uint8Array): Buffer {
  return createHmac('sha256', authentication).update(header).update(plain).digest().subarray(0, CODE_BYTES);
}
