import type { KernelView } from './kernel-view.js';

interface Offsets {
  readonly entryBytes: number;
  readonly exceptionTable?: number;
  readonly base: number;
  readonly entryPoint: number;
  readonly size: number;
  readonly fullName: number;
  readonly baseName: number;
  readonly flags: number;
  readonly checkSum: number;
  readonly timeStamp: number;
}

/** KLDR_DATA_TABLE_ENTRY, with the links at 0. */
const X64: Offsets = {
  entryBytes: 0xa0,
  exceptionTable: 0x10,
  base: 0x30,
  entryPoint: 0x38,
  size: 0x40,
  fullName: 0x48,
  baseName: 0x58,
  flags: 0x68,
  checkSum: 0x78,
  timeStamp: 0x9c,
};
const X86: Offsets = {
  entryBytes: 0x50,
  base: 0x18,
  entryPoint: 0x1c,
  size: 0x20,
  fullName: 0x24,
  baseName: 0x2c,
  flags: 0x34,
  checkSum: 0x40,
  timeStamp: 0x44,
};

export interface ListedModule {
  readonly base: number;
  readonly entryPoint: number;
  readonly size: number;
  readonly checkSum: number;
  readonly timeStamp: number;
  readonly path: string;
  readonly fileName: string;
  readonly exceptionTable: { readonly at: number; readonly size: number } | undefined;
}

/** The kernel's PsLoadedModuleList, filled from outside as the boot loader and the memory manager fill it. */
export class ModuleList {
  #next: number;

  constructor(
    readonly kernel: KernelView,
    /** Memory for entries and names. */
    room: number,
    readonly head: number,
  ) {
    this.#next = room;
  }

  /** Appends an entry. Its base name lies right behind it, as loaders allocate both together. */
  add(module: ListedModule): void {
    const { kernel } = this;
    const { bus, wide } = kernel;
    const offsets = wide ? X64 : X86;
    const entry = this.#take(offsets.entryBytes + module.fileName.length * 2 + 2);
    kernel.putPointer(entry + offsets.base, module.base);
    kernel.putPointer(entry + offsets.entryPoint, module.entryPoint);
    bus.write32(entry + offsets.size, module.size);
    bus.write32(entry + offsets.flags, 0x09004000);
    bus.write16(entry + offsets.flags + 4, 1);
    bus.write32(entry + offsets.checkSum, module.checkSum);
    bus.write32(entry + offsets.timeStamp, module.timeStamp);
    if (offsets.exceptionTable !== undefined && module.exceptionTable) {
      kernel.putPointer(entry + offsets.exceptionTable, module.exceptionTable.at);
      bus.write32(entry + offsets.exceptionTable + 8, module.exceptionTable.size);
    }
    this.#name(entry + offsets.baseName, entry + offsets.entryBytes, module.fileName);
    this.#name(entry + offsets.fullName, this.#take(module.path.length * 2 + 2), module.path);
    this.#link(entry);
  }

  putText(text: string): number {
    const at = this.#take(text.length + 1);
    for (let index = 0; index < text.length; index++) this.kernel.bus.write8(at + index, text.charCodeAt(index));
    return at;
  }

  #take(bytes: number): number {
    const at = this.#next;
    this.#next += Math.ceil(bytes / 16) * 16;
    return at;
  }

  #name(string: number, buffer: number, text: string): void {
    const { bus, wide } = this.kernel;
    for (let index = 0; index < text.length; index++) bus.write16(buffer + index * 2, text.charCodeAt(index));
    bus.write16(string, text.length * 2);
    bus.write16(string + 2, text.length * 2 + 2);
    this.kernel.putPointer(string + (wide ? 8 : 4), buffer);
  }

  #link(entry: number): void {
    const { kernel, head } = this;
    const back = kernel.wide ? 8 : 4;
    const last = kernel.pointer(head + back);
    kernel.putPointer(entry, head);
    kernel.putPointer(entry + back, last);
    kernel.putPointer(last, entry);
    kernel.putPointer(head + back, entry);
  }
}
