/**
 * What another read costs beyond its data, in bytes: a request, the reply's headers and two acknowledgements are 178, and both
 * sides' turning round takes as long as another hundred at 115200 baud.
 */
export const READ_OVERHEAD = 280;
/** Stacks remembered per place. */
const MEMORY = 24;
/** Places remembered; the oldest is forgotten. */
const PLACES = 4096;

/**
 * How many bytes of stack a walk will need: from the place it begins at, and, where the first read was too short, from the return
 * addresses it had come through by then, which tell paths of different depths apart. Learns from every walk.
 */
export class StackSizes {
  readonly #needed = new Map<bigint, number[]>();

  /** @param initial bytes read where nothing is known yet; also how much more */
  constructor(private readonly initial: number) {}

  /**
   * Bytes to read first for a stack that begins at a place.
   * @param spot the place together with where in its page the stack pointer stands: stacks end at a page, so it tells paths apart
   */
  first(place: bigint, spot?: bigint): number {
    return this.learnt(place, spot) ?? this.initial;
  }

  /** The same; undefined where no walk has begun yet. */
  learnt(place: bigint, spot?: bigint): number | undefined {
    const known = (spot === undefined ? undefined : this.#needed.get(spot)) ?? this.#needed.get(place);
    return cheapest(known ?? []);
  }

  /** Bytes from the stack pointer in all, when a walk by this path has come to the end of the `have` that are read. */
  more(path: bigint, have: number): number {
    const longer = (this.#needed.get(path) ?? []).filter((needed) => needed > have);
    return (
      cheapest(
        longer.map((needed) => needed - have),
        have,
      ) ?? have + this.initial
    );
  }

  learn(place: bigint, needed: number): void {
    const known = this.#needed.get(place);
    if (known) {
      known.push(needed);
      if (known.length > MEMORY) known.shift();
      return;
    }
    if (this.#needed.size >= PLACES) this.#needed.delete(this.#needed.keys().next().value as bigint);
    this.#needed.set(place, [needed]);
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
