import type { StackSizes } from './stack-sizes.js';

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

/** Bytes that are rather read over than left out: about what another request costs. */
const GAP = 0x100n;
/** First read elsewhere: behind a large local array, on user mode's stack, on another interrupt stack. */
const ELSEWHERE = 0x180;
const PAGE = 0x1000n;
/** Windows maps nothing below: walks of system threads end at a stack pointer of 0. */
const FIRST_MAPPED = PAGE;
/** Bytes in front of it: what is saved below a return address is looked at after that. */
const IN_FRONT = 0x10n;

/**
 * Stack memory of one walk, from as few requests as possible: one read of the size that stacks from this place needed before,
 * more only when the walk comes to its end. No byte is asked for twice.
 */
export class StackReader implements ReadStack {
  readonly #pieces: Piece[] = [];
  readonly #edges: bigint[] = [];
  /** Stands for the pcs that the walk has come through. */
  #path = 0n;
  #needed = 0;

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
  }

  async read(address: bigint, length: number): Promise<Buffer | undefined> {
    if (address < FIRST_MAPPED) return undefined;
    const end = address + BigInt(length);
    for (;;) {
      const piece = this.#pieceFor(address);
      if (piece) {
        const from = Number(address - piece.start);
        // Also where that is not there: to know that takes asking for it.
        if (piece.start === this.sp) this.#needed = Math.max(this.#needed, from + length);
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
    if (this.#needed === 0) return;
    this.sizes.learn(this.pc, this.#needed);
    this.sizes.learn(spotOf(this.pc, this.sp), this.#needed);
    for (const edge of this.#edges) this.sizes.learn(edge, this.#needed);
  }

  /** The piece that holds the address, or ends so closely before it that it should grow there. */
  #pieceFor(address: bigint): Piece | undefined {
    let best: Piece | undefined;
    for (const piece of this.#pieces) if (piece.start <= address && (!best || piece.start > best.start)) best = piece;
    return best && address < endOf(best) + GAP ? best : undefined;
  }

  async #begin(address: bigint, end: bigint): Promise<void> {
    const first = this.#pieces.length === 0 && address >= this.sp && address < this.sp + GAP;
    const start = first ? this.sp : this.#below(address);
    const size = first ? (this.first ?? this.sizes.first(this.pc, spotOf(this.pc, this.sp))) : ELSEWHERE;
    const length = Math.max(Number(end - start), size);
    const piece = await this.#fetch(start, length);
    this.#pieces.push(piece);
    this.#join(piece);
  }

  /** A little below the address, but not within or below a piece that lies there. */
  #below(address: bigint): bigint {
    const low = address > IN_FRONT ? address - IN_FRONT : 0n;
    return this.#pieces.reduce(
      (start, piece) => (piece.start <= address && endOf(piece) > start ? endOf(piece) : start),
      low,
    );
  }

  async #grow(piece: Piece, end: bigint): Promise<void> {
    const main = piece.start === this.sp;
    const have = piece.bytes.length;
    if (main) this.#edges.push(this.#path);
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
