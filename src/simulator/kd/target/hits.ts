import type { StackFrame } from '../../../kd-text/frames/frames.js';
import { between, type Random, weighted } from '../../random.js';
import { tagValue } from '../../tag-value.js';
import type { Allocation, Scenario } from '../scenario/scenario.js';
import { specialPoolOf } from '../special-pool.js';
import type { SimulatedSymbols } from './symbol-table.js';

/** An allocation with the watched tag that ran into a breakpoint or PoolHitTag. */
export interface SimulatedHit {
  readonly frames: readonly StackFrame[];
  /** Module of the first frame that is neither nt nor hal. */
  readonly driver: string;
  readonly size: number;
  readonly fate: Pick<Allocation, 'freed' | 'held_ms'>;
}

/** Makes hits by the scenario's allocations, each with the chance of its weight. */
export interface HitMaker {
  /** @param site where the processor stands: the innermost frame */
  make(site: string): SimulatedHit;
}

export function createHitMaker(scenario: Scenario, symbols: SimulatedSymbols, random: Random): HitMaker {
  const tag = tagValue(scenario.target.tag);
  const allocations = scenario.allocations.length > 0 ? scenario.allocations : [noDriver];
  return {
    make(site) {
      const allocation = weighted(random, allocations);
      const size = allocation.sizes[between(random, 0, allocation.sizes.length - 1)] ?? 0x80;
      const sites = [site, ...callersOf(site, allocation, symbols.bits), ...allocation.stack];
      const child = (symbols.bits === 64 ? 0xfffff88002000000n : 0xf7a00000n) + BigInt(between(random, 0, 0xff) << 12);
      const words = argumentsOf(scenario, allocation, size, tag);
      const frames = sites.map((text, index) =>
        frameOf(text, sites[index + 1], child + BigInt(index * 0x50), words[index] ?? [], symbols, random),
      );
      return { frames, driver: driverOf(allocation.stack), size, fate: allocation };
    },
  };
}

const noDriver: Allocation = {
  weight: 1,
  sizes: [0x80],
  pool_type: 0,
  cold: false,
  freed: 0,
  held_ms: 2000,
  stack: ['nt!IopXxxControlFile+0x255', 'nt!NtDeviceIoControlFile+0x2a'],
};

/** Where allocations of the tag can be caught on their way, innermost first. */
export function watchedNames(scenario: Scenario): string[] {
  return [`nt!${scenario.target.special_pool}`, 'nt!ExAllocatePoolWithTag'];
}

/** The place of the int3 behind PoolHitTag: a cold block that kd cannot name well on x64. */
export function poolHitSite(bits: 32 | 64): string {
  return bits === 64 ? "nt! ?? ::FNODOBFM::`string'+0x24a2a" : 'nt!ExAllocatePoolWithTag+0x881';
}

function callersOf(site: string, allocation: Allocation, bits: 32 | 64): string[] {
  if (site.includes('ExAllocatePoolWithTag')) return [];
  if (bits === 64 && site.includes('::')) return [];
  if (allocation.cold && bits === 64) return ["nt! ?? ::FNODOBFM::`string'+0x2935c"];
  return [bits === 64 ? 'nt!ExAllocatePoolWithTag+0x7d1' : 'nt!ExAllocatePoolWithTag+0x5cf'];
}

// ExAllocatePoolWithTag takes (type, size, tag).
function argumentsOf(
  { target }: Scenario,
  { pool_type }: Allocation,
  size: number,
  tag: number,
): (readonly number[])[] {
  return [specialPoolOf(target.special_pool).arguments(size, tag, pool_type), [pool_type, size, tag, 0]];
}

function frameOf(
  text: string,
  caller: string | undefined,
  child: bigint,
  words: readonly number[],
  symbols: SimulatedSymbols,
  random: Random,
): StackFrame {
  const scratch = (): number => (random() < 0.3 ? 0 : between(random, 0x10, 0x7fffffff));
  const args = [0, 1, 2, 3].map((at) => hex16(BigInt(words[at] ?? scratch())));
  const ret = caller === undefined ? 0n : addressOf(caller, symbols);
  return { site: text, child: hex16(child), ret: hex16(ret), args, inline: false };
}

function addressOf(site: string, symbols: SimulatedSymbols): bigint {
  const bare = /^0x([0-9a-f`]+)$/i.exec(site)?.[1];
  return bare === undefined ? symbols.place(site) : BigInt(`0x${bare.replace('`', '')}`);
}

export function driverOf(stack: readonly string[]): string {
  const modules = stack.map((site) => /^([\w.$]+)(?:!|\+0x|$)/.exec(site)?.[1] ?? '');
  return modules.find((module) => module !== '' && !/^(?:nt|hal|verifier|0x[0-9a-f]+)$/i.test(module)) ?? 'nt';
}

/** An address as `kd-text` keeps it. */
export function hex16(address: bigint): string {
  return address.toString(16).padStart(16, '0');
}
