import type { KernelName } from './kernels.js';

/**
 * A small computer that runs the code of real images: what the simulated target is made of.
 * It knows processors, memory and threads, and nothing of debuggers: whoever runs it decides what a trap means.
 */

export type MachineArchitecture = 'x86' | 'x64';

/** The registers that KD's CONTEXT names, lower case as kd prints them: `eax`…`eip`, `efl`, `rax`…`r15`, `rip`, `cs`…`ss`. */
export type RegisterName = string;

/** One processor. Register values are unsigned and as wide as the architecture. */
export interface Processor {
  readonly number: number;
  get(register: RegisterName): bigint;
  set(register: RegisterName, value: bigint): void;
  /** The kernel's debug registers, which stop code: dr0…dr3, dr6, dr7. */
  readonly debug: { dr0: bigint; dr1: bigint; dr2: bigint; dr3: bigint; dr6: bigint; dr7: bigint };
  /** Control registers and descriptor tables, as KSPECIAL_REGISTERS has them. */
  readonly special: {
    cr0: bigint;
    cr2: bigint;
    cr3: bigint;
    cr4: bigint;
    cr8: bigint;
    gdtBase: bigint;
    gdtLimit: number;
    idtBase: bigint;
    idtLimit: number;
    tr: number;
    ldtr: number;
  };
  /** Addresses of the kernel's structures of this processor: KPCR, KPRCB, the KTHREAD that runs. */
  readonly pcr: bigint;
  readonly prcb: bigint;
  readonly thread: bigint;
  /** The 512 bytes of FXSAVE state, as CONTEXT carries them. */
  readonly floatingPoint: Buffer;
}

/** Memory as the kernel's address space shows it. */
export interface Memory {
  /** The readable bytes from there on: all of them, or the prefix before the first page that is not there. */
  read(address: bigint, length: number): Buffer;
  /** Writes as far as the pages are there, whatever their protection; gives the number of bytes written. Decoded code is forgotten. */
  write(address: bigint, bytes: Uint8Array): number;
  readPhysical(address: bigint, length: number): Buffer;
  writePhysical(address: bigint, bytes: Uint8Array): number;
  /** The physical address of a virtual one, or undefined where no page is. */
  translate(address: bigint): bigint | undefined;
}

/**
 * A loaded image, in the order of loading: the kernel, hal.dll, kdcom.dll, then the drivers, and ntdll.dll last. ntdll is user
 * mode's: the kernel reports it, but its own module list has it not.
 */
export interface LoadedImage {
  /** As lm shows it: `nt`, `hal`, `leakydrv`. */
  readonly name: string;
  /** As the kernel reports it: `\SystemRoot\system32\DRIVERS\leakydrv.sys`. */
  readonly path: string;
  /** The file on this host that it was loaded from, and its PDB. */
  readonly file: string;
  readonly pdb: string;
  readonly base: bigint;
  readonly size: number;
  readonly checkSum: number;
  readonly timeStamp: number;
  /** False until the boot has come to it. */
  readonly loaded: boolean;
}

/** Why a machine stopped running code. */
export type MachineTrap =
  /** int3: the processor stands AT the int3. */
  | { readonly kind: 'breakpoint'; readonly processor: number }
  /** The trap flag or a debug register; dr6 of the processor says which. Instruction debug registers are faults (before), data ones traps (after). */
  | { readonly kind: 'single-step'; readonly processor: number }
  /** An access violation or another exception nobody in the machine handles. `code` is an NTSTATUS. */
  | {
      readonly kind: 'fault';
      readonly processor: number;
      readonly code: number;
      readonly information: readonly bigint[];
    }
  /**
   * int 2d with the kernel's debug service in eax: 1 print, 2 prompt, 3 load symbols, 4 unload symbols, 5 command string.
   * The processor stands at the int3 byte after it: whoever serves sets the result in eax and the pc one byte further, as
   * the kernel does. Arguments are in ecx, edx, ebx, edi, or rcx, rdx, r8, r9: 1 = text, length, component, level;
   * 2 = prompt, length, answer buffer, its size; 3 and 4 = a STRING with the name, a KD_SYMBOLS_INFO.
   */
  | { readonly kind: 'service'; readonly processor: number; readonly service: number }
  /** The instruction limit was reached. */
  | { readonly kind: 'limit' }
  /** Every thread waits. */
  | { readonly kind: 'idle' };

export interface Machine {
  readonly architecture: MachineArchitecture;
  readonly processors: readonly Processor[];
  readonly memory: Memory;
  readonly images: readonly LoadedImage[];
  /** What GetVersion tells: addresses as the kernel has them. */
  readonly kernel: {
    readonly base: bigint;
    readonly loadedModuleList: bigint;
    readonly debuggerDataList: bigint;
    readonly build: number;
    /** The Windows that it is like. */
    readonly name: KernelName;
  };
  readonly pool: MachinePool;
  /** Threads that can be woken, by name, with what they do in a word or two. */
  readonly threads: readonly { readonly name: string; readonly about: string }[];
  /** The address of `module!name`, from the image's own exports or PDB; undefined when there is none. */
  address(symbol: string): bigint | undefined;
  /** Loads the next image of the boot into the module list; undefined when all are in. */
  bootNext(): LoadedImage | undefined;
  /** Ends the wait of a thread: it does its work once, and waits again. False when it has not come back to its wait yet. */
  wake(thread: string): boolean;
  /** Runs the processors in turn until something happens, or until so many instructions have been executed. */
  run(limit: number): MachineTrap;
  /**
   * Has a clock interrupt notice a break-in, on top of whatever the processor is at: it then stands in the kernel's
   * RtlpBreakWithStatusInstruction, status 1 in eax or rcx, at its int3. Should a breakpoint lie on the way there, it stands at
   * that one, and `run` reports both in turn.
   */
  enterBreak(processor: number): void;
  /** To be called when a debugger lets the machine go on: with a trap exit by popfd, RF of the processor it stopped at is lost, unless TF is set. */
  resumed(processor: number): void;
  /** Everything as before the first instruction: memory, processors, threads, images. */
  reboot(): void;
  /** What went wrong with the code itself since the last boot, e.g. a register that a debugger damaged. Empty in a sound session. */
  readonly damages: readonly string[];
  /** How often each thread has come back from its work: nothing that a debugger did may lose one. */
  readonly completed: ReadonlyMap<string, number>;
  /** Allocations of the watched tag since boot: how often the special pool routine was really entered, where there is one. */
  readonly tagAllocations: number;
}

/** What the kernel itself says of its pool, whatever a debugger has seen of it. */
export interface MachinePool {
  /** Where special pool is allocated; undefined where that is a part of another function. */
  readonly routine: bigint | undefined;
  /** What `nt!PoolHitTag` holds: allocations and frees of that tag break. */
  readonly hitTag: number;
  /** Allocations and frees of a tag since boot, together: each is a break while PoolHitTag has the tag. */
  usesOf(tag: number): number;
  /** Whether a processor that stands at an int3 stands at a break of PoolHitTag. */
  isHitBreak(processor: number): boolean;
}

export interface MachineOptions {
  readonly architecture: MachineArchitecture;
  /** Default: that of Windows 7 on x64, of Server 2003 on x86. */
  readonly kernel?: KernelName;
  /** Processors, 1 to 8. */
  readonly processors: number;
  /** The tag of special pool; default `Ddk `. */
  readonly tag?: string;
  /** What the kernel does with RF when it leaves a kernel-mode trap: `popfd` drops it where TF is not set, `iret` keeps it. */
  readonly trapExit?: 'popfd' | 'iret';
}
