/**
 * Compares what a kernel has counted with the stops that told of it: from the resume that first finds something armed to the first
 * that does not.
 */
export class HitWatch<Armed> {
  #open: { readonly armed: Armed; readonly counted: number; hits: number } | undefined;
  #lostBefore = 0;

  /** @param counted what the kernel has counted of it since its boot */
  constructor(private readonly counted: (armed: Armed) => number) {}

  /** The target goes on. @param armed a place, a tag; undefined = nothing is */
  resumed(armed: Armed | undefined): void {
    if (this.#open?.armed === armed) return;
    this.close();
    if (armed !== undefined) this.#open = { armed, counted: this.counted(armed), hits: 0 };
  }

  /** A stop: one less that may have been missed. */
  hit(): void {
    if (this.#open) this.#open.hits++;
  }

  /** What was counted while armed, and no stop told of. */
  get lost(): number {
    return this.#lostBefore + this.#lostNow();
  }

  close(): void {
    this.#lostBefore += this.#lostNow();
    this.#open = undefined;
  }

  #lostNow(): number {
    if (!this.#open) return 0;
    const { armed, counted, hits } = this.#open;
    return Math.max(0, this.counted(armed) - counted - hits);
  }
}
