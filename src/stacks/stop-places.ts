import { NO_MODULES } from './aggregated-stacks.js';
import { machinery } from './attribute/frame-kinds.js';
import type { AggregatedStack, Hit } from './hit.js';
import type { StopTally } from './read/stop-tally.js';
import type { TableFrame } from './stack-table.js';

// Where a stop was, by its stack where kd does not say it. How often each stop and place was met is in read/stop-tally.ts.

/** A break that is a function: who called it is on the stack alone. */
const SHARED_BREAK = /^[^!]+!DbgBreakPoint$/;

/** Finds the places of stops, by their numbers in the tally. */
export class StopPlaces {
  /** @param sites the call sites of the scanner's stacks */
  constructor(
    private readonly sites: readonly TableFrame[],
    private readonly tally: StopTally,
    private readonly exportsOnly: ReadonlySet<string> = NO_MODULES,
  ) {}

  /**
   * Where a stop is that nothing tells the place of: where the stack begins, behind machinery. The break of the pool tag may be a
   * function that its callers share, so that the one further out tells.
   */
  of({ stop, symbol, prompted }: Hit, { frames }: AggregatedStack): number {
    const announced = this.tally.stops.value(stop);
    const broken = announced?.kind === 'exception';
    if (symbol !== 0 && !(broken && SHARED_BREAK.test(this.tally.symbols.value(symbol) ?? ''))) return symbol;
    if (symbol === 0 && !broken && (stop !== 0 || prompted)) return 0;
    const sites = frames
      .slice(0, 32)
      .map((number) => this.sites[number] as TableFrame)
      .filter(({ mark }) => mark === undefined);
    const { frames: before, crash } = machinery(sites, this.exportsOnly);
    const text = (sites[crash ? 0 : before] ?? sites[0])?.text;
    return text === undefined || (symbol !== 0 && before === 0) ? symbol : this.tally.symbols.number(text, text);
  }
}
