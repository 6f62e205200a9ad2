const ONES = 0x01010101;
const HIGH_NIBBLES = 0xf0f0f0f0 | 0;
const THREES = 0x30303030;

/**
 * Zero if all four bytes of a word are lower-case hexadecimal digits: four at once, as nearly all of a log is digits,
 * and a number, so that the answers for several words can be put together before anything depends on them.
 */
export function notHexDigits(word: number): number {
  // One for every letter. A letter goes to 0x30..0x35, so that its place in the alphabet is checked as a digit's value is.
  const letters = (word >>> 6) & ONES;
  const values = word - Math.imul(letters, 0x31);
  // Nine is the largest digit and five the largest letter: what is larger leaves the row when 6 or 10 are added.
  const limits = values + Math.imul(letters, 4) + 0x06060606;
  return ((values ^ THREES) | (limits ^ THREES)) & HIGH_NIBBLES;
}
