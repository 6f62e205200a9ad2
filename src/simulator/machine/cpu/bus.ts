import { PAGE, Page, PageFault } from './pages.js';

const SLOTS = 1024;
const FIRST_FRAME = 0x200;

/** Told which pages there are: whoever keeps page tables. */
export interface Translation {
  enter(virtual: number, page: Page): void;
  remove(virtual: number): void;
  clear(): void;
}

/** Told of every access while a processor has data breakpoints. */
export type Watch = (address: number, size: number, write: boolean) => void;

/**
 * Memory by virtual address. Addresses are numbers: 0 to 2^32 on x86, and on x64 the signed 48 bits of a canonical
 * address, which a double holds exactly. A 32-bit value is signed, smaller ones are not.
 */
export class Bus {
  watch: Watch | undefined;
  translation: Translation | undefined;
  readonly #pages = new Map<number, Page>();
  readonly #physical = new Map<number, Page>();
  #mapped = 0;
  readonly #tags = new Float64Array(SLOTS).fill(Number.NaN);
  readonly #cached: (Page | undefined)[] = new Array<Page | undefined>(SLOTS).fill(undefined);

  map(address: number, length: number, writable = true): void {
    for (let page = Math.floor(address / PAGE); page * PAGE < address + length; page++) {
      if (this.#pages.has(page)) throw new Error(`the page at ${(page * PAGE).toString(16)} is there already`);
      // A stride keeps neighbours apart, as a machine that has been up for a while does.
      const physical = FIRST_FRAME + ((this.#mapped++ * 7919) % 65_521);
      this.#enter(page, this.addFrame(physical, page, writable));
    }
  }

  /** Shows the page of one address at another as well. */
  alias(address: number, of: number): void {
    this.#enter(Math.floor(address / PAGE), this.page(of, false));
  }

  /** A page of physical memory that no address leads to. */
  addFrame(physical: number, virtual = -1, writable = true): Page {
    const made = new Page(virtual, physical, writable);
    this.#physical.set(physical, made);
    return made;
  }

  #enter(number: number, page: Page): void {
    this.#pages.set(number, page);
    this.translation?.enter(number, page);
  }

  /** The frame stays where it is: only the address no longer leads to it. */
  unmap(address: number, length: number): void {
    for (let page = Math.floor(address / PAGE); page * PAGE < address + length; page++) {
      this.#pages.delete(page);
      this.translation?.remove(page);
    }
    this.#tags.fill(Number.NaN);
  }

  clear(): void {
    this.#pages.clear();
    this.#physical.clear();
    this.#mapped = 0;
    this.translation?.clear();
    this.#tags.fill(Number.NaN);
    this.#cached.fill(undefined);
  }

  find(address: number): Page | undefined {
    return this.#pages.get(Math.floor(address / PAGE));
  }

  frame(physical: number): Page | undefined {
    return this.#physical.get(physical);
  }

  page(address: number, write: boolean): Page {
    const number = Math.floor(address / PAGE);
    const slot = number & (SLOTS - 1);
    let page = this.#tags[slot] === number ? this.#cached[slot] : undefined;
    if (page === undefined) {
      page = this.#pages.get(number);
      if (page === undefined) throw new PageFault(address, write);
      this.#tags[slot] = number;
      this.#cached[slot] = page;
    }
    if (write && !page.writable) throw new PageFault(address, true);
    return page;
  }

  read8(address: number): number {
    if (this.watch) this.watch(address, 1, false);
    return this.page(address, false).bytes[address & 4095] as number;
  }

  read16(address: number): number {
    const offset = address & 4095;
    if (offset > 4094) return this.read8(address) | (this.read8(address + 1) << 8);
    if (this.watch) this.watch(address, 2, false);
    return this.page(address, false).view.getUint16(offset, true);
  }

  read32(address: number): number {
    const offset = address & 4095;
    if (offset > 4092) return this.read16(address) | (this.read16(address + 2) << 16);
    if (this.watch) this.watch(address, 4, false);
    return this.page(address, false).view.getInt32(offset, true);
  }

  write8(address: number, value: number): void {
    const offset = address & 4095;
    if (this.watch) this.watch(address, 1, true);
    const page = this.page(address, true);
    page.bytes[offset] = value;
    if (page.code) page.changed(offset, 1);
  }

  write16(address: number, value: number): void {
    const offset = address & 4095;
    if (offset > 4094) {
      this.page(address + 1, true);
      this.write8(address, value);
      this.write8(address + 1, value >> 8);
      return;
    }
    if (this.watch) this.watch(address, 2, true);
    const page = this.page(address, true);
    page.view.setInt16(offset, value, true);
    if (page.code) page.changed(offset, 2);
  }

  write32(address: number, value: number): void {
    const offset = address & 4095;
    if (offset > 4092) {
      this.page(address + 3, true);
      this.write16(address, value);
      this.write16(address + 2, value >> 16);
      return;
    }
    if (this.watch) this.watch(address, 4, true);
    const page = this.page(address, true);
    page.view.setInt32(offset, value, true);
    if (page.code) page.changed(offset, 4);
  }
}
