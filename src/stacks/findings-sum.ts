import { Bursts } from './bursts.js';
import type { Findings, FoundStack, FoundStop, LogPlace } from './findings.js';
import { addKnownStacks } from './known-stacks.js';
import { LiveAddresses } from './live-addresses.js';
import { mergeKey } from './merge-stacks.js';
import { PositionBuckets } from './position-buckets.js';
import { LogModules } from './read/log-modules.js';
import { TimeMarks } from './read/time-marks.js';
import type { UnreadLine } from './read/unread.js';
import { CallSites, type TableFrame } from './stack-table.js';
import { Tallies } from './tallies.js';

const UNREAD = 1000;
const SUMS = [
  'bytes',
  'lines',
  'frames',
  'hits',
  'breakIns',
  'emptyStacks',
  'unreadTotal',
  'connections',
  'freedBytes',
  'freedSized',
] as const;

/** Where findings stand among others: in which log, and how many lines of that log came before. */
export interface Standpoint {
  readonly log: number;
  readonly lines: number;
}

/** Adds up findings: of the parts of a log, or of several logs, in their order. */
export class FindingsSum {
  readonly #sites = new CallSites();
  readonly #stacks: FoundStack[] = [];
  readonly #byFrames = new Map<string, FoundStack>();
  readonly #stops = new Map<string, FoundStop>();
  readonly #processors = new Map<number, number>();
  readonly #tags = new Map<number, number>();
  readonly #types = new Map<number, number>();
  readonly #sizesFrom = new Set<Findings['sizesFrom'][number]>();
  readonly #unread: UnreadLine[] = [];
  readonly #times = new TimeMarks();
  readonly #targets = new Set<string>();
  readonly #modules = new LogModules();
  readonly #addresses = new LiveAddresses();
  readonly #bursts = new Bursts();
  readonly #drivers = new Tallies();
  readonly #positions = new PositionBuckets();
  readonly #sums = {
    bytes: 0,
    lines: 0,
    frames: 0,
    hits: 0,
    breakIns: 0,
    emptyStacks: 0,
    unreadTotal: 0,
    connections: 0,
    freedBytes: 0,
    freedSized: 0,
  };
  #cutOff = false;
  #knownStacks: Findings['knownStacks'] = [];
  #encoding: Findings['encoding'] = 'plain';

  /** @param resolve gives a call site a better name, if there is one */
  add(
    next: Findings,
    at: Standpoint = { log: 0, lines: this.#sums.lines },
    resolve: (frame: TableFrame) => TableFrame = (frame) => frame,
  ): void {
    for (const key of SUMS) this.#sums[key] += next[key];
    const numbers = this.#addStacks(next, at, resolve);
    for (const stop of next.stops) this.#addStop(stop);
    addCounts(this.#processors, next.processors);
    addCounts(this.#tags, next.tags);
    addCounts(this.#types, next.types);
    for (const source of next.sizesFrom) this.#sizesFrom.add(source);
    for (const { line, text, log } of next.unread.slice(0, UNREAD - this.#unread.length))
      this.#unread.push({ log: at.log + log, line: line + at.lines, text });
    for (const mark of next.times) this.#times.add(mark);
    for (const target of next.targets) this.#targets.add(target);
    this.#modules.append(next.modules);
    this.#addresses.append(next.addresses, ({ stack, bytes, at: place }) => {
      const number = numbers[stack] as number;
      return { stack: number, bytes, ...(place && { at: moved(place, at) }) };
    });
    this.#bursts.append(next.bursts, (stack) => numbers[stack] as number);
    this.#addPositions(next.positions);
    this.#knownStacks = addKnownStacks(this.#knownStacks, ...next.knownStacks);
    this.#cutOff = next.cutOff;
    this.#encoding = next.encoding;
  }

  get findings(): Findings {
    return {
      ...this.#sums,
      cutOff: this.#cutOff,
      knownStacks: this.#knownStacks,
      encoding: this.#encoding,
      sites: this.#sites.sites,
      stacks: this.#stacks,
      stops: [...this.#stops.values()],
      processors: this.#processors,
      tags: this.#tags,
      types: this.#types,
      sizesFrom: [...this.#sizesFrom],
      unread: this.#unread,
      times: this.#times.all,
      targets: [...this.#targets],
      positions: this.#positions.byDriver(this.#drivers.names),
      addresses: this.#addresses,
      bursts: this.#bursts.all,
      modules: { places: this.#modules.places, exportsOnly: this.#modules.exportsOnly },
    };
  }

  /** @returns the new number of each of the stacks */
  #addStacks(next: Findings, at: Standpoint, resolve: (frame: TableFrame) => TableFrame): number[] {
    const sites = next.sites.map((site) => this.#sites.known(resolve(site)));
    return next.stacks.map((stack) => {
      const frames = stack.frames.map((site) => sites[site] as number);
      const { merged } = stack;
      const key = merged ? mergeKey(merged) : frames.join();
      const known = this.#byFrames.get(key);
      if (known) {
        known.count += stack.count;
        known.repeats += stack.repeats;
        known.stood += stack.stood;
        known.bytes += stack.bytes;
        known.sized += stack.sized;
        Object.assign(known.last, moved(stack.last, at));
        if (merged && known.merged) {
          known.merged.stacks += merged.stacks;
          known.merged.frames += merged.frames;
          known.merged.userMode &&= merged.userMode;
        }
        return known.number;
      }
      const { count, repeats, stood, bytes, sized } = stack;
      const places = { first: moved(stack.first, at), last: moved(stack.last, at) };
      const sums = { count, repeats, stood, bytes, sized, ...(merged && { merged: { ...merged } }) };
      const fresh = { number: this.#stacks.length, frames, ...sums, ...places };
      this.#byFrames.set(key, fresh);
      this.#stacks.push(fresh);
      return fresh.number;
    });
  }

  #addStop(stop: FoundStop): void {
    const key = JSON.stringify([stop.stop, stop.symbol, stop.prompted]);
    const known = this.#stops.get(key);
    if (known) known.hits += stop.hits;
    else this.#stops.set(key, { ...stop });
  }

  #addPositions({ width, drivers, counts }: Findings['positions']): void {
    this.#positions.widen(width);
    const rows = drivers.map((name) => this.#drivers.row(name));
    for (const { stretch, driver, hits, allocations } of counts)
      this.#positions.add(rows[driver] as number, stretch * width, hits, allocations);
  }
}

function moved(place: Readonly<LogPlace>, at: Standpoint): LogPlace {
  return { ...place, log: place.log + at.log, line: place.line + at.lines };
}

function addCounts(to: Map<number, number>, from: ReadonlyMap<number, number>): void {
  for (const [key, count] of from) to.set(key, (to.get(key) ?? 0) + count);
}
