import { tagValue } from '../tag-value.js';
import { loaderBlock, mapMemory, startProcessor } from './boot.js';
import { BootQueue } from './boot-queue.js';
import { Bus } from './cpu/bus.js';
import type { Cpu } from './cpu/cpu.js';
import { FLAG } from './cpu/flags.js';
import { ImageSet } from './images/image-set.js';
import { interrupt } from './interrupt.js';
import { KernelPool } from './kernel-pool.js';
import { KernelView } from './kernel-view.js';
import { type KernelFamily, kernelFamily } from './kernels.js';
import { MACHINE_LAYOUTS, type MachineLayout } from './layout.js';
import type { LoadedImage, Machine, MachineArchitecture, MachineOptions, MachineTrap } from './machine.js';
import { KernelMemory, toAddress } from './memory.js';
import { PageTables } from './page-tables.js';
import { EmulatedProcessor } from './processor.js';
import { RegisterChecker } from './register-checker.js';
import { writeSharedData } from './shared-user-data.js';
import { THREADS } from './threads.js';
import { trapOf } from './trap.js';

/** Instructions of one processor before the next one's turn. */
const TURN = 200;
/** From the clock interrupt to the break instruction; far more than it takes. */
const BREAK_INSTRUCTIONS = 500;
const BOOT_THREAD = 'phase1';

/** Builds a machine whose kernel is initialised and idle; `bootNext` brings in the images. */
export function createMachine(options: MachineOptions): Machine {
  return new EmulatedMachine(options);
}

class EmulatedMachine implements Machine {
  readonly architecture: MachineArchitecture;
  readonly processors: readonly EmulatedProcessor[];
  readonly memory: KernelMemory;
  readonly images: readonly LoadedImage[];
  readonly kernel: Machine['kernel'];
  readonly pool: KernelPool;
  readonly threads = THREADS;
  readonly #wide: boolean;
  readonly #family: KernelFamily;
  readonly #layout: MachineLayout;
  readonly #bus = new Bus();
  readonly #set: ImageSet;
  readonly #tag: number;
  readonly #popfd: boolean;
  readonly #checker: RegisterChecker;
  #view: KernelView;
  #queue: BootQueue;
  #turn = 0;
  #bootRests = false;
  /** Processors that a break-in has not reached yet. */
  readonly #breaks = new Set<number>();

  constructor({ architecture, kernel, processors, tag = 'Ddk ', trapExit = 'iret' }: MachineOptions) {
    if (processors < 1 || processors > 8) throw new RangeError(`a machine has 1 to 8 processors, not ${processors}`);
    this.architecture = architecture;
    this.#family = kernelFamily(architecture, kernel);
    this.#wide = architecture === 'x64';
    this.#layout = MACHINE_LAYOUTS[architecture];
    this.#tag = tagValue(tag);
    this.#bus.translation = new PageTables(this.#bus, this.#wide);
    this.#popfd = trapExit === 'popfd';
    this.memory = new KernelMemory(this.#bus, this.#wide);
    this.#set = new ImageSet(architecture, this.#family, this.#layout, this.#bus);
    this.images = this.#set.images;
    this.#checker = this.#watch();
    this.processors = Array.from(
      { length: processors },
      (_, number) => new EmulatedProcessor(number, this.#bus, this.#wide, this.#checker.hook),
    );
    this.kernel = {
      base: toAddress(this.#layout.kernel, this.#wide),
      loadedModuleList: toAddress(this.#set.nt('PsLoadedModuleList'), this.#wide),
      debuggerDataList: toAddress(this.#set.nt('KdpDebuggerDataListHead'), this.#wide),
      build: this.#family.build,
      name: this.#family.name,
    };
    this.pool = new KernelPool(this.#family, this.#set, this.#bus, this.#wide, () => this.processors);
    this.#view = this.#start();
    this.#queue = new BootQueue(this.#view, this.#set);
  }

  get damages(): readonly string[] {
    return this.#checker.damages;
  }

  get completed(): ReadonlyMap<string, number> {
    return this.#checker.completed;
  }

  get tagAllocations(): number {
    return this.pool.specialAllocations;
  }

  address(symbol: string): bigint | undefined {
    const [module = '', name = ''] = symbol.split('!');
    const found = this.#set.find(module, name);
    return found === undefined ? undefined : toAddress(found, this.#wide);
  }

  bootNext(): LoadedImage | undefined {
    const next = this.#set.loadNext();
    if (next?.start) {
      this.#queue.add(next.image.name, next.start);
      this.#wakeBoot();
    }
    if (next && this.#layout.ntdll === Number(next.image.base)) this.#shareSystemCall();
    return next?.image;
  }

  wake(thread: string): boolean {
    if (!THREADS.some(({ name }) => name === thread) || !this.#view.makeReady(thread)) return false;
    this.#stir();
    return true;
  }

  run(limit: number): MachineTrap {
    this.#wakeBoot();
    let left = limit;
    for (let halted = 0; left > 0; ) {
      const processor = this.processors[this.#turn++ % this.processors.length] as EmulatedProcessor;
      if (this.#breaks.size > 0) this.#interruptFor(processor.number);
      if (processor.cpu.halted) {
        if (++halted >= this.processors.length) return { kind: 'idle' };
        continue;
      }
      halted = 0;
      const ending = processor.executor.run(Math.min(this.#breaks.size > 0 ? 1 : TURN, left));
      left -= processor.executor.executed;
      if (this.#bootRests) this.#discardInit();
      if (ending.kind === 'halt') processor.cpu.halted = true;
      else if (ending.kind !== 'used-up') return trapOf(processor, ending);
    }
    return { kind: 'limit' };
  }

  enterBreak(number: number): void {
    const { cpu, executor } = this.processors[number] as EmulatedProcessor;
    const end = this.#set.nt('RtlpBreakWithStatusInstruction');
    this.#breaks.add(number);
    for (let left = BREAK_INSTRUCTIONS; cpu.ip !== end && left > 0; left--) {
      this.#interruptFor(number);
      if (executor.run(1).kind !== 'used-up') return;
    }
  }

  resumed(number: number): void {
    if (this.#popfd) (this.processors[number] as EmulatedProcessor).dropResumeFlag();
  }

  reboot(): void {
    this.#bus.clear();
    this.#checker.reset();
    this.#view = this.#start();
    this.#queue = new BootQueue(this.#view, this.#set);
  }

  #watch(): RegisterChecker {
    const { routine, callers } = this.#family.allocator;
    return new RegisterChecker(
      this.#wide,
      {
        wait: this.#set.nt('KeWaitForSingleObject'),
        userWait: this.#set.planned('ntdll', 'NtWaitForSingleObject'),
        allocator: { name: routine, ...this.#set.extent(routine) },
        callers: callers.map((name) => this.#set.extent(name)),
      },
      (cpu) => this.#threadOf(cpu),
      (thread) => {
        if (thread === BOOT_THREAD) this.#bootRests = true;
      },
    );
  }

  /** The clock interrupt that a break-in waits for, as soon as the processor takes interrupts. */
  #interruptFor(number: number): void {
    const { cpu } = this.processors[number] as EmulatedProcessor;
    if (!this.#breaks.has(number) || !(cpu.halted || cpu.system & FLAG.if)) return;
    this.#breaks.delete(number);
    this.#bus.write32(this.#set.nt('KdBreakPending'), 1);
    interrupt(cpu, this.#view, this.#set.nt('KiClockInterrupt'));
  }

  /** By the KPCR itself: in user mode gs and fs lead elsewhere. */
  #threadOf({ pcr }: Cpu): { readonly address: number; readonly name: string } {
    const address = this.#view.pointer(pcr + (this.#wide ? 0x188 : 0x124));
    return { address, name: this.#view.threadName(address) };
  }

  #start(): KernelView {
    const set = this.#set;
    mapMemory(this.#bus, this.#layout, this.processors.length);
    writeSharedData(this.#bus, this.#wide, this.#layout.sharedUserData, this.#family);
    set.loadKernel();
    const view = new KernelView(this.#bus, this.#wide, (name) => set.nt(name));
    this.#view = view;
    const width = this.#wide ? 8 : 4;
    loaderBlock(this.#layout, this.processors.length, this.#tag).forEach((value, index) => {
      view.putPointer(set.nt('KeLoaderBlock') + index * width, value);
    });
    set.list(view);
    const systemCall = set.nt(this.#wide ? 'KiSystemCall64' : 'KiFastCallEntry');
    for (const processor of this.processors) {
      startProcessor(processor, this.#layout, set.nt('KiSystemStartupThunk'), systemCall);
      const prcb = view.processorBlock(processor.number);
      processor.prcb = toAddress(prcb, this.#wide);
      processor.current = () => toAddress(view.runningThread(prcb), this.#wide);
    }
    this.#turn = 0;
    this.#breaks.clear();
    this.#bootRests = false;
    return view;
  }

  /** Every idle processor looks for ready threads again. */
  #stir(): void {
    for (const { cpu } of this.processors) {
      if (!cpu.halted) cpu.woken = true;
      cpu.halted = false;
    }
  }

  /** The boot thread is woken as long as it has images to start; it may be at work when one is added. */
  #wakeBoot(): void {
    if (this.#queue.pending && this.#view.makeReady(BOOT_THREAD)) this.#stir();
  }

  #discardInit(): void {
    this.#bootRests = false;
    if (this.#queue.pending || !this.#set.discardInit()) return;
    for (const { executor } of this.processors) executor.forget();
  }

  /** What user mode calls to get into the kernel, in the page that all processes share; x86 only. */
  #shareSystemCall(): void {
    if (this.#wide) return;
    const page = this.#layout.sharedUserData;
    this.#bus.write32(page + 0x300, this.#set.find('ntdll', 'KiFastSystemCall') ?? 0);
    this.#bus.write32(page + 0x304, this.#set.find('ntdll', 'KiFastSystemCallRet') ?? 0);
  }
}
