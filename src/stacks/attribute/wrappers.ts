import type { TableFrame } from '../stack-table.js';
import data from '../wrappers.json' with { type: 'json' };
import { anyOf } from './allocator-frames.js';
import { isKernel, symbolOf } from './frame-kinds.js';

const FRAMEWORK = anyOf(
  data.frameworks.flatMap(({ modules }) => modules),
  'i',
);
const ALLOCATORS: readonly { readonly module: RegExp; readonly symbol: RegExp }[] = data.frameworks.map(
  ({ modules, allocators }) => ({ module: anyOf(modules, 'i'), symbol: anyOf(allocators) }),
);
const INLINED = anyOf(data.inlined.names);

/** The wrappers between a driver and the allocator: the known ones, and those that somebody names. */
export class Wrappers {
  readonly #named: readonly { readonly module: RegExp; readonly symbol: RegExp }[];

  /** @param named `mylib!Alloc*`, or `mylib` for all functions of a module */
  constructor(named: readonly string[] = []) {
    this.#named = named.map((pattern) => {
      const at = pattern.indexOf('!');
      const [module, symbol] = at < 0 ? [pattern, '*'] : [pattern.slice(0, at), pattern.slice(at + 1)];
      return { module: anyOf([module], 'i'), symbol: anyOf([symbol]) };
    });
  }

  /** Whether a frame belongs to whoever called it. */
  isWay(frame: TableFrame): boolean {
    if (frame.module === null || isKernel(frame)) return false;
    return FRAMEWORK.test(frame.module) || this.#isNamed(frame);
  }

  /** Whether a function of a framework allocates for the rest of the framework. */
  isAllocator(frame: TableFrame): boolean {
    const { module } = frame;
    if (module === null) return false;
    return this.#isNamed(frame) || ALLOCATORS.some((of) => of.module.test(module) && of.symbol.test(symbolOf(frame)));
  }

  /** Whether a function stands in a driver only because a header, or the compiler, put it there. */
  isInlined(frame: TableFrame): boolean {
    return frame.module !== null && !isKernel(frame) && INLINED.test(symbolOf(frame));
  }

  #isNamed(frame: TableFrame): boolean {
    const { module } = frame;
    return module !== null && this.#named.some((of) => of.module.test(module) && of.symbol.test(symbolOf(frame)));
  }
}

export const KNOWN_WRAPPERS = new Wrappers();

/** Whether somebody's pattern can be one: a module with or without a function, nothing else. */
export function isWrapperPattern(text: string): boolean {
  return /^[^\s!]+(?:!\S.*)?$/.test(text) && !/^\*+(?:!\**)?$/.test(text);
}
