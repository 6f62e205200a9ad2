import { createRandom, type Random } from '../../random.js';
import { tagValue } from '../../tag-value.js';
import type { Kd, SimulatedBreakpoint, SimulatedStop } from '../kd.js';
import { Allocated } from './allocated.js';
import { createHitMaker, type HitMaker, hex16, poolHitSite, type SimulatedHit, watchedNames } from './hits.js';

/** The simulated Windows: what runs into which breakpoint, and when. */
export class Target {
  readonly hits: HitMaker;
  readonly allocated: Allocated;
  readonly #watched: readonly bigint[];
  readonly #tag: number;
  readonly #limit: number;
  #due = Number.POSITIVE_INFINITY;

  /** @param limit hits after which the leak stops */
  constructor(
    private readonly kd: Kd,
    private readonly random: Random,
    limit: number | undefined,
  ) {
    this.hits = createHitMaker(kd.scenario, kd.symbols, random);
    // Random numbers of its own: what is freed changes nothing of what is allocated.
    this.allocated = new Allocated(kd, createRandom(kd.scenario.seed + 1));
    this.#watched = watchedNames(kd.scenario).map((name) => kd.symbols.place(name));
    this.#tag = tagValue(kd.scenario.target.tag);
    this.#limit = limit ?? kd.scenario.hits.limit ?? Number.POSITIVE_INFINITY;
  }

  /** Hits that are left before the leak stops. */
  get left(): number {
    return this.#limit - this.kd.statistics.books.hits;
  }

  /** The planted address that allocations of the tag run into. */
  get trap(): bigint | undefined {
    const { planted } = this.kd.statistics.books.carried;
    return this.#watched.find((address) => planted.includes(hex16(address)));
  }

  /** Where the next allocation of the tag would stop; where a break-in stops when none would. */
  get trapSite(): string {
    return this.trap === undefined ? this.breakSite : this.kd.symbols.nameOf(this.trap);
  }

  /** True when the next allocation of the tag stops the target. */
  get hittable(): boolean {
    if (this.left <= 0) return false;
    return this.trap !== undefined || this.kd.statistics.books.target.pool_hit_tag === this.#tag;
  }

  /** The target runs from now on. */
  resumed(): void {
    this.#due = this.kd.clock.now() + this.kd.clock.real(this.interval() * (0.5 + this.random()));
  }

  /** Real milliseconds until the next hit; infinite when nothing would stop. */
  untilHit(): number {
    return this.hittable ? Math.max(0, this.#due - this.kd.clock.now()) : Number.POSITIVE_INFINITY;
  }

  /** Simulated milliseconds between two allocations of the tag. */
  interval(): number {
    const rate = this.kd.scenario.hits.per_second;
    return rate === 'max' ? 0 : 1000 / rate;
  }

  /** The stop that the next allocation makes. */
  nextHit(): { stop: SimulatedStop; hit: SimulatedHit } {
    const { trap } = this;
    if (trap === undefined) {
      const site = poolHitSite(this.kd.symbols.bits);
      const hit = this.hits.make(site);
      return { hit, stop: this.#stop('pool-hit', site, this.kd.symbols.place(site), hit) };
    }
    const breakpoint = this.kd.breakpoints.find((bp) => bp.enabled && bp.address === trap && !bp.literal);
    const ours = breakpoint !== undefined || this.kd.breakpoints.some((bp) => bp.literal && bp.address === trap);
    const site = this.kd.symbols.nameOf(trap);
    const hit = this.hits.make(site);
    return { hit, stop: this.#stop(ours ? 'hit' : 'orphan', site, trap, hit, breakpoint) };
  }

  /** The stop of a break-in or of code that stops by itself. */
  stopAt(reason: SimulatedStop['reason'], site: string): SimulatedStop {
    const address = this.kd.symbols.place(site);
    const zero = hex16(0n);
    const callers = this.kd.symbols.bits === 64 ? ['nt!KiIdleLoop+0x2c'] : ['nt!KiIdleLoop+0xa'];
    const sites = [site, ...callers];
    const frames = sites.map((text, index) => ({
      site: text,
      child: hex16(0xfffff80000b9cd98n + BigInt(index * 0x40)),
      ret: index + 1 < sites.length ? hex16(this.kd.symbols.place(sites[index + 1] ?? text)) : zero,
      args: [zero, zero, zero, zero],
      inline: false,
    }));
    return { reason, site, address, frames };
  }

  /** Where a break-in stops the target. */
  get breakSite(): string {
    const { kd } = this;
    const wide = kd.symbols.bits === 64;
    // Two names for the address of the int3: which one it is was measured. By exports it lies a little behind the one of them.
    if (kd.scenario.symbols.state !== 'full') return `nt!DbgBreakPointWithStatus+0x${wide ? 2 : 4}`;
    return wide && kd.engine === 'today' ? 'nt!DbgBreakPointWithStatus' : 'nt!RtlpBreakWithStatusInstruction';
  }

  #stop(
    reason: SimulatedStop['reason'],
    site: string,
    address: bigint,
    hit: SimulatedHit,
    breakpoint?: SimulatedBreakpoint,
  ): SimulatedStop {
    return { reason, site, address, frames: hit.frames, ...(breakpoint && { breakpoint }) };
  }
}
