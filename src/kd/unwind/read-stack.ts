import { READ_OVERHEAD, type StackSizes } from './stack-sizes.js';

/** Reads memory; shorter than asked where the rest is not there. */
export type ReadMemory = (address: bigint, length: number) => Promise<Buffer>;

/** The stack as a walk sees it. */
export interface ReadStack {
  /** Undefined where not all of the bytes can be read. */
  read(address: bigint, length: number): Promise<Buffer | undefined>;
  /** The walk has come to the frame with this pc: what it reads from now on belongs to that. */
  entering(pc: bigint): void;
}

interface Piece {
  readonly start: bigint;
  bytes: Buffer;
  /** There is nothing more behind it. */
  ended: boolean;
}

/** What the walk asked for: where, how many bytes, and for the frame with which pc. */
interface Look {
  readonly at: bigint;
  readonly length: number;
  readonly pc: bigint;
}

/** Looks with no more between them than is rather read over than left out. */
interface Span {
  readonly first: Look;
  readonly start: bigint;
  readonly end: bigint;
}

/** Bytes that are rather read over than left out: about what another request costs. */
const GAP = 0x100n;
/** First read elsewhere: behind a large local array or a trap frame, on user mode's stack, on another interrupt stack. */
const ELSEWHERE = 0x180;
const PAGE = 0x1000n;
/** Windows maps nothing below: walks of system threads end at a stack pointer of 0. */
const FIRST_MAPPED = PAGE;
/** Bytes in front of it: what is saved below a return address is looked at after that. */
const IN_FRONT = 0x10n;
/** Bytes between two looks that are left out: what another read costs. */
const HOLE = BigInt(READ_OVERHEAD) + IN_FRONT;

/**
 * Stack memory of one walk, from as few bytes as possible: one read of the size that stacks from this place needed before, more
 * only when the walk comes to its end. What lies unused in a large frame, as in the trap frame of a system call, is left out where
 * another read costs less. No byte is asked for twice.
 */
export class StackReader implements ReadStack {
  readonly #pieces: Piece[] = [];
  readonly #edges: { readonly path: bigint; readonly at: bigint }[] = [];
  readonly #looks: Look[] = [];
  /** Stands for the pcs that the walk has come through. */
  #path = 0n;
  #pc = 0n;

  /**
   * @param pc,sp where the walk begins, and what its first read is predicted by
   * @param first bytes of the first read, if that is known
   */
  constructor(
    private readonly memory: ReadMemory,
    private readonly sizes: StackSizes,
    private readonly pc: bigint,
    private readonly sp: bigint,
    private readonly first?: number,
  ) {}

  entering(pc: bigint): void {
    this.#path = BigInt.asUintN(64, this.#path * 31n + pc);
    this.#pc = pc;
  }

  async read(address: bigint, length: number): Promise<Buffer | undefined> {
    if (address < FIRST_MAPPED) return undefined;
    // Also where that is not there: to know that takes asking for it.
    this.#looks.push({ at: address, length, pc: this.#pc });
    const end = address + BigInt(length);
    for (;;) {
      const piece = this.#pieceFor(address);
      if (piece) {
        const from = Number(address - piece.start);
        if (from + length <= piece.bytes.length) {
          return piece.bytes.subarray(from, from + length);
        }
        if (piece.ended) return undefined;
        await this.#grow(piece, end);
      } else await this.#begin(address, end);
    }
  }

  /** The walk is over: the next one from there reads what this one needed. */
  finish(): void {
    for (const span of spansOf(this.#looks)) {
      if (!this.#isMain(span.start)) {
        this.sizes.learn(behind(span.first.pc), Number(span.end - inFrontOf(span.first.at)));
        continue;
      }
      const needed = Number(span.end - this.sp);
      this.sizes.learn(this.pc, needed);
      this.sizes.learn(spotOf(this.pc, this.sp), needed);
      for (const { path, at } of this.#edges) if (at < span.end) this.sizes.learn(path, needed);
    }
  }

  /** The stack pointer's own surroundings, which the first read begins at. */
  #isMain(address: bigint): boolean {
    return address >= this.sp && address < this.sp + GAP;
  }

  /** The piece that holds the address, or ends so closely before it that it should grow there. */
  #pieceFor(address: bigint): Piece | undefined {
    let best: Piece | undefined;
    for (const piece of this.#pieces) if (piece.start <= address && (!best || piece.start > best.start)) best = piece;
    return best && address < endOf(best) + GAP ? best : undefined;
  }

  async #begin(address: bigint, end: bigint): Promise<void> {
    const first = this.#pieces.length === 0 && this.#isMain(address);
    const start = first ? this.sp : this.#below(address);
    const size = first
      ? (this.first ?? this.sizes.first(this.pc, spotOf(this.pc, this.sp)))
      : (this.sizes.learnt(behind(this.#pc)) ?? ELSEWHERE);
    const length = Math.max(Number(end - start), size);
    const piece = await this.#fetch(start, length);
    this.#pieces.push(piece);
    this.#join(piece);
  }

  /** A little below the address, but not within or below a piece that lies there. */
  #below(address: bigint): bigint {
    return this.#pieces.reduce(
      (start, piece) => (piece.start <= address && endOf(piece) > start ? endOf(piece) : start),
      inFrontOf(address),
    );
  }

  async #grow(piece: Piece, end: bigint): Promise<void> {
    const main = piece.start === this.sp;
    const have = piece.bytes.length;
    if (main) this.#edges.push({ path: this.#path, at: end });
    const wanted = main ? this.sizes.more(this.#path, have) - have : ELSEWHERE;
    const more = await this.#fetch(endOf(piece), Math.max(Number(end - endOf(piece)), wanted));
    piece.bytes = Buffer.concat([piece.bytes, more.bytes]);
    piece.ended = more.ended;
    this.#join(piece);
  }

  /** Reads up to where the next piece begins, if there is one. */
  async #fetch(start: bigint, length: number): Promise<Piece> {
    const until = this.#pieces.reduce(
      (least, { start: other }) => (other > start && other < least ? other : least),
      start + BigInt(length),
    );
    const asked = Number(until - start);
    const bytes = await this.memory(start, asked);
    return { start, bytes: bytes.subarray(0, asked), ended: bytes.length < asked };
  }

  #join(piece: Piece): void {
    const next = this.#pieces.findIndex(({ start }) => start === endOf(piece) && start !== piece.start);
    if (next < 0 || piece.ended) return;
    const [joined] = this.#pieces.splice(next, 1) as [Piece];
    piece.bytes = Buffer.concat([piece.bytes, joined.bytes]);
    piece.ended = joined.ended;
  }
}

/** A place and where in its page the stack pointer stands there, in one. */
export function spotOf(pc: bigint, sp: bigint): bigint {
  return BigInt.asUintN(64, pc * 31n * PAGE + (sp % PAGE));
}

/** Stands for what a frame with this pc reads apart from the rest; no other place in the kernel has that number. */
function behind(pc: bigint): bigint {
  return BigInt.asUintN(64, ~pc);
}

function inFrontOf(address: bigint): bigint {
  return address > IN_FRONT ? address - IN_FRONT : 0n;
}

/** In the order of their addresses; each with what was asked for first in it. */
function spansOf(looks: readonly Look[]): Span[] {
  const spans: Span[] = [];
  const order = new Map(looks.map((look, index) => [look, index]));
  const before = (one: Look, other: Look): boolean => (order.get(one) ?? 0) < (order.get(other) ?? 0);
  for (const look of looks.toSorted((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)))) {
    const end = look.at + BigInt(look.length);
    const last = spans.at(-1);
    if (!last || look.at >= last.end + HOLE) spans.push({ first: look, start: look.at, end });
    else
      spans[spans.length - 1] = {
        first: before(look, last.first) ? look : last.first,
        start: last.start,
        end: end > last.end ? end : last.end,
      };
  }
  return spans;
}

function endOf(piece: Piece): bigint {
  return piece.start + BigInt(piece.bytes.length);
}

/** A stack word as a number without sign; undefined where it cannot be read. */
export async function readWord(stack: ReadStack, address: bigint, bytes: 4 | 8): Promise<bigint | undefined> {
  const word = await stack.read(BigInt.asUintN(bytes * 8, address), bytes);
  if (!word) return undefined;
  return bytes === 8 ? word.readBigUInt64LE() : BigInt(word.readUInt32LE());
}

export async function readWords(
  stack: ReadStack,
  address: bigint,
  count: number,
  bytes: 4 | 8,
): Promise<bigint[] | undefined> {
  const block = await stack.read(BigInt.asUintN(bytes * 8, address), count * bytes);
  if (!block) return undefined;
  return Array.from({ length: count }, (_, index) =>
    bytes === 8 ? block.readBigUInt64LE(index * 8) : BigInt(block.readUInt32LE(index * 4)),
  );
}
