import type { LogPlace } from '../../stacks/findings.js';
import type { AddressFindings } from '../../stacks/live-addresses.js';

/** What the allocations of one stack that are still there add up to. */
export interface OutstandingBlocks {
  readonly sums: { count: number; bytes: number; sized: number };
  oldest: Readonly<LogPlace> | undefined;
}

/** What is still there, by the number of its stack. */
export function outstandingByStack({ live }: AddressFindings): Map<number, OutstandingBlocks> {
  const held = new Map<number, OutstandingBlocks>();
  for (const { stack, bytes, at } of live.values()) {
    const known = held.get(stack) ?? { sums: { count: 0, bytes: 0, sized: 0 }, oldest: undefined };
    held.set(stack, known);
    known.sums.count++;
    if (at && (!known.oldest || isBefore(at, known.oldest))) known.oldest = at;
    if (bytes < 0) continue;
    known.sums.bytes += bytes;
    known.sums.sized++;
  }
  return held;
}

function isBefore(a: Readonly<LogPlace>, b: Readonly<LogPlace>): boolean {
  return a.log - b.log < 0 || (a.log === b.log && a.offset < b.offset);
}
