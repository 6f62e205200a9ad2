import type { KnownStackCounts } from '../../kd-text/frames/known-stacks.js';
import type { Frame } from './frame.js';

/** Frames that a stack's beginning is to hold whole: the allocator, who called it, and who called that. */
const FRAMES_IN_BEGINNING = 3;
/** Bytes from the next frame's address that show the last one's arguments: its four home slots on x64. */
const LAST_WORDS = 0x20n;
/** A stack has begun so this often, and was read whole, before one is taken for the same. */
const TRUSTED_AFTER = 2;
/** One in so many is read whole all the same. */
const CHECKED = 16;
/** Places and beginnings that are remembered; the oldest is forgotten. */
const MOST_PLACES = 4096;
const MOST_BEGINNINGS = 64;
/** A frame so far from the stack pointer is on another stack: where that lies is not known. */
const SAME_STACK = 0x1_0000n;

interface Known {
  readonly frames: readonly Frame[];
  readonly sp: bigint;
  seen: number;
  /** Stacks that have begun so were of more than one kind: they are read whole from then on. */
  varies: boolean;
}

interface Place {
  /** Bytes from the stack pointer that hold the first frames of every stack seen from there. */
  bytes: number;
  turn: number;
  readonly byBeginning: Map<string, Known>;
}

/** A stack as it was taken: the frames from `from` on were not read. */
export interface TakenStack {
  readonly frames: Frame[];
  readonly from: number;
}

/**
 * Stacks that begin at one place of the code and one place of their page, with the same first callers: on a slow line, what was the
 * same every time before need not be read again.
 */
export class KnownStacks {
  readonly #places = new Map<bigint, Place>();
  readonly #counts = { taken: 0, checked: 0, different: 0 };

  get counts(): KnownStackCounts {
    return { ...this.#counts };
  }

  /**
   * How the next stack from a place is to be read.
   * @param spot the place and where in its page the stack pointer stands
   * @returns bytes of its beginning, undefined where nothing is known; and whether all of it is to be read, to check
   */
  next(spot: bigint): { readonly bytes: number | undefined; readonly check: boolean } {
    const place = this.#places.get(spot);
    if (!place) return { bytes: undefined, check: false };
    return { bytes: place.bytes, check: ++place.turn % CHECKED === 0 };
  }

  /** The whole stack behind a beginning; undefined where it has to be read. */
  take(spot: bigint, beginning: readonly Frame[], sp: bigint): TakenStack | undefined {
    const known = this.#trusted(spot, beginning);
    if (!known) return undefined;
    this.#counts.taken++;
    // The last frame of a beginning has not been walked out of.
    const from = Math.max(0, beginning.length - 1);
    const rest = known.frames.slice(from).map((frame) => moved(frame, known.sp, sp));
    return { frames: [...beginning.slice(0, from), ...rest], from };
  }

  /** How many bytes of this stack are its beginning. */
  bytesOf(frames: readonly Frame[], sp: bigint): number {
    const last = frames[Math.min(FRAMES_IN_BEGINNING, frames.length - 1)];
    const bytes = last === undefined ? 0n : last.frameAddress + LAST_WORDS - sp;
    return bytes > 0n && bytes < SAME_STACK ? Number(bytes) : 0;
  }

  /**
   * A stack was read whole.
   * @param beginning what its beginning of `bytes` bytes alone says
   */
  learn(
    spot: bigint,
    {
      beginning,
      frames,
      sp,
      bytes,
    }: { beginning: readonly Frame[]; frames: readonly Frame[]; sp: bigint; bytes: number },
  ): void {
    const place = this.#placeOf(spot, bytes);
    const trusted = this.#trusted(spot, beginning);
    const key = keyOf(beginning);
    const known = place.byBeginning.get(key);
    const same = known !== undefined && isSame(known.frames, frames);
    if (trusted) this.#counts.checked++;
    if (trusted && !same) this.#counts.different++;
    if (known) {
      known.seen++;
      known.varies ||= !same;
      return;
    }
    if (place.byBeginning.size >= MOST_BEGINNINGS) forgetFirst(place.byBeginning);
    place.byBeginning.set(key, { frames, sp, seen: 1, varies: false });
  }

  #trusted(spot: bigint, beginning: readonly Frame[]): Known | undefined {
    const known = this.#places.get(spot)?.byBeginning.get(keyOf(beginning));
    // One that is no longer than its beginning is not taken: it has been read.
    if (!known || known.varies || known.frames.length <= beginning.length) return undefined;
    return known.seen >= TRUSTED_AFTER ? known : undefined;
  }

  #placeOf(spot: bigint, bytes: number): Place {
    const known = this.#places.get(spot);
    if (known) return known;
    if (this.#places.size >= MOST_PLACES) forgetFirst(this.#places);
    const place: Place = { bytes, turn: 0, byBeginning: new Map() };
    this.#places.set(spot, place);
    return place;
  }
}

function keyOf(frames: readonly Frame[]): string {
  return frames.map(({ pc }) => pc.toString(16)).join(' ');
}

function isSame(one: readonly Frame[], other: readonly Frame[]): boolean {
  return one.length === other.length && one.every(({ pc }, at) => pc === other[at]?.pc);
}

/** A frame of a known stack, as far as it can be said of another: its arguments cannot. */
function moved(frame: Frame, from: bigint, to: bigint): Frame {
  const by = frame.frameAddress - from;
  const near = by >= 0n && by < SAME_STACK;
  const { trapFrame: _, ...rest } = frame;
  return { ...rest, frameAddress: near ? to + by : 0n, args: undefined };
}

function forgetFirst<Key>(map: Map<Key, unknown>): void {
  map.delete(map.keys().next().value as Key);
}
