import type { CallSite } from '../kd-text/frames.js';

/** A call site, once for all stacks that pass it. */
export interface TableFrame {
  /** As printed, e.g. `nt!ExAllocatePoolWithTag+0x2ba`. */
  readonly text: string;
  readonly module: string | null;
  readonly symbol: string | null;
  readonly offset: number | null;
}

/** One distinct stack and how often it was hit. */
export interface TableStack {
  readonly count: number;
  /** Bytes that its hits asked for, over the hits whose arguments told; `sized` is the number of those. */
  readonly bytes: number;
  readonly sized: number;
  /** Innermost first. */
  readonly frames: readonly TableFrame[];
  /** The number of the stack in the table. */
  readonly node: number;
}

/** No frame yet: what every stack grows from. */
export const ROOT = 0;
// Frames per table that the key of an edge has room for; nodes may be 2^31.
const FRAME_LIMIT = 2 ** 22;

/**
 * Interned stacks: text -> frame -> stack -> count. Stacks are a tree from the innermost frame outwards,
 * so memory follows the number of distinct stacks, whatever the number of hits.
 */
export class StackTable {
  readonly frames: TableFrame[] = [];
  readonly #byText = new Map<string, number>();
  readonly #parent: number[] = [-1];
  readonly #frame: number[] = [-1];
  readonly #count: number[] = [0];
  readonly #bytes: number[] = [0];
  readonly #sized: number[] = [0];
  readonly #newest: number[] = [0];
  readonly #edges = new Map<number, number>();

  /** The number of a call site; the same text is the same frame. */
  frame(of: CallSite): number {
    const text = textOf(of);
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    if (this.frames.length >= FRAME_LIMIT - 1) return this.#overflow();
    return this.#add({ text, module: of.module ?? null, symbol: of.symbol ?? null, offset: of.offset ?? null });
  }

  /** The stack that goes from `node` one frame outwards. */
  step(node: number, frame: number): number {
    const newest = this.#newest[node] as number;
    if (newest !== ROOT && this.#frame[newest] === frame) return newest;
    const edge = node * FRAME_LIMIT + frame;
    let next = this.#edges.get(edge);
    if (next === undefined) {
      next = this.#parent.length;
      this.#edges.set(edge, next);
      this.#parent.push(node);
      this.#frame.push(frame);
      this.#count.push(0);
      this.#bytes.push(0);
      this.#sized.push(0);
      this.#newest.push(ROOT);
    }
    this.#newest[node] = next;
    return next;
  }

  /** The stack that grew from `node` last time, which is the best guess for the next; `ROOT` if there was none. */
  expected(node: number): number {
    return this.#newest[node] as number;
  }

  /** The number of the outermost call site of the stack that ends at `node`; -1 at the root. */
  frameAt(node: number): number {
    return this.#frame[node] as number;
  }

  /** Counts a hit that ended at `node`; `bytes` is negative where the arguments did not tell. */
  count(node: number, bytes: number): void {
    this.#count[node] = (this.#count[node] as number) + 1;
    if (bytes < 0) return;
    this.#bytes[node] = (this.#bytes[node] as number) + bytes;
    this.#sized[node] = (this.#sized[node] as number) + 1;
  }

  /** Frames of a stack, innermost first. */
  framesOf(node: number): TableFrame[] {
    const frames: TableFrame[] = [];
    for (let at = node; at > ROOT; at = this.#parent[at] as number)
      frames.push(this.frames[this.#frame[at] as number] as TableFrame);
    return frames.reverse();
  }

  /** All stacks that were hit, most hits first; the earlier seen first among equals. */
  stacks(): TableStack[] {
    const hit = [...this.#count.keys()].filter((node) => (this.#count[node] as number) > 0);
    hit.sort((a, b) => (this.#count[b] as number) - (this.#count[a] as number) || a - b);
    return hit.map((node) => ({
      count: this.#count[node] as number,
      bytes: this.#bytes[node] as number,
      sized: this.#sized[node] as number,
      frames: this.framesOf(node),
      node,
    }));
  }

  #add(frame: TableFrame): number {
    this.#byText.set(frame.text, this.frames.length);
    return this.frames.push(frame) - 1;
  }

  /** Four million call sites is no stack text any more: the rest is counted, under a name that says so. */
  #overflow(): number {
    const text = '(more call sites than a table holds)';
    this.frames[FRAME_LIMIT - 1] = { text, module: null, symbol: null, offset: null };
    return FRAME_LIMIT - 1;
  }
}

/** The text as printed; only the parameter values that `kp` adds are left out, as they differ from hit to hit. */
function textOf({ site, module, symbol, offset }: CallSite): string {
  if (symbol === undefined || symbol.includes('(') || !site.includes('=')) return site;
  if (site.startsWith(`${module}!${symbol}(`))
    return `${module}!${symbol}${offset === undefined ? '' : `+0x${offset.toString(16)}`}`;
  return site;
}
