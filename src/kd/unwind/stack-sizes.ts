/** Bytes on the wire that another read costs beyond its data: a request, its acknowledgement, the reply's headers. */
const READ_OVERHEAD = 180;
/** Stacks remembered per place. */
const MEMORY = 24;
/** Places remembered; the oldest is forgotten. */
const PLACES = 4096;

/**
 * How many bytes of stack a walk will need: from the place it begins at, and, where the first read was too short, from the return
 * address it had come to by then, which tells paths of different depths apart. Learns from every walk.
 */
export class StackSizes {
  readonly #needed = new Map<bigint, number[]>();

  /** @param initial bytes read where nothing is known yet; also how much more */
  constructor(private readonly initial: number) {}

  /** Bytes to read first for a stack that begins at this pc. */
  first(pc: bigint): number {
    return cheapest(this.#needed.get(pc) ?? []) ?? this.initial;
  }

  /** Bytes from the stack pointer in all, when the frame of this pc lies at the end of the `have` that are read. */
  more(pc: bigint, have: number): number {
    const longer = (this.#needed.get(pc) ?? []).filter((needed) => needed > have);
    return (
      cheapest(
        longer.map((needed) => needed - have),
        have,
      ) ?? have + this.initial
    );
  }

  learn(pc: bigint, needed: number): void {
    const known = this.#needed.get(pc);
    if (known) {
      known.push(needed);
      if (known.length > MEMORY) known.shift();
      return;
    }
    if (this.#needed.size >= PLACES) this.#needed.delete(this.#needed.keys().next().value as bigint);
    this.#needed.set(pc, [needed]);
  }
}

/** The size that would have cost least for those needs, were what is missing read in one more go. */
function cheapest(needs: readonly number[], base = 0): number | undefined {
  let best: { readonly size: number; readonly cost: number } | undefined;
  for (const size of new Set(needs)) {
    const cost = needs.reduce((sum, need) => sum + size + (need > size ? need - size + READ_OVERHEAD : 0), 0);
    if (!best || cost < best.cost) best = { size, cost };
  }
  return best && best.size + base;
}
