import { formatStack } from '../../../kd-text/frames/frames.js';
import { dialectFor } from '../commands/stack.js';
import type { Kd, SimulatedBreakpoint } from '../kd.js';
import { seenStack } from '../scenario/known-names.js';
import type { HitMaker, SimulatedHit } from './hits.js';

/** Hits printed ahead: a flood writes the same bytes again and again, as fast as its reader takes them. */
export interface FloodBlock {
  readonly count: number;
  /** The bytes of the first `count` hits. */
  bytes(count: number): Buffer;
  /** Hits per driver among the first `count`. */
  drivers(count: number): Map<string, number>;
}

const hitsPerBlock = 512;

/** The stack command of a command string that shows the stack and goes on, and nothing else; undefined for any other. */
export function stackAndGo(command: string | undefined): string | undefined {
  return /^[\s;]*(k[bvnpc]*)\s*;\s*g[\s;]*$/.exec(command ?? '')?.[1];
}

export function buildFloodBlock(kd: Kd, hits: HitMaker, breakpoint: SimulatedBreakpoint, word: string): FloodBlock {
  const dialect = dialectFor(kd, word);
  const made = Array.from({ length: hitsPerBlock }, () => hits.make(breakpoint.symbol));
  const texts = made.map((hit) => {
    const lines = formatStack(seenStack(kd, hit.frames).frames.slice(0, 0x14), dialect);
    return kd.console.encode(`${lines.join('\n')}\n`);
  });
  const all = Buffer.concat(texts);
  const ends: number[] = [];
  for (const text of texts) ends.push((ends[ends.length - 1] ?? 0) + text.length);
  const count = (some: number): Map<string, number> => countDrivers(made.slice(0, some));
  const whole = count(hitsPerBlock);
  return {
    count: hitsPerBlock,
    bytes: (some) => (some === hitsPerBlock ? all : all.subarray(0, ends[some - 1] ?? 0)),
    drivers: (some) => (some === hitsPerBlock ? whole : count(some)),
  };
}

function countDrivers(hits: readonly SimulatedHit[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { driver } of hits) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
}
