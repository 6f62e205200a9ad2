/// AssemblyScript, compiled with scanner.as.ts. Printed arguments, as they lie in the record of a hit.

// Arguments of up to two frames: the frame's number, the digits of an address, four values.
export const HIT_ARGS: usize = 104;
export const ARGS_FRAME: usize = 0;
export const ARGS_WIDTH: usize = 4;
export const ARGS_VALUES: usize = 8;
export const ARGS_BYTES: usize = 40;
export const ARGUED_FRAMES: u32 = 2;
// What the number of a frame tells besides: it has arguments to look at, and which are size and tag (3 for none).
export const FRAME_ARGUED: u32 = 1;
const FRAME_SIZED: u32 = 2;
const LARGEST: u64 = 0x7fffffff;

export function argsOf(hit: usize, nth: usize): usize {
  return hit + HIT_ARGS + nth * ARGS_BYTES;
}

/// Arguments of the same frame under one tag, with sizes that may be added up, or without.
export function areAlike(a: usize, b: usize): bool {
  const frame = load<u32>(a, ARGS_FRAME);
  if (load<u64>(a) !== load<u64>(b) || (frame & FRAME_SIZED) === 0) return false;
  const tag: usize = (frame >> 4) & 3;
  if (tag !== 3 && load<u64>(a + tag * 8, ARGS_VALUES) !== load<u64>(b + tag * 8, ARGS_VALUES)) return false;
  return (sizeAt(a) === 0) === (sizeAt(b) === 0);
}

/// The size among printed arguments; 0 where it cannot be one.
export function sizeAt(args: usize): u64 {
  const place: usize = (load<u32>(args, ARGS_FRAME) >> 2) & 3;
  const size = load<u64>(args + place * 8, ARGS_VALUES);
  return size > LARGEST ? 0 : size;
}
