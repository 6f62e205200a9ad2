import { attribute, UNCERTAIN_DRIVER } from './attribute/attribution.js';
import { operationOf } from './attribute/operation.js';
import type { Wrappers } from './attribute/wrappers.js';
import type { AggregatedStack, Hit } from './hit.js';
import { commonOf, FURTHER_CALLERS, FURTHER_DRIVERS, mergeRest } from './merge-stacks.js';
import type { TableFrame } from './stack-table.js';
import { Tallies } from './tallies.js';

export const NO_MODULES: ReadonlySet<string> = new Set();

/** What is left after rare stacks were added up, and where everything has gone. */
export interface MergedStacks {
  /** Stacks, and no sums, which the scanner may move. */
  readonly kept: AggregatedStack[];
  /** The new numbers of stacks, by their old ones. */
  readonly moved: readonly number[];
  /** The new rows of drivers, by their old ones. */
  readonly rows: readonly number[];
}

/** The stacks of a log, each once, with whose they are. */
export class AggregatedStacks {
  all: AggregatedStack[] = [];
  /** How many of them are stacks, and not sums of rare ones. */
  apart = 0;
  readonly drivers = new Tallies();
  readonly callers = new Tallies();
  #byIndex: (AggregatedStack | undefined)[] = [];

  /** Parameters as of `Aggregator`. */
  constructor(
    private readonly framesOf: (node: number) => number[],
    private readonly sites: readonly TableFrame[],
    private readonly known: {
      readonly exportsOnly?: ReadonlySet<string>;
      readonly wrappers?: Wrappers | undefined;
    },
  ) {}

  of(hit: Hit): AggregatedStack {
    const known = this.#byIndex[hit.index];
    if (known) return known;
    const frames = this.framesOf(hit.node);
    const of = frames.map((number) => this.sites[number] as TableFrame);
    const { exportsOnly = NO_MODULES, wrappers } = this.known;
    const { driver, caller } = attribute(of, { exportsOnly, ...(wrappers && { wrappers }) });
    const stack: AggregatedStack = {
      number: this.all.length,
      frames,
      operation: operationOf(of, exportsOnly),
      node: hit.node,
      driver: this.drivers.row(driver),
      caller: this.callers.row(caller),
      count: 0,
      repeats: 0,
      stood: 0,
      bytes: 0,
      sized: 0,
      first: { ...hit.first },
      last: { ...hit.last },
    };
    this.#byIndex[hit.index] = stack;
    this.all.push(stack);
    this.apart++;
    return stack;
  }

  /** Keeps so many stacks and drivers apart, the newest hit's among them, and adds up the others. */
  mergeRare(most: number, newest: AggregatedStack | undefined): MergedStacks {
    const { exportsOnly = NO_MODULES, wrappers } = this.known;
    const known = { exportsOnly, wrappers };
    const kept = new Set(this.drivers.largest(most).map((row) => this.drivers.names[row] as string));
    const rest = mergeRest(
      this.all,
      most,
      (stack) => stack === newest,
      (stack) => {
        const of = commonOf(stack, this.sites, known);
        return kept.has(of.driver) || of.driver === UNCERTAIN_DRIVER ? of : { ...of, driver: FURTHER_DRIVERS };
      },
    );
    const rows = this.#renumberDrivers([...rest.kept, ...rest.sums], most);
    this.all = [...rest.kept, ...rest.sums];
    for (const [number, stack] of this.all.entries()) stack.number = number;
    this.apart = rest.kept.length;
    return { kept: [...rest.kept], moved: rest.moved, rows };
  }

  /** The scanner has moved stacks. */
  moved(stacks: readonly AggregatedStack[], to: readonly { readonly node: number; readonly index: number }[]): void {
    this.#byIndex = [];
    for (const [at, { node, index }] of to.entries()) {
      const stack = stacks[at] as AggregatedStack;
      stack.node = node;
      this.#byIndex[index] = stack;
    }
  }

  #renumberDrivers(stacks: readonly AggregatedStack[], most: number): readonly number[] {
    const { drivers, callers } = this;
    const apart = stacks.filter(({ merged }) => !merged);
    const rows = drivers.keep(
      new Set([...drivers.largest(most), ...apart.map(({ driver }) => driver)]),
      FURTHER_DRIVERS,
    );
    const called = callers.keep(
      new Set([...callers.largest(most), ...apart.map(({ caller }) => caller)]),
      FURTHER_CALLERS,
    );
    for (const stack of stacks) {
      stack.driver = rows[stack.driver] as number;
      stack.caller = called[stack.caller] as number;
    }
    return rows;
  }
}
