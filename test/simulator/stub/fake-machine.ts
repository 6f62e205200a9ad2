import type {
  LoadedImage,
  Machine,
  MachineArchitecture,
  MachineOptions,
  MachineTrap,
  Memory,
  Processor,
} from '../../../src/simulator/machine/machine.js';

/** Pages of the fake's address space, absent until something is written by `poke`. */
class FakeMemory implements Memory {
  readonly #pages = new Map<bigint, Buffer>();

  poke(address: bigint, bytes: Uint8Array): void {
    for (const [index, byte] of bytes.entries()) {
      const at = address + BigInt(index);
      const page = this.#pages.get(at >> 12n) ?? Buffer.alloc(4096);
      this.#pages.set(at >> 12n, page);
      page[Number(at & 0xfffn)] = byte;
    }
  }

  read(address: bigint, length: number): Buffer {
    const found: number[] = [];
    for (let index = 0; index < length; index++) {
      const at = address + BigInt(index);
      const page = this.#pages.get(at >> 12n);
      if (!page) break;
      found.push(page[Number(at & 0xfffn)] ?? 0);
    }
    return Buffer.from(found);
  }

  write(address: bigint, bytes: Uint8Array): number {
    for (const [index, byte] of bytes.entries()) {
      const at = address + BigInt(index);
      const page = this.#pages.get(at >> 12n);
      if (!page) return index;
      page[Number(at & 0xfffn)] = byte;
    }
    return bytes.length;
  }

  readPhysical(address: bigint, length: number): Buffer {
    return this.read(physicalWindow + address, length);
  }

  writePhysical(address: bigint, bytes: Uint8Array): number {
    return this.write(physicalWindow + address, bytes);
  }

  translate(address: bigint): bigint | undefined {
    return this.#pages.has(address >> 12n) ? address : undefined;
  }

  clear(): void {
    this.#pages.clear();
  }
}

const physicalWindow = 0x10_0000n;

/**
 * A machine whose only code is a routine of one-byte instructions that a woken thread walks through: just enough to
 * run into breakpoints, steps and debug registers. Everything about it is chosen so that tests can name it.
 */
export class FakeMachine implements Machine {
  readonly architecture: MachineArchitecture;
  readonly processors: Processor[] = [];
  readonly memory = new FakeMemory();
  readonly images: LoadedImage[] = [];
  readonly kernel;
  readonly threads = [{ name: 'worker', about: 'allocates once' }];
  readonly pool = { routine: 0n, hitTag: 0, usesOf: () => 0, isHitBreak: () => false };
  damages: string[] = [];
  readonly completed = new Map<string, number>();
  tagAllocations = 0;
  /** Traps that `run` gives before anything else. */
  readonly traps: MachineTrap[] = [];
  /** Processors that were told that a debugger lets them go. */
  readonly resumes: number[] = [];
  /** The special pool routine, the kernel's break, and where idle processors stand. */
  readonly routine: bigint;
  readonly breakAt: bigint;
  readonly idle: bigint;
  readonly stack: bigint;
  readonly #pc: string;
  readonly #sp: string;
  readonly #options: MachineOptions;
  #steps: bigint | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.architecture = options.architecture;
    const wide = options.architecture === 'x64';
    const base = wide ? 0xfffff800_00400000n : 0x80400000n;
    [this.#pc, this.#sp] = wide ? ['rip', 'rsp'] : ['eip', 'esp'];
    this.routine = base + 0x1000n;
    this.pool.routine = this.routine;
    this.breakAt = base + 0x1800n;
    this.idle = base + 0x1900n;
    this.stack = base + 0x8000n;
    const words = { build: 3790, name: '2003' } as const;
    this.kernel = { ...words, base, loadedModuleList: base + 0x3000n, debuggerDataList: base + 0x3100n };
    this.reboot();
  }

  address(symbol: string): bigint | undefined {
    if (symbol === 'nt!RtlpBreakWithStatusInstruction') return this.breakAt;
    return symbol === 'nt!MmAllocateSpecialPool' ? this.routine : undefined;
  }

  bootNext(): LoadedImage | undefined {
    const next = this.images.find(({ loaded }) => !loaded);
    if (next) Object.assign(next, { loaded: true });
    return next;
  }

  wake(): boolean {
    if (this.#steps !== undefined) return false;
    this.#steps = 0n;
    this.tagAllocations++;
    const [first] = this.processors as [Processor];
    first.set(this.#pc, this.routine);
    first.set(this.#sp, this.stack - 8n);
    return true;
  }

  run(limit: number): MachineTrap {
    const planned = this.traps.shift();
    if (planned) return planned;
    const [first] = this.processors as [Processor];
    for (let count = 0; count < limit; count++) {
      const pc = first.get(this.#pc);
      const byte = this.memory.read(pc, 1)[0];
      const resumed = (first.get('efl') & 0x10000n) !== 0n;
      const watched = [first.debug.dr0, first.debug.dr1, first.debug.dr2, first.debug.dr3].findIndex(
        (address, index) => address === pc && ((first.debug.dr7 >> BigInt(2 * index)) & 3n) !== 0n,
      );
      if (watched >= 0 && !resumed) {
        first.debug.dr6 |= 1n << BigInt(watched);
        return { kind: 'single-step', processor: 0 };
      }
      first.set('efl', first.get('efl') & ~0x10000n);
      if (byte === 0xcc) return { kind: 'breakpoint', processor: 0 };
      if (this.#steps === undefined && pc !== this.breakAt + 1n) return { kind: 'idle' };
      const end = pc === this.breakAt + 1n || pc === this.routine + 15n;
      first.set(this.#pc, end ? this.idle : pc + 1n);
      if (end) first.set('efl', first.get('efl') | 0x200n);
      if (pc === this.routine + 15n) {
        this.#steps = undefined;
        this.completed.set('worker', (this.completed.get('worker') ?? 0) + 1);
        first.set(this.#sp, this.stack);
      }
      if (first.get('efl') & 0x100n) {
        first.debug.dr6 |= 0x4000n;
        return { kind: 'single-step', processor: 0 };
      }
    }
    return { kind: 'limit' };
  }

  enterBreak(number: number): void {
    const processor = this.processors[number];
    processor?.set(this.#pc, this.breakAt);
    processor?.set(this.architecture === 'x64' ? 'rcx' : 'eax', 1n);
    // The measured x64 kernel masks interrupts there.
    if (this.architecture === 'x64') processor?.set('efl', 2n);
  }

  resumed(number: number): void {
    this.resumes.push(number);
  }

  reboot(): void {
    const { base } = this.kernel;
    this.memory.clear();
    this.memory.poke(base, Buffer.alloc(0x8000));
    this.memory.poke(physicalWindow, Buffer.alloc(0x1000));
    this.memory.poke(this.routine, Buffer.from('90919293949596979890909090909090', 'hex'));
    this.memory.poke(this.breakAt, Buffer.from(this.architecture === 'x64' ? 'ccc34c89' : 'ccc20400', 'hex'));
    this.images.length = 0;
    for (const [index, name] of ['nt', 'hal', 'kdcom', 'leakydrv'].entries())
      this.images.push({
        name,
        path: `\\SystemRoot\\system32\\${name}.sys`,
        file: '',
        pdb: '',
        base: base + BigInt(index) * 0x10_0000n,
        size: 0x8000,
        checkSum: 0x1234 + index,
        timeStamp: 1,
        loaded: false,
      });
    this.processors.length = 0;
    for (let number = 0; number < this.#options.processors; number++) this.processors.push(this.#processor(number));
    this.completed.clear();
    this.tagAllocations = 0;
    this.#steps = undefined;
  }

  #processor(number: number): Processor {
    const selectors = this.architecture === 'x64' ? [0x10n, 0x2bn, 0x2bn, 0x53n] : [8n, 0x23n, 0x23n, 0x30n];
    const registers = new Map<string, bigint>([
      [this.#pc, this.idle],
      [this.#sp, this.stack],
      ['efl', 0x202n],
      ...(['cs', 'ds', 'es', 'fs'] as const).map((name, index) => [name, selectors[index] as bigint] as const),
    ]);
    const offset = BigInt(number) * 0x1000n;
    return {
      number,
      get: (name) => registers.get(name) ?? 0n,
      set: (name, value) => void registers.set(name, value),
      debug: { dr0: 0n, dr1: 0n, dr2: 0n, dr3: 0n, dr6: 0n, dr7: 0x400n },
      special: {
        cr0: 0x80010031n,
        cr2: 0n,
        cr3: 0x39000n,
        cr4: 0x6d9n,
        cr8: 0n,
        gdtBase: 0x8003f000n,
        gdtLimit: 0x3ff,
        idtBase: 0x8003f400n,
        idtLimit: 0x7ff,
        tr: 0x28,
        ldtr: 0,
      },
      pcr: 0xffdff000n + offset,
      prcb: 0xffdff120n + offset,
      thread: 0x8060b940n + offset,
      floatingPoint: Buffer.alloc(512),
    };
  }
}
