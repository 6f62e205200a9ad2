/** How a kernel allocates from special pool and gives back. Source: listings of third parties. */
interface SpecialPool {
  /** The function that frees, and the place behind its call. */
  readonly free: string;
  readonly freeCaller: string;
  /** Which argument of it is the address. */
  readonly address: 0 | 1;
  /** The first arguments of the function that allocates. */
  readonly arguments: (size: number, tag: number, type: number) => readonly number[];
}

const CLASSIC: SpecialPool = {
  free: 'MmFreeSpecialPool',
  freeCaller: 'nt!ExFreePoolWithTag+0x6e2',
  address: 0,
  arguments: (size, tag, type) => [size, tag, type, 2],
};
/** Of the segment heap, Windows 10 1903 and later: its free takes the heap first. */
const HEAP: SpecialPool = {
  free: 'ExpFreeHeapSpecialPool',
  freeCaller: 'nt!ExFreeHeapPool+0x6e2',
  address: 1,
  arguments: (size, tag, type) => [type, size, tag, 0],
};

/** @param allocate the function that allocates, without `nt!` */
export function specialPoolOf(allocate: string): SpecialPool {
  return /Heap/.test(allocate) ? HEAP : CLASSIC;
}
