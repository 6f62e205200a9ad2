// Ranges of bytes that are known. It asks nobody and forgets nothing by itself.

interface Range {
  readonly start: bigint;
  readonly bytes: Buffer;
}

/** Bytes that are known, by address. Ranges never overlap; touching ones are joined. */
export class MemoryCache {
  #ranges: Range[] = [];

  /** The bytes from there on, when all of them are known. */
  get(address: bigint, length: number): Buffer | undefined {
    const range = this.#ranges.find(({ start, bytes }) => start <= address && address < start + BigInt(bytes.length));
    if (!range) return undefined;
    const from = Number(address - range.start);
    return from + length <= range.bytes.length ? range.bytes.subarray(from, from + length) : undefined;
  }

  /** Remembers bytes; newer ones win. */
  put(address: bigint, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    const end = address + BigInt(bytes.length);
    let start = address;
    let joined = Buffer.from(bytes);
    const apart: Range[] = [];
    for (const range of this.#ranges) {
      const rangeEnd = range.start + BigInt(range.bytes.length);
      if (rangeEnd < address || range.start > end) apart.push(range);
      else {
        const head = range.start < address ? range.bytes.subarray(0, Number(address - range.start)) : Buffer.alloc(0);
        const tail = rangeEnd > end ? range.bytes.subarray(Number(end - range.start)) : Buffer.alloc(0);
        if (range.start < start) start = range.start;
        joined = Buffer.concat([head, joined, tail]);
      }
    }
    this.#ranges = [...apart, { start, bytes: joined }];
  }

  clear(): void {
    this.#ranges = [];
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.#ranges.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }
}
