/// AssemblyScript, compiled with scanner.as.ts. Where things are, and memory for more of them.

/// Sixteen bytes of ones, then sixteen of zeros: a load from between them masks the end of something.
export const MASKS: usize = 1024;
/// The first thirty-two bytes of the newest frame's line.
export const LAST: usize = 1088;
/// Hits that are ready to be taken.
export const HITS: usize = 4096;
/// The bytes of the log that are read now; behind them is room for a line that is not complete, and for reads past the end.
export const INPUT: usize = 1024 * 1024;
const HEAP: usize = INPUT + 1024 * 1024;

let heap: usize = HEAP;
/// What lies beyond was never allocated, and is zero.
let touched: usize = HEAP;

/// Takes back all that was allocated.
export function release(): void {
  heap = HEAP;
}

/// Bytes that are allocated.
export function allocated(): usize {
  return heap - HEAP;
}

/// Zeroed memory, aligned to sixteen bytes.
export function allocate(bytes: usize): usize {
  const at = heap;
  heap = (heap + bytes + 15) & ~(<usize>15);
  const pages = <i32>((heap + 0xffff) >>> 16) - memory.size();
  // Half of what there is at least, so that growing stays rare; one page more lets a read pass the end.
  if (pages > 0 && memory.grow(max(pages + 1, memory.size() >> 2)) < 0) unreachable();
  if (at < touched) memory.fill(at, 0, min(heap, touched) - at);
  touched = max(touched, heap);
  return at;
}
