import type { Kd } from '../kd.js';

/** Bytes of the kernel's image. */
export const KERNEL_SIZE = 0x5dd000;
/** PoolHitTag holds this until somebody sets it. */
export const UNSET_HIT_TAG = 0xffffff0f;
/** Where the kernel's header says how long it is. Source: "PE Format", e_lfanew and SizeOfImage. */
const [NEW_HEADER_AT, NEW_HEADER, SIZE_AT] = [0x3cn, 0xf8, 0x50];

/** A byte of the target: what was written there, PoolHitTag, the kernel's header, or 0. */
export function byteAt(kd: Kd, address: bigint): number {
  const written = kd.memory.get(address);
  if (written !== undefined) return written;
  const { symbols, statistics } = kd;
  const known = [
    [symbols.place('nt!PoolHitTag'), statistics.books.target.pool_hit_tag || UNSET_HIT_TAG],
    [symbols.kernelBase + NEW_HEADER_AT, NEW_HEADER],
    [symbols.kernelBase + BigInt(NEW_HEADER + SIZE_AT), KERNEL_SIZE],
  ] as const;
  for (const [at, value] of known) {
    const offset = address - at;
    if (offset >= 0n && offset < 4n) return (value >>> (8 * Number(offset))) & 0xff;
  }
  return 0;
}

/** So many bytes as a number. */
export function numberAt(kd: Kd, address: bigint, bytes: number): bigint {
  let value = 0n;
  for (let at = bytes - 1; at >= 0; at--) value = (value << 8n) | BigInt(byteAt(kd, address + BigInt(at)));
  return value;
}

/** Four bytes as a number. */
export function dwordAt(kd: Kd, address: bigint): number {
  return Number(numberAt(kd, address, 4));
}
