import type { Frame } from './frame.js';
import type { KnownStacks, TakenStack } from './known-stacks.js';
import { type ReadStack, type StackReader, spotOf } from './read-stack.js';

/** A walk that can be begun again over other memory. */
export interface Walk {
  readonly pc: bigint;
  readonly sp: bigint;
  /** Memory of the stack; with `first`, so many bytes of it are read at first. */
  reader(first?: number): StackReader;
  walk(stack: ReadStack): Promise<Frame[]>;
}

/**
 * Walks a stack of which no more is read than its beginning, where stacks that began so were always the same.
 * @returns its frames, and from which on they were not read: their number where all were
 */
export async function walkKnown(known: KnownStacks, { pc, sp, reader, walk }: Walk): Promise<TakenStack> {
  const spot = spotOf(pc, sp);
  const next = known.next(spot);
  const stack = reader(next.check ? undefined : next.bytes);
  const within = (bytes: number): Promise<Frame[]> => walk(onlyUpTo(sp + BigInt(bytes), stack));
  const begun = next.check || next.bytes === undefined ? undefined : await within(next.bytes);
  const taken = begun && known.take(spot, begun, sp);
  if (taken) return taken;
  const frames = await walk(stack);
  stack.finish();
  const bytes = next.bytes ?? known.bytesOf(frames, sp);
  known.learn(spot, { beginning: begun ?? (await within(bytes)), frames, sp, bytes });
  return { frames, from: frames.length };
}

function onlyUpTo(end: bigint, stack: ReadStack): ReadStack {
  return {
    read: async (address, length) => (address + BigInt(length) <= end ? stack.read(address, length) : undefined),
    entering: () => {},
  };
}
