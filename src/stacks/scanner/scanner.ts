import type { StackDialect } from '../../kd-text/frames/frame-dialects.js';
import { type FrameLayout, frameLayout } from '../../kd-text/frames/frames.js';
import { ACTION, type Action, type ScannerCode, startScanner } from './code.js';
import { FRAME_FLAGS } from './frame-number.js';
import { HIT_BYTES, ScannedHit } from './scanned-hit.js';
import { argumentPlaces, shapeBytes, writeShape } from './shape.js';

const SHAPE = { numbered: 8, width: 12, args: 20, steps: 48 } as const;
const NODE = { frame: 0, parent: 4, index: 20 } as const;
const NO_PROMPT = -2;
/** Behind the input, which never reaches so far. */
const DESK = 768 * 1024;
const DESK_BYTES = 4096;
const SHAPES_PER_DIALECT = 24;

/** A form of stack listing, as the scanner knows it. */
export interface KnownDialect {
  readonly at: number;
  readonly dialect: StackDialect;
  shapes: number;
}

/** What a line does, apart from being counted. */
export interface Doing {
  readonly action: Action;
  readonly dialect?: KnownDialect;
  /** Of its prompt; null if that names none, undefined if there is no prompt. */
  readonly processor?: number | null | undefined;
  /** The number of its text, for stops and places. */
  readonly number?: number;
}

/** The scanner with its memory: what TypeScript teaches it, and what it has found. */
export class Scanner {
  readonly code: ScannerCode = startScanner();
  readonly input = this.code.inputAt();
  /** Room for one line that is not in the log as it should be. */
  readonly #desk = this.input + DESK;
  readonly #dialects = new Map<string, KnownDialect>();
  readonly #byAddress = new Map<number, KnownDialect>();
  #root = this.code.node.value;
  #bytes = new Uint8Array(0);

  /** The scanner's memory; it moves when it grows, so it is asked for anew each time. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.code.memory.buffer) this.#bytes = new Uint8Array(this.code.memory.buffer);
    return this.#bytes;
  }

  /** No stack is open, or none with a frame. */
  get isEmpty(): boolean {
    return this.code.node.value === this.#root;
  }

  /** Bytes that a shape takes before the call site. */
  prefixOf(shape: number): number {
    return new DataView(this.code.memory.buffer).getUint32(shape, true);
  }

  /** The form of the stack that is open. */
  get open(): KnownDialect | undefined {
    return this.#byAddress.get(this.code.dialect.value);
  }

  dialect(of: StackDialect): KnownDialect {
    const key = `${of.columns.join()} ${of.width} ${of.colons} ${of.loose} ${of.either}`;
    const known = this.#dialects.get(key);
    if (known) return known;
    const made = { at: this.code.learnDialect(), dialect: of, shapes: 0 };
    this.#dialects.set(key, made);
    this.#byAddress.set(made.at, made);
    return made;
  }

  /**
   * Forgets all lines, call sites and stacks, to give their memory back; all hits must have been taken. The open stack stays.
   * @param kept stacks that are needed again
   * @returns where each of them is now, and its index
   */
  forget(kept: readonly number[]): { readonly node: number; readonly index: number }[] {
    const { code, open } = this;
    const stacks = kept.map((node) => this.#framesAt(node));
    const rest = this.#framesAt(code.node.value);
    code.forget();
    this.#dialects.clear();
    this.#byAddress.clear();
    this.#root = code.node.value;
    const moved = stacks.map((frames) => {
      const node = this.#plant(frames);
      return { node, index: this.#memory.getUint32(node + NODE.index, true) };
    });
    code.node.value = this.#plant(rest);
    if (open) code.dialect.value = this.dialect(open.dialect).at;
    return moved;
  }

  #plant(frames: readonly number[]): number {
    return frames.reduce((node, frame) => this.code.step(node, frame), this.#root);
  }

  get #memory(): DataView {
    return new DataView(this.code.memory.buffer);
  }

  /** Stacks so far; the one that is still being printed included. */
  get stacks(): number {
    return this.code.closed.value + (this.isEmpty ? 0 : 1);
  }

  /** A stack of this form begins at `at`; its header may stand behind a prompt. */
  beginStack(of: StackDialect, at: number, processor?: number): void {
    this.perform({ action: 'header', dialect: this.dialect(of), processor }, at);
  }

  perform(line: Doing, at: number): void {
    this.code.perform(ACTION[line.action], at, ...rest(line));
  }

  /** The line `[from, to)`, line end included, does this from now on. */
  learn(from: number, to: number, line: Doing): void {
    this.code.learnLine(from, to, ACTION[line.action], ...rest(line));
  }

  /** Where a line is that the log has otherwise: `shape` and `grow` look at it there. Undefined if it is too long. */
  lay(text: string): number | undefined {
    const bytes = Buffer.from(text);
    if (bytes.length > DESK_BYTES) return undefined;
    this.bytes.fill(0, this.#desk, this.#desk + DESK_BYTES + 32);
    this.bytes.set(bytes, this.#desk);
    return this.#desk;
  }

  /** The shape of the frame line at `at`, learned if it is new; 0 where it can have none. */
  shape(of: KnownDialect, at: number, text: string): number {
    const known = this.code.shapeAt(of.at, at);
    if (known || of.shapes >= SHAPES_PER_DIALECT) return known;
    const layout = frameLayout(text, of.dialect);
    // Bytes and characters are the same as long as both are ASCII.
    if (!layout || !this.#isAscii(at, text.slice(0, layout.site))) return 0;
    // kd's digits are lower-case: others are damage, which does not come again.
    if (/[A-F]/.test(text.slice(0, layout.digitsEnd))) return 0;
    of.shapes++;
    return this.#learnShape(of, at, layout);
  }

  #learnShape(of: KnownDialect, at: number, layout: FrameLayout): number {
    const shape = this.code.learnShape(of.at, layout.site);
    const steps = this.bytes.subarray(shape + SHAPE.steps, shape + SHAPE.steps + shapeBytes(layout.site));
    writeShape(this.bytes.subarray(at, at + layout.site), layout, steps);
    const view = new DataView(this.code.memory.buffer);
    view.setUint32(shape + SHAPE.numbered, layout.numberAt + 1, true);
    view.setUint32(shape + SHAPE.width, layout.argWidth, true);
    for (const [i, place] of argumentPlaces(layout).entries()) view.setInt32(shape + SHAPE.args + 4 * i, place, true);
    return shape;
  }

  /** The address of the newest frame of the open stack, or of its return, as its line begins with it; undefined if there is none. */
  get newestAddress(): bigint | undefined {
    if (this.isEmpty) return undefined;
    const at = this.code.lastFrameAt();
    const line = Buffer.from(this.bytes.subarray(at, at + 32)).toString('latin1');
    const digits = /^ *(?:[0-9a-f]{2,4} +)?([0-9a-f]{8}(?:`?[0-9a-f]{8})?)/i.exec(line)?.[1];
    return digits === undefined ? undefined : BigInt(`0x${digits.replace('`', '')}`);
  }

  /** The call site of the newest frame of the open stack, by number; undefined if there is none. */
  get newestSite(): number | undefined {
    if (this.isEmpty) return undefined;
    return new DataView(this.code.memory.buffer).getUint32(this.code.node.value + NODE.frame, true) >>> FRAME_FLAGS;
  }

  /** The numbers of the call sites of a stack, innermost first. */
  framesOf(node: number): number[] {
    return this.#framesAt(node).map((frame) => frame >>> FRAME_FLAGS);
  }

  /** The numbers of its frames, as `step` takes them. */
  #framesAt(node: number): number[] {
    const view = this.#memory;
    const frames: number[] = [];
    for (let at = node; ; ) {
      const parent = view.getUint32(at + NODE.parent, true);
      if (parent === 0) return frames.reverse();
      frames.push(view.getUint32(at + NODE.frame, true));
      at = parent;
    }
  }

  /**
   * Gives the hits that are closed and forgets them; the newest once more at the end, to `newest`.
   * Hits of one stack that differ in size and place only are one. It is one object that is filled anew for each.
   */
  take(each: (hit: ScannedHit) => void, newest: (hit: ScannedHit) => void): void {
    const count = this.code.hits.value;
    if (count === 0) return;
    const hit = new ScannedHit(this.code.memory.buffer);
    for (let i = 0; i < count; i++) {
      hit.read(this.code.hitsAt() + i * HIT_BYTES);
      each(hit);
    }
    hit.read(this.code.hitsAt() + this.code.newest.value * HIT_BYTES);
    newest(hit);
    this.code.taken();
  }

  #isAscii(at: number, text: string): boolean {
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== this.bytes[at + i]) return false;
    return true;
  }
}

function rest({ dialect, processor, number = 0 }: Doing): [number, number, number] {
  return [dialect?.at ?? 0, processor === undefined ? NO_PROMPT : (processor ?? -1), number];
}
