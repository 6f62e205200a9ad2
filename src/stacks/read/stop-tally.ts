import type { Stop } from '../../kd-text/stop.js';
import type { FoundStop } from '../findings.js';
import { Interned } from '../interned.js';

const REMEMBERED = 1000;
/** Different stops at different places. */
const MOST_PAIRS = 10_000;

/** The stops of a log by what announced them and where the target stood; both as numbers, 0 for none. */
export class StopTally {
  readonly stops = new Interned<Stop | null>(REMEMBERED, null);
  readonly symbols = new Interned<string>(REMEMBERED, '(others)');
  readonly #found = new Map<number, FoundStop>();
  readonly #others: FoundStop = { stop: null, symbol: '(others)', prompted: false, hits: 0 };
  /** The stop of the newest hit: nearly always that of the next. */
  #newest: { readonly key: number; readonly found: FoundStop } | undefined;

  /** @param prompted a prompt came before the stack */
  count(stop: number, symbol: number, prompted: boolean, hits: number): void {
    const asked = prompted && stop === 0;
    const key = stop * 8192 + symbol * 2 + (asked ? 1 : 0);
    if (this.#newest?.key !== key) {
      const fresh = {
        stop: this.stops.value(stop) ?? null,
        symbol: this.symbols.value(symbol) ?? null,
        prompted: asked,
        hits: 0,
      };
      const found = this.#found.get(key) ?? (this.#found.size < MOST_PAIRS ? fresh : this.#others);
      if (found === fresh) this.#found.set(key, found);
      this.#newest = { key, found };
    }
    this.#newest.found.hits += hits;
  }

  get found(): FoundStop[] {
    return [...this.#found.values(), ...(this.#others.hits > 0 ? [this.#others] : [])];
  }
}
