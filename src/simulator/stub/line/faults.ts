import type { Random } from '../../random.js';

/** What goes wrong with the bytes of one direction; each is a chance per byte, 0…1. */
export interface LineFaults {
  readonly lose: number;
  readonly double: number;
  readonly flip: number;
  /** The byte, and all behind it, come later by `lateMs`. */
  readonly late: number;
  readonly lateMs: number;
}

/** Everything that goes wrong on demand. */
export interface Faults {
  readonly toTarget: LineFaults;
  readonly toHost: LineFaults;
  /** Chance that a packet goes out with the id of the one before it. */
  readonly staleId: number;
  /** The kernel thinks for so long before every reply, ms. */
  readonly replyDelayMs: number;
}

export const noLineFaults: LineFaults = { lose: 0, double: 0, flip: 0, late: 0, lateMs: 100 };
export const noFaults: Faults = { toTarget: noLineFaults, toHost: noLineFaults, staleId: 0, replyDelayMs: 0 };

/** A byte on its way, after what happens to it: none, one or two, and the delay of the line. */
export function afflict(faults: LineFaults, random: Random, byte: number): { bytes: number[]; lateMs: number } {
  if (hits(faults.lose, random)) return { bytes: [], lateMs: 0 };
  const flipped = hits(faults.flip, random) ? byte ^ (1 << Math.floor(random() * 8)) : byte;
  const bytes = hits(faults.double, random) ? [flipped, flipped] : [flipped];
  return { bytes, lateMs: hits(faults.late, random) ? faults.lateMs : 0 };
}

/** True when nothing goes wrong in that direction. */
export function isSound({ lose, double, flip, late }: LineFaults): boolean {
  return lose === 0 && double === 0 && flip === 0 && late === 0;
}

// A chance of 0 takes nothing from the source: switching one fault on does not move the others.
function hits(chance: number, random: Random): boolean {
  return chance > 0 && random() < chance;
}
