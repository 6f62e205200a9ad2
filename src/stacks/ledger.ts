import type { Registers } from '../kd-text/registers.js';
import { argumentsOfFunction, type PoolArguments } from './allocator-frames.js';
import { type Attribution, attribute, poolArguments } from './attribution.js';
import type { Findings, FoundStack, Place, SizeSource } from './findings.js';
import { LiveAddresses } from './live-addresses.js';
import { type Operation, operationOf } from './operation.js';
import { type ArgumentValues, argumentsOf, type PoolRequest, readRequest, returnedAddress } from './pool-request.js';
import { byDriver, PositionBuckets } from './position-buckets.js';
import type { TableFrame } from './stack-table.js';
import { StopTally } from './stop-tally.js';
import { Tallies } from './tallies.js';

const REMEMBERED = 1000;

/** A hit as the scanner closes it. Texts are numbers of the tally's, 0 for none. */
export interface Hit extends ArgumentValues {
  /** The number of its stack in the scanner, and where the scanner has it. */
  readonly index: number;
  readonly node: number;
  readonly stop: number;
  readonly symbol: number;
  /** -1 where no prompt named one. */
  readonly processor: number;
  readonly prompted: boolean;
  /** How many stacks were printed before at this stop. */
  readonly nth: number;
  /** How many hits it stands for, which differ in size and place only. */
  readonly count: number;
  readonly first: Readonly<Place>;
  readonly last: Readonly<Place>;
  /** How many of its pool functions have printed arguments: at most the two innermost. */
  readonly argued: number;
  /** The number of the call site whose arguments are the `nth`. */
  siteOf(nth: number): number;
  /** The sizes among the `nth` arguments of all that it stands for. */
  sum(nth: number): number;
}

/** A stack that was hit, and whose it is. */
export interface LedgerStack extends FoundStack {
  readonly attribution: Attribution;
  readonly operation: Operation;
  /** Rows of the tallies. */
  readonly driver: number;
  readonly caller: number;
}

/** Keeps the books of a log's hits, hit by hit: whose they are, what they asked for, and what became of it. */
export class Ledger {
  hits = 0;
  readonly stacks: LedgerStack[] = [];
  readonly tally = new StopTally();
  readonly drivers = new Tallies();
  readonly callers = new Tallies();
  readonly tags = new Map<number, number>();
  readonly addresses = new LiveAddresses();
  /** Two rows for each driver: hits, and of these the allocations. */
  readonly positions: PositionBuckets;
  /** How many sizes came from where. */
  readonly #sizes: Record<SizeSource, number> = { registers: 0, arguments: 0, 'home-slots': 0 };
  /** Hits by processor, from -1 for those that no prompt named. */
  readonly #processors: number[] = [];
  readonly #byIndex: (LedgerStack | undefined)[] = [];
  readonly #places: (PoolArguments | null | undefined)[] = [];
  /** The newest hit, until it is known what it returned, and what it asked for. */
  #newest: LedgerStack | undefined;
  #newestRequest: PoolRequest | undefined;

  /**
   * @param framesOf the call sites of a stack of the scanner's, by number, innermost first
   * @param sites the call sites themselves
   * @param size bytes of the log, 0 if that is not known
   */
  constructor(
    private readonly framesOf: (node: number) => number[],
    private readonly sites: readonly TableFrame[],
    size: number,
  ) {
    this.positions = new PositionBuckets(size);
  }

  /** @param registers what `r` printed at the stop */
  add(hit: Hit, registers: Registers | undefined): void {
    const { count, last } = hit;
    this.hits += count;
    const stack = this.#stackOf(hit);
    stack.count += count;
    stack.last.line = last.line;
    stack.last.offset = last.offset;
    stack.last.length = last.length;
    this.tally.count(hit.stop, hit.symbol, hit.prompted, count);
    this.#processors[hit.processor + 1] = (this.#processors[hit.processor + 1] ?? 0) + count;
    if (hit.nth > 0 && hit.stop !== 0) {
      stack.repeats++;
      return;
    }
    this.drivers.count(stack.driver, count);
    this.callers.count(stack.caller, count);
    this.positions.add(stack.driver * 2, hit.first.offset, count);
    if (stack.operation === 'allocation' || stack.operation === 'pool')
      this.positions.add(stack.driver * 2 + 1, hit.first.offset, count);
    this.#take(stack, this.#requestOf(hit, registers), count);
  }

  /** This is the newest hit, and the size among its arguments the newest one. */
  setNewest(hit: Hit, registers: Registers | undefined): void {
    if (hit.nth > 0 && hit.stop !== 0) return;
    this.#newest = this.#stackOf(hit);
    const request = this.#requestOf(hit, registers);
    this.#newestRequest = request && { ...request, bytes: request.newestBytes };
  }

  /**
   * What `r` printed. At the first instruction of the newest hit's function it tells the arguments;
   * when the target has gone on into a function of its stack, it tells what the allocator returned.
   * @param registers the ones just printed
   * @param atStop all that were printed at the stop of the newest hit; undefined if that stop is over
   */
  told(registers: Registers, atStop: Registers | undefined, symbol: number): void {
    const stack = this.#newest;
    if (!stack) return;
    const known = this.#newestRequest?.from === 'registers' || atStop === undefined;
    const exact = known ? undefined : this.#fromRegisters(atStop, symbol);
    if (exact) this.#replace(stack, this.#newestRequest, exact);
    else if (stack.operation !== 'free' && this.#isWithin(stack, this.tally.symbols.value(symbol)))
      this.#returned(stack, returnedAddress(registers));
  }

  #replace(stack: LedgerStack, request: PoolRequest | undefined, exact: PoolRequest): void {
    if (request && request.bytes >= 0) {
      stack.bytes -= request.bytes;
      stack.sized--;
      this.#sizes[request.from]--;
    }
    if (request) this.#countTag(request.tag, -1);
    this.#newestRequest = exact;
    this.#take(stack, exact, 1);
  }

  /** The target stands in the middle of a function that the stack passes. */
  #isWithin({ frames }: LedgerStack, symbol: string | undefined): boolean {
    const place = symbol && /^(.*)\+0x[0-9a-f]+$/i.exec(symbol)?.[1];
    return frames.some((number) => {
      const { module, symbol: name } = this.sites[number] as TableFrame;
      return `${module}!${name}` === place;
    });
  }

  #returned(stack: LedgerStack, address: number | undefined): void {
    if (address === undefined || stack.operation === 'other') return;
    this.#newest = undefined;
    this.addresses.allocate(address, { stack: stack.number, bytes: this.#newestRequest?.bytes ?? -1 });
  }

  byPosition(): Findings['positions'] {
    return byDriver(this.positions, this.drivers.names);
  }

  get sizesFrom(): SizeSource[] {
    return (Object.keys(this.#sizes) as SizeSource[]).filter((source) => this.#sizes[source] > 0);
  }

  get processors(): Map<number, number> {
    return new Map(this.#processors.flatMap((hits, at) => (hits > 0 ? [[at - 1, hits] as const] : [])));
  }

  #take(stack: LedgerStack, request: PoolRequest | undefined, count: number): void {
    if (!request) return;
    this.#countTag(request.tag, count);
    if (stack.operation === 'free') {
      if (request.address > 0) this.addresses.free(request.address);
      return;
    }
    if (request.bytes < 0) return;
    stack.bytes += request.bytes;
    stack.sized += count;
    this.#sizes[request.from] += count;
  }

  #countTag(tag: number, count: number): void {
    if (tag === 0 || !(this.tags.has(tag) || this.tags.size < REMEMBERED)) return;
    const hits = (this.tags.get(tag) ?? 0) + count;
    if (hits > 0) this.tags.set(tag, hits);
    else this.tags.delete(tag);
  }

  #requestOf(hit: Hit, registers: Registers | undefined): PoolRequest | undefined {
    const exact = registers && this.#fromRegisters(registers, hit.symbol);
    if (exact) return exact;
    for (let nth = 0; nth < hit.argued; nth++) {
      const places = this.#placesAt(hit.siteOf(nth));
      const request = places && readRequest(places, hit, nth, false);
      if (request) return hit.count === 1 ? request : { ...request, bytes: hit.sum(nth), newestBytes: request.bytes };
    }
    return undefined;
  }

  #placesAt(site: number): PoolArguments | null {
    const known = this.#places[site];
    if (known !== undefined) return known;
    const places = poolArguments(this.sites[site] as TableFrame) ?? null;
    this.#places[site] = places;
    return places;
  }

  #fromRegisters(registers: Registers, symbol: number): PoolRequest | undefined {
    const name = this.tally.symbols.value(symbol)?.replace(/^.*!/, '');
    const places = name === undefined ? undefined : argumentsOfFunction(name);
    const values = places && argumentsOf(registers);
    return places && values && readRequest(places, values, 0, true);
  }

  #stackOf(hit: Hit): LedgerStack {
    const known = this.#byIndex[hit.index];
    if (known) return known;
    const frames = this.framesOf(hit.node);
    const of = frames.map((number) => this.sites[number] as TableFrame);
    const attribution = attribute(of);
    const stack: LedgerStack = {
      number: this.stacks.length,
      frames,
      attribution,
      operation: operationOf(of),
      driver: this.drivers.row(attribution.driver),
      caller: this.callers.row(attribution.caller),
      count: 0,
      repeats: 0,
      bytes: 0,
      sized: 0,
      first: { ...hit.first },
      last: { ...hit.last },
    };
    this.#byIndex[hit.index] = stack;
    this.stacks.push(stack);
    return stack;
  }
}
