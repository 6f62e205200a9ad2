import type { ModulePlace } from '../../kd-text/listings/modules.js';

/** More modules than any target has; a log may hold any number of lines that look like rows of `lm`. */
const MOST = 4000;

/** What a log says of the target's modules: plain data. */
export interface FoundModules {
  /** Where they lay, each place once, in the order of the log. */
  readonly places: readonly ModulePlace[];
  /** Modules of which kd had nothing but the exports, in lower case. */
  readonly exportsOnly: ReadonlySet<string>;
}

/** Collects what a log says of modules: rows of `lm`, prints of what was loaded, complaints about missing symbols. */
export class LogModules implements FoundModules {
  readonly exportsOnly = new Set<string>();
  readonly #places = new Map<string, ModulePlace>();

  get places(): ModulePlace[] {
    return [...this.#places.values()];
  }

  add(place: ModulePlace): void {
    const key = `${place.name.toLowerCase()} ${place.start}`;
    const known = this.#places.get(key);
    if (!known && this.#places.size >= MOST) return;
    this.#places.set(key, { ...known, ...place });
    if (place.symbols === 'export') this.addExportsOnly(place.name);
    // Symbols that came later make names of names; the ones printed before stay what they were.
  }

  addExportsOnly(name: string): void {
    if (this.exportsOnly.size < MOST) this.exportsOnly.add(name.toLowerCase());
  }

  append({ places, exportsOnly }: FoundModules): void {
    for (const place of places) this.add(place);
    for (const name of exportsOnly) this.addExportsOnly(name);
  }
}
