import { clean } from '../../platform/clean-text.js';
import type { TableFrame } from '../../stacks/stack-table.js';

interface Lib {
  readonly arch: string;
  readonly name: string;
  readonly path: string;
  readonly debugName: string;
  readonly debugPath: string;
  readonly breakpadId: string;
  readonly codeId: null;
}

/** Interned tables of the Profiler: string -> resource -> function -> frame -> stack, each by column. */
export class FirefoxTables {
  readonly libs: Lib[] = [];
  readonly #strings = new Map<string, number>();
  readonly #resources = new Map<string, number>();
  readonly #resourceNames: number[] = [];
  readonly #funcs = { name: [] as number[], resource: [] as number[] };
  readonly #frames = { address: [] as number[], category: [] as number[], func: [] as number[] };
  readonly #frameOf = new Map<string, number>();
  readonly #stacks = { frame: [] as number[], prefix: [] as (number | null)[], category: [] as number[] };
  readonly #stackOf = new Map<string, number>();

  /** The number of the stack that goes from `prefix` one frame inwards. */
  stack(prefix: number | null, of: TableFrame, category: number): number {
    const frame = this.#frame(of, category);
    const key = `${prefix} ${frame}`;
    const known = this.#stackOf.get(key);
    if (known !== undefined) return known;
    this.#stackOf.set(key, this.#stackOf.size);
    this.#stacks.frame.push(frame);
    this.#stacks.prefix.push(prefix);
    this.#stacks.category.push(category);
    return this.#stackOf.size - 1;
  }

  columns() {
    const { name, resource } = this.#funcs;
    const { address, category, func } = this.#frames;
    const funcs = name.length;
    const frames = func.length;
    const stacks = this.#stacks.frame.length;
    const resources = this.#resourceNames.length;
    return {
      stringArray: [...this.#strings.keys()],
      resourceTable: {
        length: resources,
        lib: [...this.#resourceNames.keys()],
        name: this.#resourceNames,
        host: filled(resources, null),
        type: filled(resources, 1),
      },
      funcTable: {
        length: funcs,
        name,
        resource,
        isJS: filled(funcs, false),
        relevantForJS: filled(funcs, false),
        fileName: filled(funcs, null),
        lineNumber: filled(funcs, null),
        columnNumber: filled(funcs, null),
      },
      frameTable: {
        length: frames,
        address,
        category,
        func,
        inlineDepth: filled(frames, 0),
        subcategory: filled(frames, 0),
        nativeSymbol: filled(frames, null),
        innerWindowID: filled(frames, null),
        implementation: filled(frames, null),
        line: filled(frames, null),
        column: filled(frames, null),
      },
      stackTable: { length: stacks, ...this.#stacks, subcategory: filled(stacks, 0) },
      nativeSymbols: { length: 0, libIndex: [], address: [], name: [], functionSize: [] },
    };
  }

  #frame({ text, module, symbol, offset }: TableFrame, category: number): number {
    const key = `${category} ${text}`;
    const known = this.#frameOf.get(key);
    if (known !== undefined) return known;
    this.#frameOf.set(key, this.#frameOf.size);
    this.#funcs.name.push(this.#string(clean(text) || '(unknown)'));
    this.#funcs.resource.push(module === null ? -1 : this.#resource(clean(module)));
    this.#frames.func.push(this.#funcs.name.length - 1);
    // Without a symbol the offset is the place in the module, which is what the Profiler means by an address.
    this.#frames.address.push(module !== null && symbol === null ? (offset ?? -1) : -1);
    this.#frames.category.push(category);
    return this.#frameOf.size - 1;
  }

  #resource(module: string): number {
    const known = this.#resources.get(module);
    if (known !== undefined) return known;
    this.#resources.set(module, this.#resourceNames.length);
    this.#resourceNames.push(this.#string(module));
    this.libs.push({
      arch: '',
      name: module,
      path: module,
      debugName: module,
      debugPath: module,
      breakpadId: '',
      codeId: null,
    });
    return this.#resourceNames.length - 1;
  }

  #string(text: string): number {
    const known = this.#strings.get(text) ?? this.#strings.size;
    this.#strings.set(text, known);
    return known;
  }
}

function filled<T>(length: number, value: T): T[] {
  return Array.from({ length }, () => value);
}
