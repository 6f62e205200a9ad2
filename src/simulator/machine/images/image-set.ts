import type { Bus } from '../cpu/bus.js';
import type { KernelView } from '../kernel-view.js';
import type { KernelFamily } from '../kernels.js';
import type { MachineLayout } from '../layout.js';
import type { LoadedImage, MachineArchitecture } from '../machine.js';
import { toAddress } from '../memory.js';
import { ModuleList } from '../module-list.js';
import { bases, type CatalogueImage, imageFiles } from './catalogue.js';
import { discardInit, loadImage } from './load.js';

const DIRECTORY_EXCEPTIONS = 3;

interface Loaded {
  readonly file: CatalogueImage;
  readonly base: number;
  readonly image: { loaded: boolean } & Omit<LoadedImage, 'loaded'>;
  initThere: boolean;
}

/** The images of a machine: which there are, where they lie, and how the boot brings them in one by one. */
export class ImageSet {
  readonly images: readonly LoadedImage[];
  readonly #all: readonly Loaded[];
  readonly #wide: boolean;
  #modules: ModuleList | undefined;

  constructor(
    architecture: MachineArchitecture,
    family: KernelFamily,
    readonly layout: MachineLayout,
    readonly bus: Bus,
  ) {
    this.#wide = architecture === 'x64';
    const files = imageFiles(architecture, family);
    const places = bases(files, layout);
    this.#all = files.map((file, index) => describe(file, places[index] as number, this.#wide));
    this.images = this.#all.map(({ image }) => image);
  }

  /** The address of a symbol of the kernel, which every machine has. */
  nt(symbol: string): number {
    const found = this.find('nt', symbol);
    if (found === undefined) throw new Error(`the kernel image has no symbol ${symbol}`);
    return found;
  }

  /** Undefined when the image has not been loaded yet, or has no such symbol. */
  find(module: string, symbol: string): number | undefined {
    const found = this.#all.find(({ image }) => image.name === module);
    return found?.image.loaded || module === 'nt' ? this.planned(module, symbol) : undefined;
  }

  /** Where a symbol is, or will be once its image has been loaded. */
  planned(module: string, symbol: string): number | undefined {
    const found = this.#all.find(({ image }) => image.name === module);
    const rva = found?.file.symbols.get(symbol);
    return found && rva !== undefined ? found.base + rva : undefined;
  }

  /** From a function of the kernel to the symbol after it. */
  extent(symbol: string): { readonly from: number; readonly to: number } {
    const from = this.nt(symbol);
    const { base, file } = this.#all[0] as Loaded;
    const later = [...file.symbols.values()].map((rva) => rva + base).filter((at) => at > from);
    return { from, to: Math.min(...later) };
  }

  /** Puts the kernel into empty memory: it is there, but not yet in its own module list. */
  loadKernel(): void {
    for (const loaded of this.#all) {
      loaded.image.loaded = false;
      loaded.initThere = false;
    }
    this.#load(this.#all[0] as Loaded);
  }

  list(kernel: KernelView): void {
    this.#modules = new ModuleList(kernel, this.layout.moduleList, this.nt('PsLoadedModuleList'));
  }

  /** Loads the next one. `start` is what the kernel's boot thread must then call, if it must. */
  loadNext(): { readonly image: LoadedImage; readonly start: Start | undefined } | undefined {
    const next = this.#all.find(({ image }) => !image.loaded);
    if (!next) return undefined;
    const { file, base, image } = next;
    if (file.place !== 'kernel') this.#load(next);
    image.loaded = true;
    if (file.place !== 'ntdll') this.#list(next);
    if (file.place === 'ntdll')
      return { image, start: { entry: base + symbolOf(file, 'RtlUserThreadStart'), base, user: true } };
    const starts = file.place === 'drivers' || file.place === 'win32k';
    return { image, start: starts ? { entry: base + file.pe.entry, base, user: false } : undefined };
  }

  /** Text in the kernel's memory, for as long as the machine runs. */
  putText(text: string): number {
    if (!this.#modules) throw new Error('the kernel is not there yet');
    return this.#modules.putText(text);
  }

  get complete(): boolean {
    return this.#all.every(({ image }) => image.loaded);
  }

  /** Takes away the INIT sections of what has started; the kernel's own with the last. True when some were there. */
  discardInit(): boolean {
    let some = false;
    for (const loaded of this.#all) {
      if (!loaded.initThere || !loaded.image.loaded) continue;
      if (loaded.file.place === 'kernel' && !this.complete) continue;
      discardInit(this.bus, loaded.file.pe, loaded.base);
      loaded.initThere = false;
      some = true;
    }
    return some;
  }

  #load(loaded: Loaded): void {
    loadImage(this.bus, loaded.file.pe, loaded.base, (module, symbol) => this.#import(module, symbol));
    loaded.initThere = true;
  }

  #import(module: string, symbol: string): number {
    const name = module === 'ntoskrnl.exe' ? 'nt' : module.replace(/\.\w+$/, '');
    const found = this.#all.find(({ image }) => image.name === name);
    const rva = found?.file.pe.exports.get(symbol);
    if (!found || rva === undefined) throw new Error(`${module} exports no ${symbol}`);
    return found.base + rva;
  }

  #list({ file, base, image }: Loaded): void {
    const { pe } = file;
    const exceptions = pe.directory(DIRECTORY_EXCEPTIONS);
    this.#modules?.add({
      base,
      entryPoint: pe.entry === 0 ? 0 : base + pe.entry,
      size: pe.size,
      checkSum: pe.checkSum,
      timeStamp: pe.timeStamp,
      path: image.path,
      // The boot loader lists the kernel by the name that drivers import it by.
      fileName: file.place === 'kernel' ? 'ntoskrnl.exe' : file.path.replace(/^.*\\/, ''),
      exceptionTable: exceptions.rva === 0 ? undefined : { at: base + exceptions.rva, size: exceptions.size },
    });
  }
}

export interface Start {
  readonly entry: number;
  readonly base: number;
  /** User threads begin there, rather than the boot thread calling it. */
  readonly user: boolean;
}

function describe(file: CatalogueImage, base: number, wide: boolean): Loaded {
  const image = {
    name: file.name,
    path: file.path,
    file: file.file,
    pdb: file.pdb,
    base: toAddress(base, wide),
    size: file.pe.size,
    checkSum: file.pe.checkSum,
    timeStamp: file.pe.timeStamp,
    loaded: false,
  };
  return { file, base, image, initThere: false };
}

function symbolOf(file: CatalogueImage, symbol: string): number {
  const rva = file.symbols.get(symbol);
  if (rva === undefined) throw new Error(`${file.name} has no symbol ${symbol}`);
  return rva;
}
