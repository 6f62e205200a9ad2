/** An address as the whole program keeps it: 16 lower-case hex digits, no prefix, no backtick. */
export type Address = string;

/**
 * Reads an address in any of kd's spellings: ``fffff803`78806e40``, `0x8281300`, `82b2f88c`.
 * @returns 16 hex digits, or undefined when the text is no address.
 */
export function parseAddress(text: string): Address | undefined {
  const digits = text.replace(/^0x/i, '').replace('`', '');
  return /^[0-9a-f]{1,16}$/i.test(digits) ? digits.toLowerCase().padStart(16, '0') : undefined;
}

/** Prints an address as kd does for a target of that pointer size: eight digits, or two halves with a backtick. */
export function formatAddress(address: Address, bits: 32 | 64): string {
  return bits === 32 ? address.slice(8) : `${address.slice(0, 8)}\`${address.slice(8)}`;
}
