/** Bits of EFLAGS, and which of them are kept as they were written. */
export const FLAG = {
  cf: 1,
  pf: 4,
  af: 0x10,
  zf: 0x40,
  sf: 0x80,
  tf: 0x100,
  if: 0x200,
  df: 0x400,
  of: 0x800,
  rf: 0x10000,
  /** TF, IF, IOPL, NT, RF, AC, VIF, VIP, ID. */
  systemBits: 0x3d7300,
} as const;
