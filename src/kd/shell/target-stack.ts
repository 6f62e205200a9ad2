import { formatKnownStacks } from '../../kd-text/frames/known-stacks.js';
import type { RegisterPlace } from '../control/architecture.js';
import type { KnownTarget } from '../control/known-target.js';
import type { TargetModule } from '../control/modules.js';
import type { Stop } from '../control/stop.js';
import { readImageHeaders } from '../symbols/image/image.js';
import type { Frame } from '../unwind/frame.js';
import type { FoundRecord } from '../unwind/frame-record.js';
import type { KnownStacks, TakenStack } from '../unwind/known-stacks.js';
import { walkKnown } from '../unwind/known-walk.js';
import { type ReadStack, StackReader, spotOf } from '../unwind/read-stack.js';
import { RegisterUnknown } from '../unwind/register-unknown.js';
import { StackSizes } from '../unwind/stack-sizes.js';
import type { UnwindSource } from '../unwind/unwind-source.js';
import { type Registers64, type UnwindModule, walkX64 } from '../unwind/x64.js';
import { unwindFromFile, unwindFromMemory } from '../unwind/x64-source.js';
import { type Registers86, walkX86 } from '../unwind/x86.js';
import type { Code86 } from '../unwind/x86-state.js';
import { ImageFiles } from './image-files.js';
import type { TargetSymbols } from './target-symbols.js';

/** Bytes of stack that are read where nothing is known yet: most stacks of system calls were measured to need about as much. */
const FIRST_STACK_READ = { 32: 1024, 64: 2048 } as const;
/** A part of the CONTEXT record, bytes. */
interface Slice {
  readonly offset: number;
  readonly bytes: number;
}
/** What most walks need besides the program counter: ebp to esp on x86, rsp and rbp on x64. */
const FEW: Readonly<Record<32 | 64, Slice>> = { 32: { offset: 0xb4, bytes: 0x14 }, 64: { offset: 0x98, bytes: 0x10 } };
/** With the registers in which arguments come: rcx to r9 on x64. */
const ARGUMENTS: Readonly<Record<32 | 64, Slice>> = { 32: FEW[32], 64: { offset: 0x80, bytes: 0x48 } };
/** All that a walk can need, and a command string ask for: edi to esp on x86, rax to rip on x64. */
const ALL: Readonly<Record<32 | 64, Slice>> = { 32: { offset: 0x9c, bytes: 0x2c }, 64: { offset: 0x78, bytes: 0x88 } };
/** In the order of CONTEXT and of UNWIND_INFO. */
const GP_REGISTERS = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');
/** The exception directory among a PE image's data directories. */
const EXCEPTION_DIRECTORY = 3;

type StoppedAt = Pick<Stop, 'pc' | 'at' | 'code'>;

/** Stacks of a target: what was learned from one is not asked for at the next. */
export class TargetStacks {
  readonly #sizes: StackSizes;
  readonly #unwind = new Map<bigint, Promise<UnwindSource | undefined>>();
  /** Where more than the few registers are asked for that were read first. */
  readonly #deep = new Set<bigint>();
  readonly #images: ImageFiles;

  /** @param knownStacks of stacks that are in no need of being read whole, where that is wanted */
  constructor(
    private readonly known: KnownTarget,
    private readonly symbols: TargetSymbols,
    private readonly knownStacks?: KnownStacks,
  ) {
    this.#images = new ImageFiles(symbols);
    this.#sizes = new StackSizes(FIRST_STACK_READ[known.architecture.bits]);
  }

  /**
   * The stack of the processor that is looked at, innermost frame first.
   * @param stopped has the code that the stop reported, which is without breakpoints
   * @throws LinkError
   */
  async walk(limit: number, stopped: StoppedAt): Promise<Frame[]> {
    return (await this.#walk(limit, stopped)).frames;
  }

  /**
   * The whole stack of a stop that nobody looks at, which need not be read where it is known.
   * @returns with it, from which frame on nothing was read
   */
  async walkUnattended(limit: number, stopped: StoppedAt): Promise<TakenStack> {
    return this.#walk(limit, stopped, this.knownStacks);
  }

  /** What came of stacks that were known, where that is not what was said last. */
  tellKnown(): string | undefined {
    const text = this.knownStacks && formatKnownStacks(this.knownStacks.counts);
    if (text === this.#told) return undefined;
    this.#told = text;
    return text;
  }
  #told: string | undefined = formatKnownStacks({ taken: 0, checked: 0, different: 0 });

  /** Another boot has other stacks: files that are open for these are closed. */
  close(): Promise<void> {
    return this.#images.close();
  }

  /**
   * Somebody asks for a register, and probably for others and the stack as well: they are read with it. Where that was not enough
   * the last time, all of them are.
   * @throws LinkError
   */
  async registers(name: string): Promise<void> {
    const { contexts, architecture } = this.known;
    const place = architecture.registers.get(name);
    const wanted = [FEW, ARGUMENTS]
      .map((each) => each[architecture.bits])
      .find((slice) => place && holds(slice, place));
    await this.#read(contexts.peek(architecture.sp) === undefined ? wanted : undefined);
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

  /** With few registers first: all of them are another 120 bytes on x64. What has been read of the stack is not read again. */
  async #walk(limit: number, stopped: StoppedAt, knownStacks?: KnownStacks): Promise<TakenStack> {
    const { contexts, architecture } = this.known;
    if (contexts.peek(architecture.sp) === undefined) await this.#read(FEW[architecture.bits]);
    const { frames, from } = await this.#begin(limit, stopped, knownStacks).catch(async (error) => {
      if (!(error instanceof RegisterUnknown)) throw error;
      await this.#read();
      return this.#begin(limit, stopped, knownStacks);
    });
    const [first, ...others] = frames;
    return { frames: first?.pc === stopped.pc ? [{ ...first, pc: stopped.at }, ...others] : frames, from };
  }

  /** @param few for which it is the first time in this stop; without it, the few were not enough */
  async #read(few?: Slice): Promise<void> {
    const { contexts, architecture } = this.known;
    const pc = contexts.peek(architecture.pc);
    if (!few && pc !== undefined) this.#deep.add(pc);
    // Another processor's program counter is in no report.
    const { offset, bytes } = few && pc !== undefined && !this.#deep.has(pc) ? few : ALL[architecture.bits];
    await contexts.slice(offset, bytes);
  }

  /** Walks with the registers that are known. */
  async #begin(limit: number, stopped: StoppedAt, knownStacks?: KnownStacks): Promise<TakenStack> {
    const { contexts, architecture } = this.known;
    const [pc, sp] = [await contexts.get(architecture.pc), await contexts.get(architecture.sp)];
    const memory = (address: bigint, length: number): Promise<Buffer> => this.known.memory.read(address, length);
    const reader = (first?: number): StackReader => new StackReader(memory, this.#sizes, pc, sp, first);
    const walk = async (stack: ReadStack): Promise<Frame[]> =>
      architecture.bits === 32
        ? walkX86(await this.#start86(pc, sp), stack, this.#code86(stopped), { limit })
        : walkX64(this.#start64(pc), stack, (address) => this.#moduleAt(address), { limit });
    if (knownStacks) return walkKnown(knownStacks, { pc, sp, reader, walk });
    const stack = reader();
    const frames = await walk(stack);
    stack.finish();
    return { frames, from: frames.length };
  }

  async #start86(eip: bigint, esp: bigint): Promise<Registers86> {
    const { contexts } = this.known;
    const [ebx, esi, edi] = [contexts.peek('ebx'), contexts.peek('esi'), contexts.peek('edi')];
    return { eip, esp, ebp: await contexts.get('ebp'), ebx, esi, edi };
  }

  #start64(rip: bigint): Registers64 {
    return { rip, gp: GP_REGISTERS.map((name) => this.known.contexts.peek(name)) };
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
    const image = await this.#images.of(module);
    const fromFile = image && (await unwindFromFile(image.source.read));
    if (fromFile) return fromFile;
    const read = (rva: number, length: number): Promise<Buffer> =>
      this.known.memory.read(module.base + BigInt(rva), length, true);
    const directory = (await readImageHeaders(read, 'without sections'))?.directories[EXCEPTION_DIRECTORY];
    return directory && directory.size > 0 ? unwindFromMemory(read, directory, module.size) : undefined;
  }

  /** Code where nothing was reported: what an image file has is not asked for. */
  async #code(address: bigint, length: number): Promise<Buffer> {
    const { memory, breakpoints } = this.known;
    const module = await this.symbols.moduleAt(address);
    const inFile = module && (await this.#images.bytes(module, Number(address - module.base), length));
    if (inFile?.length === length) return inFile;
    const end = address + BigInt(length);
    const plain = !breakpoints.list.some((each) => address <= each.address && each.address < end);
    return memory.read(address, length, module !== undefined && plain);
  }

  #code86(stopped: StoppedAt): Code86 {
    const { symbols } = this;
    const code = (address: bigint, length: number): Promise<Buffer> => this.#code(address, length);
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
        return code(address, length);
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

function holds({ offset, bytes }: Slice, place: RegisterPlace): boolean {
  return offset <= place.offset && place.offset + place.bytes <= offset + bytes;
}
