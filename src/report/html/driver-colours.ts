import { isKernelModule } from '../build/modules.js';

/** 0 the kernel, 1 to 7 the drivers with most, 8 all others: a class `c0` to `c8` of the page's style. */
export type Colour = number;

export const KERNEL: Colour = 0;
export const OTHERS_COLOUR: Colour = 8;

/** One colour per driver, wherever it is shown; by rank, so that whoever matters can be told apart. */
export function driverColours(drivers: readonly { readonly name: string }[]): (module: string | null) => Colour {
  const ranked = drivers.map(({ name }) => name).filter((name) => !isKernelModule(name) && !name.startsWith('('));
  const colours = new Map(ranked.slice(0, OTHERS_COLOUR - 1).map((name, rank) => [name, rank + 1]));
  return (module) => {
    if (module === null) return OTHERS_COLOUR;
    return isKernelModule(module) ? KERNEL : (colours.get(module) ?? OTHERS_COLOUR);
  };
}
