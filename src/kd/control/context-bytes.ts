import type { Architecture } from './architecture.js';

// The bytes of registers in a CONTEXT record. How they travel is in contexts.ts.

/** Registers that hold something, read back beside the first one that is written. */
const WITNESSES = 2;

/** A register's bytes as a number without sign. */
export function unsigned(bytes: Buffer): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] as number);
  return value;
}

/** The same the other way. */
export function registerBytes(value: bigint, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes.subarray(0, length);
}

/**
 * The part of CONTEXT that shows whether a write reached its place and nothing else: what was written, and so many registers beside
 * it that hold something. A record that was not filled before has nothing in them.
 */
export function witnessesOf(
  { general, pointerBytes }: Architecture,
  wanted: Buffer,
  start: number,
  end: number,
): { readonly from: number; readonly to: number } {
  const holds = (at: number): boolean =>
    wanted
      .subarray(at - general.offset)
      .subarray(0, pointerBytes)
      .some((byte, index) => index > 0 && byte !== 0);
  let [from, to, found] = [start, end, 0];
  for (; found < WITNESSES && from - pointerBytes >= general.offset; from -= pointerBytes)
    if (holds(from - pointerBytes)) found++;
  for (; found < WITNESSES && to + pointerBytes <= general.offset + general.bytes; to += pointerBytes)
    if (holds(to)) found++;
  return { from, to };
}
