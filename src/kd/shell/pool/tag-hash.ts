const FACTOR = 40543n;

/** Where a tag's search begins in a table of `mask + 1` entries. Source: ExpComputeHashForTag of kernels from NT 5.2 on. */
export function tagHash(key: number, mask: number): number {
  const product = BigInt(key) * FACTOR;
  return Number((product ^ (product >> 32n)) & BigInt(mask));
}

/** The mask for a table, which may have an entry behind its end for tags that came too late; undefined when it has another hash. */
export function hashMask(entries: number): number | undefined {
  return [entries - 2, entries - 1].find((mask) => mask > 0 && (mask & (mask + 1)) === 0);
}
