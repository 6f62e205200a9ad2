import { type Architecture, canonical } from './architecture.js';
import type { TargetMemory } from './memory.js';
import type { ModuleEvent } from './state-change.js';

// The loaded images of the target, from its list and its events. Their symbols are not here.

/** A loaded image of the target. */
export interface TargetModule {
  /** As `lm` shows it: without path and extension, the kernel always `nt`. */
  readonly name: string;
  /** The file's name, e.g. `ntoskrnl.exe`. */
  readonly file: string;
  readonly base: bigint;
  /** Bytes. */
  readonly size: number;
  readonly checkSum: number;
}

/** The kernel is loaded under this name, whatever its file was called. */
const KERNEL_FILE = 'ntoskrnl.exe';
/** No list is longer: a damaged one may run in a circle. */
const LONGEST_LIST = 4000;
/** File names longer than this are no file names. Bytes of UTF-16. */
const LONGEST_NAME = 512;

/**
 * The target's modules, from its load events and from its own list. The list costs about 300 bytes a module on the wire, so it is
 * walked only as far as somebody looks, and continued from there.
 */
export class Modules {
  readonly #known = new Map<bigint, TargetModule>();
  #next: bigint | undefined;
  #walked = 0;
  #complete = false;

  /**
   * @param head the address of PsLoadedModuleList
   * @param kernelBase where the kernel lies, whatever its file is called
   */
  constructor(
    private readonly memory: TargetMemory,
    private readonly architecture: Architecture,
    private readonly head: bigint,
    private readonly kernelBase: bigint,
  ) {}

  /** An image was loaded, or is gone. */
  event(event: ModuleEvent): void {
    const base = canonical(this.architecture, event.base);
    if (event.kind === 'unload') this.#known.delete(base);
    else if (event.kind === 'load') this.#add(event.path, base, event.size, event.checkSum);
    // Where the list goes on may be gone with the module that stood there.
    this.#next = undefined;
    this.#complete = false;
  }

  /**
   * The module around an address; asks the target for as much of its list as it takes.
   * @param limit entries of the list that may be asked for, at most
   */
  async around(address: bigint, limit = LONGEST_LIST): Promise<TargetModule | undefined> {
    for (let asked = 0; ; asked++) {
      for (const each of this.#known.values())
        if (each.base <= address && address < each.base + BigInt(each.size)) return each;
      if (asked >= limit || !(await this.#more())) return undefined;
    }
  }

  /**
   * The kernel, from its own headers: its entry in the list costs 740 bytes on x64, and says no more.
   * @param fields what its headers hold
   */
  kernel(fields: Pick<TargetModule, 'size' | 'checkSum'>): void {
    const base = canonical(this.architecture, this.kernelBase);
    if (!this.#known.has(base)) this.#add(KERNEL_FILE, base, fields.size, fields.checkSum);
  }

  /** All of them, in the order of their addresses. */
  async all(): Promise<readonly TargetModule[]> {
    while (await this.#more());
    return [...this.#known.values()].sort((a, b) => (a.base < b.base ? -1 : 1));
  }

  /** Those that are known without asking. */
  get known(): readonly TargetModule[] {
    return [...this.#known.values()];
  }

  /** Reads one more entry of the list; gives false at its end, or where it cannot be read. */
  async #more(): Promise<boolean> {
    if (this.#complete) return false;
    if (this.#next === undefined) {
      this.#walked = 0;
      this.#next = await this.#pointer(this.head);
    }
    if (this.#next === undefined || this.#next === this.head || ++this.#walked > LONGEST_LIST) {
      this.#complete = true;
      return false;
    }
    const at = this.#next;
    const entry = await this.memory.read(at, this.architecture.loaderEntry.bytes);
    if (entry.length < this.architecture.loaderEntry.bytes) {
      this.#complete = true;
      return false;
    }
    await this.#take(at, entry);
    this.#next = this.#pointerIn(entry, 0);
    return true;
  }

  async #take(at: bigint, entry: Buffer): Promise<void> {
    const fields = this.architecture.loaderEntry;
    const base = this.#pointerIn(entry, fields.base);
    if (this.#known.has(base)) return;
    const length = Math.min(entry.readUInt16LE(fields.name), LONGEST_NAME);
    const buffer = this.#pointerIn(entry, fields.nameBuffer);
    // Old kernels keep the name right behind the entry, where it has been read already.
    const inside = Number(buffer - at);
    const name =
      inside >= 0 && inside + length <= entry.length
        ? entry.subarray(inside, inside + length)
        : await this.memory.read(buffer, length);
    this.#add(name.toString('utf16le'), base, entry.readUInt32LE(fields.size), entry.readUInt32LE(fields.checkSum));
  }

  #add(path: string, base: bigint, size: number, checkSum: number): void {
    const file = path.replace(/^.*[\\/]/, '');
    const stem = file.replace(/\.[^.]*$/, '');
    const name = base === canonical(this.architecture, this.kernelBase) ? 'nt' : stem;
    this.#known.set(base, { name: moduleName(name), file, base, size, checkSum });
  }

  async #pointer(address: bigint): Promise<bigint | undefined> {
    const bytes = await this.memory.read(address, this.architecture.pointerBytes);
    return bytes.length < this.architecture.pointerBytes ? undefined : this.#pointerIn(bytes, 0);
  }

  #pointerIn(bytes: Buffer, offset: number): bigint {
    return this.architecture.bits === 32 ? BigInt(bytes.readUInt32LE(offset)) : bytes.readBigUInt64LE(offset);
  }
}

/** kd allows letters, digits and `_` in a module's name; an address is not to be mistaken for a name. */
function moduleName(stem: string): string {
  return stem.replace(/[^\w]/g, '_');
}
