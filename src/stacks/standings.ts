import { type Attribution, attribute } from './attribution.js';
import type { StackTable } from './stack-table.js';

/** A name and the hits that count for it. */
export interface Standing {
  readonly name: string;
  readonly hits: number;
}

interface Tally {
  readonly name: string;
  hits: number;
}

/** A stack's attribution, and where its hits are counted. */
interface Known {
  readonly attribution: Attribution;
  readonly driver: Tally;
  readonly caller: Tally;
}

/** Who has how many hits, kept up to date hit by hit; each distinct stack is attributed once. */
export class Standings {
  readonly #known: Known[] = [];
  readonly #drivers = new Map<string, Tally>();
  readonly #callers = new Map<string, Tally>();

  constructor(private readonly table: StackTable) {}

  /** Counts a hit on the stack that ends at `node`. */
  add(node: number): void {
    const { driver, caller } = this.#of(node);
    driver.hits++;
    caller.hits++;
  }

  of(node: number): Attribution {
    return this.#of(node).attribution;
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

  #of(node: number): Known {
    const known = this.#known[node];
    if (known) return known;
    const attribution = attribute(this.table.framesOf(node));
    const driver = tallyOf(this.#drivers, attribution.driver);
    const caller = tallyOf(this.#callers, attribution.caller);
    this.#known[node] = { attribution, driver, caller };
    return this.#known[node];
  }
}

function tallyOf(tallies: Map<string, Tally>, name: string): Tally {
  const tally = tallies.get(name) ?? { name, hits: 0 };
  tallies.set(name, tally);
  return tally;
}

/** Whoever was hit: a stack may have been attributed without a hit that is counted yet. */
function hit(tallies: ReadonlyMap<string, Tally>): Standing[] {
  return [...tallies.values()].filter(({ hits }) => hits > 0).map(({ name, hits }) => ({ name, hits }));
}

function ranked(tallies: ReadonlyMap<string, Tally>): Standing[] {
  return hit(tallies).sort((a, b) => b.hits - a.hits || compare(a.name, b.name));
}

function top(tallies: ReadonlyMap<string, Tally>): Standing | undefined {
  return ranked(tallies)[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
