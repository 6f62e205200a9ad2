import { canonical } from '../control/architecture.js';
import type { KnownTarget } from '../control/known-target.js';
import type { TargetModule } from '../control/modules.js';
import { readImageHeaders } from '../symbols/image/image.js';
import type { LoadedSymbols } from '../symbols/load.js';
import type { ModuleSymbols } from '../symbols/module-symbols.js';

/** How symbols may be looked for. */
export interface LoadWay {
  /** Servers may be asked, which takes as long as they like; a target stands still meanwhile. */
  readonly online: boolean;
  readonly signal: AbortSignal;
}

/** Loads the symbols of one module. */
export type LoadSymbols = (module: TargetModule, known: KnownTarget, way: LoadWay) => Promise<LoadedSymbols>;

/** A symbol of the target, by address. */
export interface TargetSymbol {
  readonly address: bigint;
  /** `nt!MmAllocateSpecialPool` */
  readonly name: string;
  readonly isFunction: boolean;
}

/** Names of the target's addresses and addresses of its names. A module's symbols are loaded when somebody asks for one of them. */
export class TargetSymbols {
  readonly #loaded = new Map<bigint, { readonly online: boolean; readonly symbols: Promise<LoadedSymbols> }>();

  /** Those that have been loaded. */
  readonly #ready = new Map<bigint, ModuleSymbols>();

  /** @param signal gives the signal that takes back what is under way */
  constructor(
    readonly known: KnownTarget,
    private readonly load: LoadSymbols,
    private readonly signal: () => AbortSignal,
  ) {}

  /**
   * The symbols of a module. They are loaded once, and once more when servers may be asked that were not before.
   * @param online whether somebody asked for them, and waits
   */
  async of(module: TargetModule, online: boolean): Promise<LoadedSymbols> {
    const before = this.#loaded.get(module.base);
    if (before && (before.online || !online || isGood(await before.symbols))) return before.symbols;
    const symbols = this.load(module, this.known, { online, signal: this.signal() });
    this.#loaded.set(module.base, { online, symbols });
    // What was taken back is no answer.
    symbols.then(
      (loaded) => this.#ready.set(module.base, loaded.symbols),
      () => this.#loaded.delete(module.base),
    );
    return symbols;
  }

  /** The symbols of a module as far as they are here: nothing is asked, and nothing is loaded. */
  loadedOf(module: TargetModule): ModuleSymbols | undefined {
    return this.#ready.get(module.base);
  }

  /**
   * Names that begin so, from what is here already: nothing is asked, and nothing is loaded. Case does not matter, but for a name
   * without its module, which is looked for in every module.
   */
  beginningWith(text: string): readonly string[] {
    const [, wanted, start = text] = /^([^!]*)!(.*)$/.exec(text) ?? [];
    const found: string[] = [];
    for (const { name, base } of this.known.modules.known) {
      if (wanted === undefined && name.toLowerCase().startsWith(text.toLowerCase())) found.push(`${name}!`);
      const symbols = this.#ready.get(base);
      if (!symbols || start === '' || (wanted !== undefined && name.toLowerCase() !== wanted.toLowerCase())) continue;
      const names = symbols.match(`${start}*`).map((each) => each.name);
      if (wanted === undefined) found.push(...names.filter((each) => each.startsWith(text)));
      else found.push(...names.map((each) => `${name}!${each}`));
    }
    return found;
  }

  /** Loads them again when they are asked for: `.reload`. */
  forget(): void {
    this.#loaded.clear();
    this.#ready.clear();
  }

  /** The module of a kernel address; undefined for none, and for user mode. */
  async moduleAt(address: bigint, limit?: number): Promise<TargetModule | undefined> {
    if (address < this.known.architecture.firstKernel) return undefined;
    const { modules } = this.known;
    return (await modules.around(address, 0)) ?? ((await this.#kernel()) && (await modules.around(address, limit)));
  }

  /**
   * `nt!Name+0x12`, `nt+0x1234` where the module has no symbols; undefined where no module lies.
   * @param limit entries of the target's list that may be asked for
   */
  async nameAt(address: bigint, limit?: number): Promise<string | undefined> {
    const module = await this.moduleAt(address, limit);
    if (!module) return undefined;
    const rva = Number(address - module.base);
    const hit = (await this.of(module, false)).symbols.near(rva);
    if (!hit) return rva === 0 ? module.name : `${module.name}+0x${rva.toString(16)}`;
    return `${module.name}!${hit.name}${hit.displacement === 0 ? '' : `+0x${hit.displacement.toString(16)}`}`;
  }

  /** The address of `module!name`, or of a bare name in the kernel and the modules known so far; undefined for none. */
  async addressOf(text: string): Promise<bigint | undefined> {
    const [, wanted, name = text] = /^([^!]+)!(.+)$/.exec(text) ?? [];
    for (const module of await this.#modules(wanted)) {
      const [rva] = (await this.of(module, true)).symbols.find(name);
      if (rva !== undefined) return module.base + BigInt(rva);
    }
    return undefined;
  }

  /** Symbols by pattern: `nt!*Pool*`. In the order of their addresses, module by module. */
  async match(text: string): Promise<readonly TargetSymbol[]> {
    const [, wanted = '*', pattern = text] = /^([^!]+)!(.*)$/.exec(text) ?? [];
    const found: TargetSymbol[] = [];
    for (const module of await this.#modules(wanted))
      for (const { name, rva, isFunction } of (await this.of(module, true)).symbols.match(pattern))
        found.push({ address: module.base + BigInt(rva), name: `${module.name}!${name}`, isFunction });
    return found;
  }

  /** The kernel is known without reading the list; a pattern or another name takes all of it. */
  async #modules(wanted: string | undefined): Promise<readonly TargetModule[]> {
    const { modules } = this.known;
    const kernel = await this.#kernel();
    if (wanted === undefined)
      return kernel ? [kernel, ...modules.known.filter((each) => each !== kernel)] : modules.known;
    if (/^nt$/i.test(wanted) && kernel) return [kernel];
    const pattern = wildcard(wanted);
    return (await modules.all()).filter(({ name }) => pattern.test(name));
  }

  async #kernel(): Promise<TargetModule | undefined> {
    const { architecture, version, modules, memory } = this.known;
    const base = canonical(architecture, version.kernelBase);
    const known = await modules.around(base, 0);
    if (known) return known;
    const read = (rva: number, length: number): Promise<Buffer> => memory.read(base + BigInt(rva), length, true);
    const headers = await readImageHeaders(read, 'without sections');
    if (headers) modules.kernel({ size: headers.sizeOfImage, checkSum: headers.checkSum });
    return modules.around(base, headers ? 0 : 1);
  }
}

function isGood({ symbols }: LoadedSymbols): boolean {
  return symbols.source === 'pdb' || symbols.source === 'coff';
}

/** kd's wildcards in a name: `*` and `?`; case does not matter. */
export function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i');
}
