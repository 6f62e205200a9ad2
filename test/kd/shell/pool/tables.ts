/** Tables of pool tags as kernels have them, made without the code that reads them. */

export interface Pool {
  readonly allocs: number;
  readonly frees: number;
  readonly bytes: number;
}

export interface Entry {
  readonly tag: string;
  readonly nonpaged: Pool;
  readonly paged: Pool;
}

export type Layout =
  | 'x86'
  | 'old x64'
  | 'new x64'
  | 'newest x64'
  /** The same with something behind the counters, of tags and of free places alike. */
  | 'newest x64, limited'
  | 'x86, bytes first'
  | 'x64, bytes first';

export const ENTRY_BYTES: Readonly<Record<Layout, number>> = {
  x86: 28,
  'old x64': 40,
  'new x64': 56,
  'newest x64': 80,
  'newest x64, limited': 80,
  'x86, bytes first': 28,
  'x64, bytes first': 40,
};

/** Writes an entry; its numbers may be negative, as those of one processor are. */
function writeEntry(into: Buffer, at: number, { tag, nonpaged, paged }: Entry, layout: Layout): void {
  into.write(tag.padEnd(4), at, 4, 'latin1');
  const u32 = (value: number, offset: number): void => {
    into.writeUInt32LE(value >>> 0, at + offset);
  };
  const u64 = (value: number, offset: number): void => {
    into.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)), at + offset);
  };
  for (const [pool, second] of [
    [nonpaged, false],
    [paged, true],
  ] as const) {
    const { allocs, frees, bytes } = pool;
    if (layout === 'x86' || layout === 'x86, bytes first') {
      const three = layout === 'x86' ? [allocs, frees, bytes] : [bytes, allocs, frees];
      for (const [index, value] of three.entries()) u32(value, (second ? 0x10 : 0x4) + index * 4);
    } else if (layout === 'old x64') {
      u32(allocs, second ? 0x18 : 0x4);
      u32(frees, second ? 0x1c : 0x8);
      u64(bytes, second ? 0x20 : 0x10);
    } else if (layout === 'x64, bytes first') {
      u64(bytes, second ? 0x18 : 0x8);
      u32(allocs, second ? 0x20 : 0x10);
      u32(frees, second ? 0x24 : 0x14);
    } else for (const [index, value] of [bytes, allocs, frees].entries()) u64(value, (second ? 0x20 : 0x8) + index * 8);
  }
}

/** The kernel's hash, in 32-bit halves. */
export function slotOf(tag: string, mask: number): number {
  const key = Buffer.from(tag.padEnd(4), 'latin1').readUInt32LE(0);
  const [low, high] = [(key & 0xffff) * 40543, (key >>> 16) * 40543];
  const sum = low + (high % 0x10000) * 0x10000;
  return (((sum >>> 0) ^ Math.floor((low + high * 0x10000) / 0x1_0000_0000)) & mask) >>> 0;
}

/** A table with its entries where the kernel would put them, and one place more behind its end. */
export function tableOf(entries: readonly Entry[], layout: Layout, slots: number): Buffer {
  const stride = ENTRY_BYTES[layout];
  const table = Buffer.alloc((slots + 1) * stride);
  if (layout === 'newest x64, limited')
    for (let at = 0; at < table.length; at += stride) {
      table.writeBigInt64LE(0x7fff_ffff_ffff_ffffn, at + 0x38);
      table.writeBigInt64LE(BigInt(at), at + 0x40);
      table.writeBigUInt64LE(0xffff_fa80_0123_4560n, at + 0x48);
    }
  for (const entry of entries) {
    let slot = slotOf(entry.tag, slots - 1);
    while (table.readUInt32LE(slot * stride) !== 0) slot = (slot + 1) & (slots - 1);
    writeEntry(table, slot * stride, entry, layout);
  }
  return table;
}

/** Parts every entry among processors: what one allocates another frees. */
export function spread(entries: readonly Entry[], processors: number): Entry[][] {
  const part = (pool: Pool, number: number): Pool => {
    if (number > 0) return { allocs: number, frees: number * 2, bytes: -number * 16 };
    const others = Array.from({ length: processors - 1 }, (_, index) => index + 1);
    const taken = others.reduce((sum, each) => sum + each, 0);
    return { allocs: pool.allocs - taken, frees: pool.frees - taken * 2, bytes: pool.bytes + taken * 16 };
  };
  return Array.from({ length: processors }, (_, number) =>
    entries.map(({ tag, nonpaged, paged }) => ({ tag, nonpaged: part(nonpaged, number), paged: part(paged, number) })),
  );
}

/** As many tags as a kernel may have, with numbers that a running one may show; always the same. */
export function manyEntries(count: number): Entry[] {
  let state = 12345;
  const random = (below: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % below;
  };
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  const letter = (): string => letters[random(letters.length)] as string;
  const pool = (used: boolean): Pool => {
    if (!used) return { allocs: 0, frees: 0, bytes: 0 };
    const frees = random(3) === 0 ? 0 : random(2 ** random(22));
    const outstanding = random(4) === 0 ? 0 : 1 + random(2 ** random(14));
    return { allocs: frees + outstanding, frees, bytes: outstanding * 16 * (2 + random(20)) };
  };
  const tags = new Set<string>();
  while (tags.size < count) tags.add(letter() + letter() + letter() + (random(4) === 0 ? ' ' : letter()));
  return [...tags].map((tag) => {
    const which = random(5);
    return { tag, nonpaged: pool(which !== 0), paged: pool(which === 0 || which === 4) };
  });
}
