import type { BurstMark } from '../kd-text/burst-marks.js';

/** Bursts that are kept apart; beyond them, neighbours are added up. */
const MOST = 4096;

/** What was seen from the mark that begins a burst to the next one. Times are milliseconds. */
export interface FoundBurst {
  /** How many it is the sum of: none for what comes before the first mark. */
  bursts: number;
  /** Hits that it let go before its first stack. */
  passed: number;
  /** The target ran with nothing set, before it and behind the last one. */
  pausedMs: number;
  /** It ran and stood within it; 0 where the mark at its end is missing. */
  ranMs: number;
  stoodMs: number;
  /** Hits by the number of their stack. */
  readonly hits: ReadonlyMap<number, number>;
}

type OpenBurst = FoundBurst & { readonly hits: Map<number, number> };

/** The hits of a log that were collected in bursts, burst by burst: what comes together belongs together, and is no two samples. */
export class Bursts {
  #all: OpenBurst[] = [emptyBurst(0)];
  #marks = 0;

  /** In order, with what comes before the first mark; empty where the log has no marks. */
  get all(): readonly FoundBurst[] {
    return this.#marks === 0 ? [] : this.#all;
  }

  count(stack: number, by: number): void {
    const { hits } = this.#last;
    hits.set(stack, (hits.get(stack) ?? 0) + by);
  }

  mark(mark: BurstMark): void {
    this.#marks++;
    if (mark.mark === 'begins') this.#begin({ ...emptyBurst(1), pausedMs: mark.pausedMs, passed: mark.passed });
    else if (mark.mark === 'end') this.#last.pausedMs += mark.pausedMs;
    else {
      this.#last.ranMs += mark.ranMs;
      this.#last.stoodMs += mark.stoodMs;
    }
  }

  /** The stacks have other numbers. */
  renumber(stacks: readonly number[]): void {
    this.#all = this.#all.map((burst) => renumbered(burst, (stack) => stacks[stack] as number));
  }

  /** What comes behind: what stands before the first mark there belongs to the last burst here. */
  append(next: readonly FoundBurst[], numberOf: (stack: number) => number): void {
    if (next.length > 0) this.#marks++;
    for (const each of next) {
      const burst = renumbered(each, numberOf);
      if (burst.bursts === 0) join(this.#last, burst);
      else this.#begin(burst);
    }
  }

  get #last(): OpenBurst {
    return this.#all.at(-1) as OpenBurst;
  }

  #begin(next: OpenBurst): void {
    this.#all.push(next);
    if (this.#all.length <= MOST) return;
    const [before, ...bursts] = this.#all;
    const pairs = before ? [before] : [];
    for (const [at, burst] of bursts.entries()) {
      const first = pairs.at(-1);
      if (at % 2 === 1 && first) join(first, burst);
      else pairs.push(burst);
    }
    this.#all = pairs;
  }
}

function emptyBurst(bursts: number): OpenBurst {
  return { bursts, passed: 0, pausedMs: 0, ranMs: 0, stoodMs: 0, hits: new Map() };
}

function join(to: OpenBurst, from: FoundBurst): void {
  to.bursts += from.bursts;
  to.passed += from.passed;
  to.pausedMs += from.pausedMs;
  to.ranMs += from.ranMs;
  to.stoodMs += from.stoodMs;
  for (const [stack, hits] of from.hits) to.hits.set(stack, (to.hits.get(stack) ?? 0) + hits);
}

function renumbered(burst: FoundBurst, numberOf: (stack: number) => number): OpenBurst {
  const hits = new Map<number, number>();
  for (const [stack, count] of burst.hits) hits.set(numberOf(stack), (hits.get(numberOf(stack)) ?? 0) + count);
  return { ...burst, hits };
}
