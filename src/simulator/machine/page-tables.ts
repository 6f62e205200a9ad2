import type { Bus, Translation } from './cpu/bus.js';
import { PAGE, type Page } from './cpu/pages.js';

/** Where the tables begin: what CR3 of every processor holds. Frames of ordinary pages are above it. */
export const DIRECTORY_BASE = 0x187000;
/** Frames of the other tables: above those of ordinary pages. */
const FIRST_TABLE = 0x10200;
/** Present, accessed, dirty; what may be written; what user mode may see. */
const [PRESENT, WRITABLE, USER] = [0x61, 2, 4];
/** Page numbers of an x64 address space. */
const PAGE_NUMBERS = 2 ** 36;
/** Pages of user mode: the first two gigabytes hold all that there is of it here. */
const USER_PAGES = 0x80000;

/**
 * The page tables of the one address space of a machine, in physical memory. Nothing here translates by them: they are there
 * for a debugger, which walks them where it cannot read by virtual address. x86 has two levels (no PAE), x64 four.
 */
export class PageTables implements Translation {
  readonly #bits: number;
  readonly #levels: number;
  #next = FIRST_TABLE;

  constructor(
    private readonly bus: Bus,
    private readonly wide: boolean,
  ) {
    this.#bits = wide ? 9 : 10;
    this.#levels = wide ? 4 : 2;
  }

  enter(virtual: number, { physical, writable }: Page): void {
    const user = virtual >= 0 && virtual < USER_PAGES ? USER : 0;
    let table = this.#root();
    for (let level = this.#levels - 1; level > 0; level--) {
      const at = this.#offset(virtual, level);
      let lower = this.#below(table, at);
      if (lower === undefined) {
        lower = this.bus.addFrame(this.#next++);
        put(table, at, lower.physical, PRESENT | WRITABLE | user);
      }
      table = lower;
    }
    put(table, this.#offset(virtual, 0), physical, PRESENT | user | (writable ? WRITABLE : 0));
  }

  remove(virtual: number): void {
    let table: Page | undefined = this.#root();
    for (let level = this.#levels - 1; level > 0 && table; level--)
      table = this.#below(table, this.#offset(virtual, level));
    if (table) put(table, this.#offset(virtual, 0), 0, 0);
  }

  clear(): void {
    this.#next = FIRST_TABLE;
  }

  #root(): Page {
    return this.bus.frame(DIRECTORY_BASE / PAGE) ?? this.bus.addFrame(DIRECTORY_BASE / PAGE);
  }

  #below(table: Page, offset: number): Page | undefined {
    const entry = table.view.getUint32(offset, true);
    return entry === 0 ? undefined : this.bus.frame(entry >>> 12);
  }

  /** Where the entry for a page lies in its table of a level; 0 is the lowest. Entries are as wide as pointers. */
  #offset(virtual: number, level: number): number {
    const number = ((virtual % PAGE_NUMBERS) + PAGE_NUMBERS) % PAGE_NUMBERS;
    const index = Math.floor(number / 2 ** (this.#bits * level)) % 2 ** this.#bits;
    return index * (this.wide ? 8 : 4);
  }
}

function put(table: Page, offset: number, frame: number, flags: number): void {
  table.view.setUint32(offset, frame * PAGE + flags, true);
}
