import type { LineQuality } from '../wire/line-quality.js';
import { API, MAX_DATA } from './api.js';
import type { Architecture, RegisterPlace } from './architecture.js';
import { registerBytes, unsigned, witnessesOf } from './context-bytes.js';
import { MemoryCache } from './memory-cache.js';
import { ask, type Wire } from './requests.js';

// Registers of the processors, read and written piece by piece, and kept for the length of a stop. No unwinding is done here.

const NOTHING = Buffer.alloc(0);
/** Times that a register is written on a bad line before that is given up. */
const ATTEMPTS = 10;

/** How far a target's GetContextEx and SetContextEx can be trusted; found out when they are first needed. */
type Partial = 'untried' | 'works' | 'no';

/**
 * The registers of the processor that stopped. Only the bytes that are asked for travel, where the target can do that:
 * a whole CONTEXT costs 1.4 KB on x64.
 */
export class Contexts {
  readonly #all = new Map<number, MemoryCache>();
  #known = new MemoryCache();
  #reading: Partial = 'untried';
  #writing: Partial = 'untried';
  /** SetContext is refused until the context has been asked for in this stop. */
  #unlocked = false;
  #processor = 0;

  constructor(
    private readonly wire: Wire,
    private readonly architecture: Architecture,
    private readonly quality: LineQuality,
  ) {}

  /** Another stop: nothing is known any more. */
  stopped(processor: number): void {
    this.#all.clear();
    this.#unlocked = false;
    this.select(processor);
  }

  /** The processor that stopped is believed to stand where its report says. */
  standsAt(pc: bigint): void {
    const { offset, bytes } = this.#place(this.architecture.pc);
    this.#known.put(BigInt(offset), registerBytes(pc, bytes));
  }

  /** Looks at another processor; what is known of the present one is kept. */
  select(processor: number): void {
    this.#processor = processor;
    this.#known = this.#all.get(processor) ?? new MemoryCache();
    this.#all.set(processor, this.#known);
  }

  /** The value of one register, unsigned. @throws Error for a name that the CONTEXT has not */
  async get(name: string): Promise<bigint> {
    const place = this.#place(name);
    return unsigned(await this.slice(place.offset, place.bytes));
  }

  /** The value of a register that has been asked for, or set, in this stop. */
  peek(name: string): bigint | undefined {
    const place = this.#place(name);
    const known = this.#known.get(BigInt(place.offset), place.bytes);
    return known && unsigned(known);
  }

  /** All registers that `r` shows, by name. */
  async general(): Promise<ReadonlyMap<string, bigint>> {
    const { offset, bytes } = this.architecture.general;
    const slice = await this.slice(offset, bytes);
    const found = new Map<string, bigint>();
    for (const [name, place] of this.architecture.registers)
      found.set(name, unsigned(slice.subarray(place.offset - offset, place.offset - offset + place.bytes)));
    return found;
  }

  /** Sets registers. Those that stand side by side travel together. */
  async set(values: Readonly<Record<string, bigint>>): Promise<void> {
    const pieces: { readonly offset: number; bytes: Buffer }[] = [];
    const written = Object.entries(values).map(([name, value]) => ({ ...this.#place(name), value }));
    for (const { offset, bytes, value } of written.sort((a, b) => a.offset - b.offset)) {
      const last = pieces.at(-1);
      if (last && last.offset + last.bytes.length === offset)
        last.bytes = Buffer.concat([last.bytes, registerBytes(value, bytes)]);
      else pieces.push({ offset, bytes: registerBytes(value, bytes) });
    }
    for (const { offset, bytes } of pieces) await this.#write(offset, bytes);
  }

  /** A part of the CONTEXT record, bytes. */
  async slice(offset: number, bytes: number): Promise<Buffer> {
    const known = this.#known.get(BigInt(offset), bytes);
    if (known) return known;
    const answer = this.#reading === 'no' ? NOTHING : await this.#getCertain(offset, bytes);
    if (answer.length < bytes) {
      if (!this.quality.isDegraded) this.#reading = 'no';
      return (await this.#whole()).subarray(offset, offset + bytes);
    }
    this.#reading = 'works';
    this.#known.put(BigInt(offset), answer);
    return answer;
  }

  /** A refusal is believed when the target has never done it before, and the line shows no errors. */
  async #getCertain(offset: number, bytes: number): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.quality.readVerified(() => this.#getEx(offset, bytes));
      if (answer.length === bytes || attempt === ATTEMPTS) return answer;
      if (this.#reading !== 'works' && !this.quality.isDegraded) return NOTHING;
    }
  }

  /** Gives nothing where the target cannot do it. */
  async #getEx(offset: number, bytes: number): Promise<Buffer> {
    const answer = await ask(this.wire, {
      api: API.getContextEx,
      processor: this.#processor,
      fields: [
        [16, offset],
        [20, bytes],
      ],
    });
    if (!answer.ok || answer.data.length < bytes) return NOTHING;
    this.#unlocked = true;
    return answer.data.subarray(0, bytes);
  }

  /** The whole record, as long as the target makes it. */
  async #whole(): Promise<Buffer> {
    const known = this.#known.get(0n, this.architecture.contextBytes);
    if (known) return known;
    const context = await this.quality.readVerified(() => this.#getWhole());
    this.#known.put(0n, context);
    return context;
  }

  async #getWhole(): Promise<Buffer> {
    const answer = await ask(this.wire, { api: API.getContext, processor: this.#processor });
    if (!answer.ok || answer.data.length < this.architecture.contextBytes)
      throw new Error(`The target does not give its registers (status ${hex(answer.status)}).`);
    this.#unlocked = true;
    return answer.data;
  }

  async #write(offset: number, bytes: Buffer): Promise<void> {
    const { general } = this.architecture;
    const wanted = this.quality.isDegraded ? await this.#generalWith(offset, bytes) : undefined;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      // The second time everything is put right: what came damaged may have set another register.
      if (wanted && attempt > 0) await this.#set(general.offset, wanted);
      else await this.#set(offset, bytes);
      if (!this.quality.isDegraded) return;
      // What a bad line made of it is looked at before the target runs on it.
      this.#known.clear();
      const whole = await this.#generalWith(offset, bytes);
      const isRight = (await this.slice(offset, bytes.length)).equals(bytes);
      if (isRight && (!wanted || whole.equals(wanted))) return;
    }
    throw new Error('The line is too bad to set a register: what is read back is never what was written.');
  }

  async #set(offset: number, bytes: Buffer): Promise<void> {
    if (this.#writing === 'untried') await this.#tryWriting(offset, bytes);
    else if (this.#writing === 'works') await this.#setEx(offset, bytes);
    else await this.#setWhole(offset, bytes);
  }

  /** All general registers, with those bytes among them. */
  async #generalWith(offset: number, bytes: Buffer): Promise<Buffer> {
    const { general, contextFlags } = this.architecture;
    const all = Buffer.from(await this.slice(general.offset, general.bytes));
    all.set(bytes, offset - general.offset);
    // What a record holds of them is the target's own affair.
    const flags = contextFlags.offset - general.offset;
    if (flags >= 0) all.writeUInt32LE(contextFlags.all, flags);
    return all;
  }

  /**
   * The first partial write of a session proves itself: Windows stages parts and commits the last one. Whether a part alone leaves
   * the other registers as they were is read back before the target may run on it; where it does not, all of them are put back.
   */
  async #tryWriting(offset: number, bytes: Buffer): Promise<void> {
    const { general } = this.architecture;
    const wanted = await this.#generalWith(offset, bytes);
    const set = await this.#setEx(offset, bytes);
    this.#known.clear();
    const { from, to } = witnessesOf(this.architecture, wanted, offset, offset + bytes.length);
    const after = set ? await this.quality.readVerified(() => this.#getEx(from, to - from)) : NOTHING;
    this.#writing = after.equals(wanted.subarray(from - general.offset, to - general.offset)) ? 'works' : 'no';
    this.#known.put(BigInt(general.offset), wanted);
    if (this.#writing === 'no') await this.#setWhole(general.offset, wanted);
  }

  /** Gives false when the target refuses. */
  async #setEx(offset: number, bytes: Buffer): Promise<boolean> {
    // Asking for nothing is the cheapest way to unlock.
    if (!this.#unlocked) await this.#getEx(0, 0);
    const answer = await ask(this.wire, {
      api: API.setContextEx,
      processor: this.#processor,
      data: bytes,
      fields: [
        [16, offset],
        [20, bytes.length],
        [24, offset + bytes.length],
      ],
    });
    if (answer.ok && answer.u32(24) === bytes.length) {
      this.#known.put(BigInt(offset), bytes);
      return true;
    }
    if (this.#writing === 'works') throw new Error(`The target refuses its registers (status ${hex(answer.status)}).`);
    return false;
  }

  async #setWhole(offset: number, bytes: Buffer): Promise<void> {
    const { contextFlags } = this.architecture;
    const context = Buffer.from(await this.#whole());
    context.set(bytes, offset);
    context.writeUInt32LE(contextFlags.all, contextFlags.offset);
    if (!this.#unlocked) await this.#getWhole();
    const answer = await ask(this.wire, {
      api: API.setContext,
      processor: this.#processor,
      data: context.subarray(0, MAX_DATA),
      fields: [[16, contextFlags.all]],
    });
    if (!answer.ok) throw new Error(`The target refuses its registers (status ${hex(answer.status)}).`);
    this.#known.put(0n, context);
  }

  #place(name: string): RegisterPlace {
    const place = this.architecture.registers.get(name);
    if (!place) throw new Error(`There is no register "${name}" on ${this.architecture.name}.`);
    return place;
  }
}

function hex(status: number): string {
  return `0x${status.toString(16)}`;
}
