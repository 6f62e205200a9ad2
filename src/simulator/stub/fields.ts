/** Where a value stands in one of the kernel's structures: offset and size in bytes. */
export type PacketField = readonly [offset: number, bytes: number];

/** Reads an unsigned little-endian value of 1 to 8 bytes. */
export function readField(from: Buffer, [offset, bytes]: PacketField): bigint {
  let value = 0n;
  for (let index = bytes - 1; index >= 0; index--) value = (value << 8n) | BigInt(from[offset + index] ?? 0);
  return value;
}

/** Writes the low bytes of a value, little-endian. */
export function writeField(to: Buffer, [offset, bytes]: PacketField, value: bigint): void {
  let rest = BigInt.asUintN(bytes * 8, value);
  for (let index = 0; index < bytes; index++) {
    to[offset + index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
}

/** A 32-bit address as KD sends it: sign-extended to 64 bits. 64-bit ones stay as they are. */
export function toWire(address: bigint, wide: boolean): bigint {
  return wide ? BigInt.asUintN(64, address) : BigInt.asUintN(64, BigInt.asIntN(32, address));
}

/** An address from the wire as the machine has it. */
export function fromTheWire(address: bigint, wide: boolean): bigint {
  return wide ? address : BigInt.asUintN(32, address);
}
