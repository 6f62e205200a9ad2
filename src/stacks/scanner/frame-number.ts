import type { PoolArguments } from '../attribute/allocator-frames.js';

/** Bits of a frame's number that tell what the scanner has to know of its arguments; its call site is above them. */
export const FRAME_FLAGS = 6;
const ARGUED = 1;
const SIZED = 2;
const SIZE_AT = 2;
const TAG_AT = 4;
const NO_TAG = 3;

/** The scanner's number of a call site, whose function has arguments in these places. */
export function frameNumber(site: number, places: PoolArguments | undefined): number {
  const sized = places?.size === undefined ? 0 : SIZED | (places.size << SIZE_AT);
  const flags = places === undefined ? 0 : ARGUED | sized | ((places.tag ?? NO_TAG) << TAG_AT);
  return site * 2 ** FRAME_FLAGS + flags;
}
