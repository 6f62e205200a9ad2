/**
 * Byte strings known by number: a hash table whose keys are looked up where they lie in a larger buffer,
 * so that a repeated line costs no string. Keys are copied in, values are numbers of the caller's.
 */
export class ByteTable {
  #slots = new Int32Array(256).fill(-1);
  readonly #hashes: number[] = [];
  readonly #keys: Uint8Array[] = [];
  readonly #values: number[] = [];

  get size(): number {
    return this.#keys.length;
  }

  /** The value of the key `bytes[from, to)`, or -1. */
  get(bytes: Uint8Array, from: number, to: number): number {
    const entry = this.#slots[this.#slotOf(bytes, from, to, hash(bytes, from, to))] as number;
    return entry < 0 ? -1 : (this.#values[entry] as number);
  }

  /** Adds a key, or gives a known one a new value. */
  set(bytes: Uint8Array, from: number, to: number, value: number): void {
    const hashed = hash(bytes, from, to);
    const slot = this.#slotOf(bytes, from, to, hashed);
    const known = this.#slots[slot] as number;
    if (known >= 0) {
      this.#values[known] = value;
      return;
    }
    this.#slots[slot] = this.#keys.length;
    this.#hashes.push(hashed);
    this.#keys.push(copyOf(bytes, from, to));
    this.#values.push(value);
    if (this.#keys.length * 2 > this.#slots.length) this.#grow();
  }

  clear(): void {
    this.#slots.fill(-1);
    this.#hashes.length = this.#keys.length = this.#values.length = 0;
  }

  #slotOf(bytes: Uint8Array, from: number, to: number, hashed: number): number {
    const mask = this.#slots.length - 1;
    let slot = hashed & mask;
    for (let entry = this.#slots[slot] as number; entry >= 0; entry = this.#slots[slot] as number) {
      if (this.#hashes[entry] === hashed && equalsAt(this.#keys[entry] as Uint8Array, bytes, from, to)) return slot;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  #grow(): void {
    const mask = this.#slots.length * 2 - 1;
    this.#slots = new Int32Array(mask + 1).fill(-1);
    for (const [entry, hashed] of this.#hashes.entries()) {
      let slot = hashed & mask;
      while ((this.#slots[slot] as number) >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry;
    }
  }
}

/** Bytes of their own. `slice` would not do: on a Buffer it gives a view, which changes when the caller reuses the chunk. */
export function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(bytes.subarray(from, to));
}

function hash(bytes: Uint8Array, from: number, to: number): number {
  let hashed = 0x811c9dc5;
  for (let at = from; at < to; at++) hashed = Math.imul(hashed ^ (bytes[at] as number), 0x01000193);
  return hashed ^ (hashed >>> 15);
}

function equalsAt(key: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  if (key.length !== to - from) return false;
  for (let at = 0; at < key.length; at++) if (key[at] !== bytes[from + at]) return false;
  return true;
}
