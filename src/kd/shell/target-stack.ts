import { openSource } from '../symbols/bytes.js';
import { readImageHeaders } from '../symbols/image.js';
import type { KnownTarget } from '../target/known-target.js';
import type { TargetModule } from '../target/modules.js';
import type { Stop } from '../target/stop.js';
import type { Frame } from '../unwind/frame.js';
import type { FoundRecord } from '../unwind/frame-record.js';
import { StackReader, spotOf } from '../unwind/read-stack.js';
import { StackSizes } from '../unwind/stack-sizes.js';
import type { UnwindSource } from '../unwind/unwind-source.js';
import { type UnwindModule, walkX64 } from '../unwind/x64.js';
import { unwindFromFile, unwindFromMemory } from '../unwind/x64-source.js';
import { walkX86 } from '../unwind/x86.js';
import type { Code86 } from '../unwind/x86-state.js';
import type { TargetSymbols } from './target-symbols.js';

/** Bytes of stack that are read where nothing is known yet: most stacks of system calls were measured to need about as much. */
const FIRST_STACK_READ = { 32: 1024, 64: 2048 } as const;
/** The part of CONTEXT that a walk begins with: edi to esp on x86, rax to rip on x64. */
const SLICE = { 32: { offset: 0x9c, bytes: 0x2c }, 64: { offset: 0x78, bytes: 0x88 } } as const;
const GP_REGISTERS = 16;
const RSP = 4;
/** The exception directory among a PE image's data directories. */
const EXCEPTION_DIRECTORY = 3;

type StoppedAt = Pick<Stop, 'pc' | 'at' | 'code'>;

/** Stacks of a target: what was learned from one is not asked for at the next. */
export class TargetStacks {
  readonly #sizes: StackSizes;
  readonly #unwind = new Map<bigint, Promise<UnwindSource | undefined>>();

  constructor(
    private readonly known: KnownTarget,
    private readonly symbols: TargetSymbols,
  ) {
    this.#sizes = new StackSizes(FIRST_STACK_READ[known.architecture.bits]);
  }

  /**
   * The stack of the processor that is looked at, innermost frame first.
   * @param stopped has the code that the stop reported, which is without breakpoints
   * @throws LinkError
   */
  async walk(limit: number, stopped: StoppedAt): Promise<Frame[]> {
    const frames = await (this.known.architecture.bits === 32 ? this.#walk86(limit, stopped) : this.#walk64(limit));
    const [first, ...others] = frames;
    return first?.pc === stopped.pc ? [{ ...first, pc: stopped.at }, ...others] : frames;
  }

  /** Reads the registers that a walk begins with: a command string that asks for one asks for others, and for the stack. @throws LinkError */
  async registers(): Promise<void> {
    const { offset, bytes } = SLICE[this.known.architecture.bits];
    await this.known.contexts.slice(offset, bytes);
  }

  /**
   * Somebody looks at the stack: where walks have begun before, what they needed is read at once instead of word by word.
   * @throws LinkError
   */
  async ahead(address: bigint, length: number): Promise<void> {
    const { contexts, memory, architecture } = this.known;
    const [pc, sp] = [contexts.peek(architecture.pc), contexts.peek(architecture.sp)];
    const size = pc === undefined || sp === undefined ? undefined : this.#sizes.learnt(pc, spotOf(pc, sp));
    if (sp === undefined || size === undefined) return;
    if (address >= sp && address + BigInt(length) <= sp + BigInt(size)) await memory.read(sp, size);
  }

  async #walk86(limit: number, stopped: StoppedAt): Promise<Frame[]> {
    const { offset, bytes } = SLICE[32];
    const slice = await this.known.contexts.slice(offset, bytes);
    const at = (place: number): bigint => BigInt(slice.readUInt32LE(place - offset));
    const start = { edi: at(0x9c), esi: at(0xa0), ebx: at(0xa4), ebp: at(0xb4), eip: at(0xb8), esp: at(0xc4) };
    const stack = this.#reader(start.eip, start.esp);
    const frames = await walkX86(start, stack, this.#code86(stopped), { limit });
    stack.finish();
    return frames;
  }

  async #walk64(limit: number): Promise<Frame[]> {
    const { offset, bytes } = SLICE[64];
    const slice = await this.known.contexts.slice(offset, bytes);
    const gp = Array.from({ length: GP_REGISTERS }, (_, index) => slice.readBigUInt64LE(index * 8));
    const rip = slice.readBigUInt64LE(0xf8 - offset);
    const stack = this.#reader(rip, gp[RSP] as bigint);
    const frames = await walkX64({ rip, gp }, stack, (address) => this.#moduleAt(address), { limit });
    stack.finish();
    return frames;
  }

  #reader(pc: bigint, sp: bigint): StackReader {
    return new StackReader((address, length) => this.known.memory.read(address, length), this.#sizes, pc, sp);
  }

  async #moduleAt(address: bigint): Promise<UnwindModule | undefined> {
    const module = await this.symbols.moduleAt(address);
    if (!module) return undefined;
    const known = this.#unwind.get(module.base) ?? this.#unwindOf(module);
    this.#unwind.set(module.base, known);
    known.catch(() => this.#unwind.delete(module.base));
    return { base: module.base, unwind: await known };
  }

  /** From the image file where there is one: that costs the target nothing. */
  async #unwindOf(module: TargetModule): Promise<UnwindSource | undefined> {
    const { image } = await this.symbols.of(module, false);
    if (image !== undefined) {
      const source = await openSource(image);
      const fromFile = await unwindFromFile(source.read);
      if (fromFile) return fromFile;
      await source.close();
    }
    const read = (rva: number, length: number): Promise<Buffer> =>
      this.known.memory.read(module.base + BigInt(rva), length, true);
    const directory = (await readImageHeaders(read, 'without sections'))?.directories[EXCEPTION_DIRECTORY];
    return directory && directory.size > 0 ? unwindFromMemory(read, directory, module.size) : undefined;
  }

  #code86(stopped: StoppedAt): Code86 {
    const { symbols, known } = this;
    return {
      async recordAt(pc): Promise<FoundRecord | undefined> {
        const module = await symbols.moduleAt(pc);
        if (!module) return undefined;
        const rva = Number(pc - module.base);
        const record = (await symbols.of(module, false)).symbols.frameData(rva);
        return record && { record, offset: rva - record.rva };
      },
      isCode: async (address) => (await symbols.moduleAt(address)) !== undefined,
      async bytes(address, length) {
        const from = Number(address - stopped.at);
        if (from >= 0 && from + length <= stopped.code.length) return stopped.code.subarray(from, from + length);
        return known.memory.read(address, length);
      },
      async isStart(address) {
        const module = await symbols.moduleAt(address);
        const hit = module && (await symbols.of(module, false)).symbols.near(Number(address - module.base));
        return hit?.displacement === 0;
      },
      async isKnown(address) {
        const module = await symbols.moduleAt(address);
        const source = module && (await symbols.of(module, false)).symbols.source;
        return source === 'pdb' || source === 'coff';
      },
    };
  }
}
