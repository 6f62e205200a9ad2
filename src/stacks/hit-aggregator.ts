import type { Registers } from '../kd-text/listings/registers.js';
import { AggregatedStacks } from './aggregated-stacks.js';
import { type PoolRequest, returnedAddress, stackPointer } from './attribute/pool-request.js';
import type { Wrappers } from './attribute/wrappers.js';
import { Bursts } from './bursts.js';
import type { Findings, LogPlace } from './findings.js';
import type { AggregatedStack, Hit } from './hit.js';
import { addressKey, LiveAddresses } from './live-addresses.js';
import { PositionBuckets } from './position-buckets.js';
import { StopTally } from './read/stop-tally.js';
import { RequestReader } from './request-reader.js';
import { RequestTally } from './request-tally.js';
import type { TableFrame } from './stack-table.js';
import { StopPlaces } from './stop-places.js';
import type { Tallies } from './tallies.js';

/** Keeps the books of a log's hits, hit by hit: whose they are, what they asked for, and what became of it. */
export class HitAggregator {
  hits = 0;
  /** Stacks of break-ins: no hits, and in no other count. */
  breakIns = 0;
  readonly tally = new StopTally();
  readonly drivers: Tallies;
  readonly callers: Tallies;
  readonly requests = new RequestTally();
  readonly bursts = new Bursts();
  readonly addresses: LiveAddresses;
  /** By the row of the driver. */
  readonly positions: PositionBuckets;
  /** Hits by processor, from -1 for those that no prompt named. */
  readonly #processors: number[] = [];
  readonly #stacks: AggregatedStacks;
  readonly #owed: number[] = [];
  readonly #requestReader: RequestReader;
  readonly #stopPlaces: StopPlaces;
  /** The newest hit, until it is known what it returned, and what it asked for. */
  #newest: AggregatedStack | undefined;
  #newestRequest: PoolRequest | undefined;
  #newestPlace: LogPlace | undefined;
  /** The end of its stack is known, so that only a return to there is its own. */
  #newestEntered = false;

  /**
   * @param framesOf the call sites of a stack of the scanner's, by number, innermost first
   * @param sites the call sites themselves
   * @param size bytes of the log, 0 if that is not known
   * @param known modules whose names are the nearest export, as far as they are known yet, and wrappers besides the known ones
   */
  constructor(
    framesOf: (node: number) => number[],
    private readonly sites: readonly TableFrame[],
    size: number,
    known: {
      readonly exportsOnly?: ReadonlySet<string>;
      readonly wrappers?: Wrappers | undefined;
      readonly mostAddresses?: number | undefined;
    } = {},
  ) {
    this.#stacks = new AggregatedStacks(framesOf, sites, known);
    this.drivers = this.#stacks.drivers;
    this.callers = this.#stacks.callers;
    this.positions = new PositionBuckets(size);
    this.addresses = new LiveAddresses(known.mostAddresses);
    this.#requestReader = new RequestReader(sites, this.tally.symbols, this.requests);
    this.#stopPlaces = new StopPlaces(sites, this.tally, known.exportsOnly);
  }

  get stacks(): readonly AggregatedStack[] {
    return this.#stacks.all;
  }

  /** How many of them are stacks, and not sums of rare ones. */
  get apart(): number {
    return this.#stacks.apart;
  }

  /** @param registers what `r` printed at the stop */
  add(hit: Hit, registers: Registers | undefined): void {
    const { count, last } = hit;
    const stack = this.#stacks.of(hit);
    stack.count += count;
    if (hit.stood) stack.stood += count;
    if (stack.operation === 'break-in') {
      this.breakIns += count;
      return;
    }
    this.hits += count;
    stack.last.line = last.line;
    stack.last.offset = last.offset;
    stack.last.length = last.length;
    this.tally.count(hit.stop, this.#stopPlaces.of(hit, stack), hit.prompted, count);
    this.#processors[hit.processor + 1] = (this.#processors[hit.processor + 1] ?? 0) + count;
    if (hit.again) {
      stack.repeats++;
      return;
    }
    this.bursts.count(stack.number, count);
    this.drivers.count(stack.driver, count);
    this.callers.count(stack.caller, count);
    const allocates = stack.operation === 'allocation' || stack.operation === 'pool';
    this.positions.add(stack.driver, hit.first.offset, count, allocates ? count : 0);
    const request = this.#requestReader.read(hit, registers);
    this.#take(stack, request, count);
    const block = registers?.get('block');
    if (block !== undefined) this.#listed(stack, block, request, last);
    const end = registers && stackPointer(registers);
    if (end && stack.operation !== 'free' && stack.operation !== 'other')
      this.addresses.enter(end.key, { stack: stack.number, bytes: request?.newestBytes ?? -1, at: { ...last } });
  }

  /** This is the newest hit, and the size among its arguments the newest one. */
  setNewest(hit: Hit, registers: Registers | undefined): void {
    const stack = this.#stacks.of(hit);
    if (hit.again || stack.operation === 'break-in') return;
    this.#newest = stack;
    const request = this.#requestReader.read(hit, registers);
    this.#newestRequest = request && { ...request, bytes: request.newestBytes };
    this.#newestPlace = { ...hit.last };
    this.#newestEntered = registers !== undefined && stackPointer(registers) !== undefined;
  }

  /**
   * What `r` printed. At the first instruction of the newest hit's function it tells the arguments;
   * when the target has gone on into a function of its stack, it tells what the allocator returned.
   * @param registers the ones just printed
   * @param all the ones that were printed at this stop
   * @param stands whether this is the stop of the newest hit
   */
  addRegisters(registers: Registers, all: Registers, stands: boolean, symbol: number): void {
    if (this.#returnedTo(all, this.tally.symbols.value(symbol))) return;
    const stack = this.#newest;
    if (!stack) return;
    const atStop = stands ? all : undefined;
    const known = this.#newestRequest?.from === 'registers' || atStop === undefined;
    const exact = known ? undefined : this.#requestReader.fromRegisters(atStop, symbol);
    if (exact) this.#replace(stack, this.#newestRequest, exact);
    else if (stack.operation !== 'free' && this.#isWithin(stack, this.tally.symbols.value(symbol)))
      this.#returned(stack, returnedAddress(registers));
  }

  /** A log of Driver Verifier tells the block. Its entries may be in either order, so that frees wait until it is over. */
  #listed(stack: AggregatedStack, block: bigint, request: PoolRequest | undefined, at: Readonly<LogPlace>): void {
    const address = addressKey(block);
    if (stack.operation === 'free') this.#owed.push(address);
    else if (stack.operation !== 'other')
      this.addresses.allocate(address, { stack: stack.number, bytes: request?.newestBytes ?? -1, at: { ...at } });
  }

  /** Frees that have waited. */
  settle(): void {
    for (const address of this.#owed.splice(0)) this.addresses.free(address);
  }

  /** What `breakpoint freed` lines say. */
  onFree(address: bigint): void {
    this.addresses.free(addressKey(address));
  }

  /** The allocator has returned, and the end of the stack tells from which hit. @returns whether that is all there is to say */
  #returnedTo(registers: Registers, place: string | undefined): boolean {
    const end = stackPointer(registers);
    const result = registers.has('rax') || registers.has('eax');
    if (!end || !result || (place !== undefined && !/\+0x[0-9a-f]+$/i.test(place))) return false;
    // Just these two are what is printed where frees are printed, too; a break of PoolHitTag has said where it is before.
    const alone = [...registers.keys()].filter((name) => !/^[er]ip$/.test(name)).length === 2;
    if (place === undefined && !alone) return false;
    const back = { stackPointer: end.key, wide: end.wide, address: returnedAddress(registers) ?? 0 };
    const known = this.addresses.returns(back);
    if (alone) this.addresses.watched = true;
    if (known) this.#newest = undefined;
    else if (alone) this.addresses.stray(back);
    return known || alone || this.#newestEntered;
  }

  #replace(stack: AggregatedStack, request: PoolRequest | undefined, exact: PoolRequest): void {
    if (request && request.bytes >= 0) {
      stack.bytes -= request.bytes;
      stack.sized--;
    }
    if (request) this.requests.count(request, -1);
    this.#newestRequest = exact;
    this.#take(stack, exact, 1);
  }

  /** The target stands in the middle of a function that the stack passes. */
  #isWithin({ frames }: AggregatedStack, symbol: string | undefined): boolean {
    const place = symbol && /^(.*)\+0x[0-9a-f]+$/i.exec(symbol)?.[1];
    return frames.some((number) => {
      const { module, symbol: name } = this.sites[number] as TableFrame;
      return `${module}!${name}` === place;
    });
  }

  #returned(stack: AggregatedStack, address: number | undefined): void {
    if (address === undefined || stack.operation === 'other') return;
    this.#newest = undefined;
    const at = this.#newestPlace && { at: this.#newestPlace };
    this.addresses.allocate(address, { stack: stack.number, bytes: this.#newestRequest?.bytes ?? -1, ...at });
  }

  /** Keeps so many stacks and drivers apart, and adds up the others. @returns the stacks that are kept, which the scanner may move */
  mergeRare(most: number): AggregatedStack[] {
    const { kept, moved, rows } = this.#stacks.mergeRare(most, this.#newest);
    this.addresses.renumber(moved);
    this.positions.renumber(rows);
    this.bursts.renumber(moved);
    this.#requestReader.forgetSites();
    return kept;
  }

  /** The scanner has moved stacks. */
  moved(stacks: readonly AggregatedStack[], to: readonly { readonly node: number; readonly index: number }[]): void {
    this.#stacks.moved(stacks, to);
  }

  byPosition(): Findings['positions'] {
    return this.positions.byDriver(this.drivers.names);
  }

  get processors(): Map<number, number> {
    return new Map(this.#processors.flatMap((hits, at) => (hits > 0 ? [[at - 1, hits] as const] : [])));
  }

  #take(stack: AggregatedStack, request: PoolRequest | undefined, count: number): void {
    if (!request) return;
    this.requests.count(request, count);
    if (stack.operation === 'free') {
      if (request.address > 0) this.addresses.free(request.address);
      if (request.bytes < 0) return;
      this.requests.freedBytes += request.bytes;
      this.requests.freedSized += count;
      return;
    }
    if (request.bytes < 0) return;
    stack.bytes += request.bytes;
    stack.sized += count;
  }
}
