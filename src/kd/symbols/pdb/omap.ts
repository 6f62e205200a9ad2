/** Translates RVAs of the image as it was linked into those of the image as it is. */
export interface AddressMap {
  readonly entries: number;
  /** Undefined for code that was taken out. */
  translate(rva: number): number | undefined;
  /** A range, which may have been torn into pieces. */
  pieces(rva: number, size: number): readonly { readonly rva: number; readonly size: number }[];
}

/** For images whose code nobody moved. */
export const UNMOVED: AddressMap = { entries: 0, translate: (rva) => rva, pieces: (rva, size) => [{ rva, size }] };

/** No range of a real image has more pieces. */
const MOST_PIECES = 64;

/**
 * The map "from source" of an image that was reordered after linking, as Microsoft did with kernels from NT 4 to Windows 7:
 * pairs (from, to), sorted by `from`; each holds up to the next, and `to` 0 means that the code is gone.
 */
export function parseOmap(bytes: Buffer): AddressMap {
  const count = bytes.length >>> 3;
  const from = (index: number) => bytes.readUInt32LE(index * 8);
  const to = (index: number) => bytes.readUInt32LE(index * 8 + 4);
  const entryAt = (rva: number) => {
    let [low, high] = [0, count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (from(middle) <= rva) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  };
  const moved = (index: number, rva: number) => (to(index) === 0 ? undefined : (to(index) + rva - from(index)) >>> 0);
  return {
    entries: count,
    translate(rva) {
      const index = entryAt(rva);
      return index < 0 ? undefined : moved(index, rva);
    },
    pieces(rva, size) {
      const found: { rva: number; size: number }[] = [];
      const end = rva + size;
      let at = rva;
      for (let index = entryAt(rva); index >= 0 && at < end && found.length < MOST_PIECES; index++) {
        const stop = index + 1 < count ? Math.min(end, from(index + 1)) : end;
        const target = moved(index, at);
        if (target !== undefined && stop > at) found.push({ rva: target, size: stop - at });
        at = Math.max(at, stop);
        if (index + 1 >= count) break;
      }
      return found;
    },
  };
}
