import type { Random } from '../../random.js';
import type { Kd, SimulatedStop } from '../kd.js';
import { specialPoolOf } from '../special-pool.js';
import { hex16, type SimulatedHit } from './hits.js';

interface Held {
  readonly address: bigint;
  /** When it is freed, in real milliseconds. */
  readonly at: number;
}

/** The heap that frees of the segment heap name first. */
const HEAP = 0xfffffa8000000000n;
/** What the allocator's `ret` takes off the stack: its return address, and on x86 its four arguments (stdcall). */
const TAKEN = { 32: 20n, 64: 8n } as const;

/** What became of the allocations that stopped the target: their return from the allocator, and their frees. */
export class Allocated {
  #returning: SimulatedStop | undefined;
  readonly #held: Held[] = [];
  readonly #vacant: bigint[] = [];

  constructor(
    private readonly kd: Kd,
    private readonly random: Random,
  ) {}

  /** The allocator goes on after its breakpoint, which stood at its first instruction. */
  goesOn(stop: SimulatedStop, { size, fate, frames }: SimulatedHit): void {
    const { kd } = this;
    const { bits } = kd.symbols;
    const caller = frames[1];
    if (!caller || (!this.#freeTrap && !this.#trapAt(wordOf(frames[0]?.ret)))) return;
    const page =
      this.#vacant.pop() ??
      (bits === 64 ? 0xfffff8a004000000n : 0xe1000000n) + 0x2000n * BigInt(kd.statistics.books.hits);
    // The end of the block is the end of its page, so that an overrun hits the next.
    const address = page + 0x1000n - ((BigInt(size) + 15n) & ~15n);
    const sp = wordOf(frames[0]?.child) + TAKEN[bits];
    const registers = { [bits === 64 ? 'rax' : 'eax']: address, [bits === 64 ? 'rsp' : 'esp']: sp };
    const place = { site: caller.site, address: wordOf(frames[0]?.ret), frames: frames.slice(1) };
    this.#returning = { reason: stop.reason, ...place, registers };
    if (this.random() >= fate.freed) return;
    this.#held.push({ address, at: kd.clock.now() + kd.clock.real(fate.held_ms * (0.5 + this.random())) });
    this.#held.sort((a, b) => a.at - b.at);
  }

  /** Real milliseconds until one of them stops the target. */
  get untilStop(): number {
    if (this.#returning) return 0;
    const [next] = this.#held;
    return next && this.#freeTrap ? Math.max(0, next.at - this.kd.clock.now()) : Number.POSITIVE_INFINITY;
  }

  /** The next of these stops, if it is due; nothing where no breakpoint stands in its way. */
  take(): SimulatedStop | undefined {
    const returning = this.#returning;
    this.#returning = undefined;
    if (returning) return this.#trapped(returning);
    const [next] = this.#held;
    if (!next || next.at > this.kd.clock.now()) return undefined;
    this.#held.shift();
    this.#vacant.push(next.address & ~0xfffn);
    return this.#trapped(this.#freeing(next.address));
  }

  /** The target was reset. */
  forget(): void {
    this.#returning = undefined;
    this.#held.length = 0;
    this.#vacant.length = 0;
  }

  get #freeTrap(): boolean {
    return this.#trapAt(this.kd.symbols.place(this.#free)) !== undefined;
  }

  #trapAt(address: bigint) {
    return this.kd.breakpoints.find((bp) => bp.enabled && bp.address === address);
  }

  #trapped(stop: SimulatedStop): SimulatedStop | undefined {
    const breakpoint = this.#trapAt(stop.address);
    return breakpoint && { ...stop, breakpoint };
  }

  #freeing(block: bigint): SimulatedStop {
    const { bits, place } = this.kd.symbols;
    const sp = bits === 64 ? 0xfffff88002000000n : 0xf7a00000n;
    const { freeCaller: site, address: second } = specialPoolOf(this.kd.scenario.target.special_pool);
    const given = second === 1 ? [HEAP, block] : [block, 0n];
    const args = [...given, 0n, 0n].map(hex16);
    const ret = hex16(place(site));
    const child = hex16(sp);
    const frames = [
      { site: this.#free, child, ret, args, inline: false },
      { site, child, ret: hex16(0n), args, inline: false },
    ];
    const registers = bits === 64 ? { rcx: given[0] as bigint, rdx: given[1] as bigint, rsp: sp } : { esp: sp };
    return { reason: 'hit', site: this.#free, address: place(this.#free), frames, registers };
  }

  /** Where frees of the tag can be caught. */
  get #free(): string {
    return `nt!${specialPoolOf(this.kd.scenario.target.special_pool).free}`;
  }
}

function wordOf(digits: string | undefined): bigint {
  return BigInt(`0x${digits ?? '0'}`);
}
