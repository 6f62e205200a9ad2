import { type Attribution, attribute } from './attribution.js';
import type { StackTable } from './stack-table.js';

/** A name and the hits that count for it. */
export interface Standing {
  readonly name: string;
  readonly hits: number;
}

/** Who has how many hits, kept up to date hit by hit; each distinct stack is attributed once. */
export class Standings {
  readonly #known: Attribution[] = [];
  readonly #drivers = new Map<string, number>();
  readonly #callers = new Map<string, number>();

  constructor(private readonly table: StackTable) {}

  /** Counts a hit on the stack that ends at `node`. */
  add(node: number): void {
    const { driver, caller } = this.of(node);
    this.#drivers.set(driver, (this.#drivers.get(driver) ?? 0) + 1);
    this.#callers.set(caller, (this.#callers.get(caller) ?? 0) + 1);
  }

  of(node: number): Attribution {
    const known = this.#known[node] ?? attribute(this.table.framesOf(node));
    this.#known[node] = known;
    return known;
  }

  get drivers(): Standing[] {
    return ranked(this.#drivers);
  }

  get callers(): Standing[] {
    return ranked(this.#callers);
  }

  topDriver(): Standing | undefined {
    return top(this.#drivers);
  }

  topCaller(): Standing | undefined {
    return top(this.#callers);
  }
}

function ranked(hits: ReadonlyMap<string, number>): Standing[] {
  return [...hits].map(([name, hits]) => ({ name, hits })).sort((a, b) => b.hits - a.hits || compare(a.name, b.name));
}

function top(hits: ReadonlyMap<string, number>): Standing | undefined {
  let best: Standing | undefined;
  for (const [name, count] of hits)
    if (!best || count > best.hits || (count === best.hits && compare(name, best.name) < 0))
      best = { name, hits: count };
  return best;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
