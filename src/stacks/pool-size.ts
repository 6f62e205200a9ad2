import type { PoolArguments } from './allocator-frames.js';
import { numberAt } from './frame-fields.js';

/** Larger requests are not believed: no pool of the targets holds one, so the argument is something else. */
const LARGEST = 2 ** 31;

/** How much a hit asked for, and under which tag. */
export interface PoolRequest {
  readonly bytes: number;
  /** The tag as the 32-bit number passed; 0 where the function takes none. */
  readonly tag: number;
}

/**
 * Reads size and tag from a frame's printed arguments.
 * On x64 kd prints the home slots, which often hold something else: only a readable tag makes them credible.
 * @param at where the arguments begin in `bytes`
 */
export function readRequest(
  bytes: Uint8Array,
  at: Int32Array,
  places: PoolArguments,
  wide: boolean,
): PoolRequest | undefined {
  const size = numberAt(bytes, at[places.size] as number);
  if (size < 1 || size >= LARGEST) return undefined;
  if (places.tag === undefined) return wide ? undefined : { bytes: size, tag: 0 };
  const tag = numberAt(bytes, at[places.tag] as number);
  return isReadableTag(tag) ? { bytes: size, tag } : undefined;
}

/** Four printable characters, the unused ones at the end possibly zero; the highest bit may mark protected pool. */
function isReadableTag(tag: number): boolean {
  if (tag > 0xffffffff || (tag & 0xff) === 0) return false;
  for (let rest = tag & 0x7fffffff; rest !== 0; rest >>>= 8) {
    const byte = rest & 0xff;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}
