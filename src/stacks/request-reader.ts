import type { Registers } from '../kd-text/listings/registers.js';
import { argumentsOfFunction, type PoolArguments } from './attribute/allocator-frames.js';
import { poolArguments } from './attribute/frame-kinds.js';
import { argumentsOf, type PoolRequest, readRequest } from './attribute/pool-request.js';
import type { Hit } from './hit.js';
import type { Interned } from './interned.js';
import type { RequestTally } from './request-tally.js';
import type { TableFrame } from './stack-table.js';

// What one hit asked for, from the best that the log has of it. Sums over hits are in request-tally.ts.

/** Reads the request of a hit: from a line of the breakpoint's own commands, else from registers, else from printed arguments. */
export class RequestReader {
  /** Where the arguments are, by call site; null where it takes none of a request. */
  readonly #places: (PoolArguments | null | undefined)[] = [];

  /**
   * @param sites the call sites of the scanner's stacks
   * @param symbols where the target stood, by number
   */
  constructor(
    private readonly sites: readonly TableFrame[],
    private readonly symbols: Interned<string>,
    private readonly requests: RequestTally,
  ) {}

  /** @param registers what `r` printed at the stop */
  read(hit: Hit, registers: Registers | undefined): PoolRequest | undefined {
    const said = this.requests.said(hit.request, hit.count);
    if (said) return said;
    const exact = registers && this.fromRegisters(registers, hit.symbol);
    if (exact) return exact;
    for (let nth = 0; nth < hit.argued; nth++) {
      const places = this.#placesAt(hit.siteOf(nth));
      const request = places && readRequest(places, hit, nth, false);
      if (request) return hit.count === 1 ? request : { ...request, bytes: hit.sum(nth), newestBytes: request.bytes };
    }
    return undefined;
  }

  /** @param symbol where the target stands, by number: registers are arguments at the first instruction of a function alone */
  fromRegisters(registers: Registers, symbol: number): PoolRequest | undefined {
    const name = this.symbols.value(symbol)?.replace(/^.*!/, '');
    const places = name === undefined ? undefined : argumentsOfFunction(name);
    const values = places && argumentsOf(registers);
    return places && values && readRequest(places, values, 0, true);
  }

  /** The call sites have been numbered anew. */
  forgetSites(): void {
    this.#places.length = 0;
  }

  #placesAt(site: number): PoolArguments | null {
    const known = this.#places[site];
    if (known !== undefined) return known;
    const places = poolArguments(this.sites[site] as TableFrame) ?? null;
    this.#places[site] = places;
    return places;
  }
}
