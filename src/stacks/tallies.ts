/** A name and the hits that count for it. */
export interface RankedName {
  readonly name: string;
  readonly hits: number;
}

/** Names by number, with how often each was counted. */
export class Tallies {
  names: string[] = [];
  counts: number[] = [];
  #rest = -1;
  readonly #rows = new Map<string, number>();

  row(name: string): number {
    const known = this.#rows.get(name);
    if (known !== undefined) return known;
    this.#rows.set(name, this.names.length);
    this.counts.push(0);
    return this.names.push(name) - 1;
  }

  count(row: number, by: number): void {
    this.counts[row] = (this.counts[row] as number) + by;
  }

  /**
   * Keeps the counts of these rows apart, and adds up the others as one row with this name.
   * @returns the new number of each row
   */
  keep(rows: ReadonlySet<number>, rest: string): number[] {
    const { names, counts } = this;
    this.names = [];
    this.counts = [];
    this.#rows.clear();
    const moved = names.map((name, row) => this.row(rows.has(row) ? name : rest));
    this.#rest = this.#rows.get(rest) ?? -1;
    for (const [row, count] of counts.entries()) this.count(moved[row] as number, count);
    return moved;
  }

  /** The rows with most. */
  largest(most: number): number[] {
    return [...this.counts.keys()]
      .sort((a, b) => (this.counts[b] as number) - (this.counts[a] as number))
      .slice(0, most);
  }

  /** Most first; names in their order among equals; those that were never counted left out. */
  get ranked(): RankedName[] {
    return this.names
      .map((name, row) => ({ name, hits: this.counts[row] as number }))
      .filter(({ hits }) => hits > 0)
      .sort((a, b) => b.hits - a.hits || (a.name < b.name ? -1 : 1));
  }

  /** The name with most, but for what is not kept apart. */
  get top(): RankedName | undefined {
    let top: RankedName | undefined;
    for (const [row, hits] of this.counts.entries()) {
      const name = this.names[row] as string;
      if (row !== this.#rest && hits > 0 && (!top || hits > top.hits || (hits === top.hits && name < top.name)))
        top = { name, hits };
    }
    return top;
  }
}
