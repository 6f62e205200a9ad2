/** A name and the hits that count for it. */
export interface Standing {
  readonly name: string;
  readonly hits: number;
}

/** Names by number, with how often each was counted. */
export class Tallies {
  readonly names: string[] = [];
  readonly counts: number[] = [];
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

  /** Most first; names in their order among equals; those that were never counted left out. */
  get ranked(): Standing[] {
    return this.names
      .map((name, row) => ({ name, hits: this.counts[row] as number }))
      .filter(({ hits }) => hits > 0)
      .sort((a, b) => b.hits - a.hits || (a.name < b.name ? -1 : 1));
  }

  get top(): Standing | undefined {
    let top: Standing | undefined;
    for (const [row, hits] of this.counts.entries()) {
      const name = this.names[row] as string;
      if (hits > 0 && (!top || hits > top.hits || (hits === top.hits && name < top.name))) top = { name, hits };
    }
    return top;
  }
}
