import type { Bus } from './cpu/bus.js';
import { PAGE } from './cpu/pages.js';
import { SELECTOR } from './cpu/segments.js';
import { writeDescriptors } from './descriptors.js';
import { type MachineLayout, STACKS, USER_STACK_BYTES, USER_THREADS } from './layout.js';
import { DIRECTORY_BASE } from './page-tables.js';
import type { EmulatedProcessor } from './processor.js';

/** Enough for the kernel's initialisation by far. */
const BOOT_INSTRUCTIONS = 2_000_000;
const NPX_AREA = 0x220;

/** All that is memory but no image: stacks, pools, the processors' own pages, user stacks. */
export function mapMemory(bus: Bus, layout: MachineLayout, processors: number): void {
  for (let number = 0; number < processors; number++) {
    bus.map(layout.pcr(number), PAGE);
    bus.map(layout.tss(number), PAGE);
    bus.map(layout.descriptors(number), PAGE);
  }
  for (let slot = 0; slot < STACKS; slot++)
    bus.map(layout.stacks + slot * layout.stackStride, layout.stackPages * PAGE);
  bus.map(layout.pool, layout.poolBytes);
  for (let page = 0; page < layout.specialPoolPages; page++) bus.map(layout.specialPool + page * 2 * PAGE, PAGE);
  bus.map(layout.moduleList, 2 * PAGE);
  for (let thread = 0; thread < USER_THREADS; thread++) {
    bus.map(layout.user + thread * layout.userStride, USER_STACK_BYTES);
    bus.map(layout.user + thread * layout.userStride + layout.userTeb, PAGE);
  }
  bus.map(layout.sharedUserData, PAGE);
  bus.alias(layout.sharedKernelData, layout.sharedUserData);
}

/** LOADER_PARAMETER_BLOCK of the kernel's ke.h, field by field. */
export function loaderBlock(layout: MachineLayout, processors: number, tag: number): number[] {
  const eight = (of: (number: number) => number) => Array.from({ length: 8 }, (_, n) => (n < processors ? of(n) : 0));
  return [
    processors,
    ...eight(layout.pcr),
    ...eight(layout.tss),
    stackTop(layout, processors),
    layout.stackStride,
    layout.stackPages * PAGE,
    STACKS - processors,
    layout.pool,
    layout.poolBytes,
    layout.specialPool,
    layout.specialPoolPages,
    layout.user,
    layout.userStride,
    layout.userStackTop,
    layout.userTeb,
    USER_THREADS,
    tag,
  ];
}

function stackTop(layout: MachineLayout, slot: number): number {
  return layout.stacks + slot * layout.stackStride + layout.stackPages * PAGE;
}

/** Gives a processor the state that a boot loader leaves it in, and runs it into its idle loop. */
export function startProcessor(
  processor: EmulatedProcessor,
  layout: MachineLayout,
  entry: number,
  systemCall: number,
): void {
  const { cpu, number, wide, special, registers } = processor;
  const selectors = wide ? SELECTOR.x64 : SELECTOR.x86;
  cpu.lo.fill(0);
  cpu.hi.fill(0);
  cpu.setFlags(2);
  cpu.cs = selectors.code;
  cpu.ss = selectors.stack;
  cpu.ds = cpu.es = selectors.data;
  cpu.fs = selectors.fs;
  cpu.gs = wide ? 0x2b : 0;
  cpu.pcr = layout.pcr(number);
  cpu.fsBase = wide ? 0 : cpu.pcr;
  cpu.gsBase = wide ? cpu.pcr : 0;
  cpu.kernelGsBase = 0;
  cpu.systemCall = systemCall;
  cpu.halted = cpu.woken = false;
  cpu.cycles = 0;
  registers.address.fill(0);
  registers.dr6 = 0xffff0ff0;
  registers.dr7 = 0x400;
  const table = layout.descriptors(number);
  writeDescriptors(cpu.bus, wide, table, layout.tss(number), cpu.pcr);
  Object.assign(special, {
    cr0: wide ? 0x80050031n : 0x8001003bn,
    cr2: 0n,
    cr3: BigInt(DIRECTORY_BASE),
    cr4: wide ? 0x6f8n : 0x6d9n,
    cr8: 0n,
    gdtBase: BigInt.asUintN(wide ? 64 : 32, BigInt(table)),
    gdtLimit: wide ? 0x7f : 0x3ff,
    idtBase: BigInt.asUintN(wide ? 64 : 32, BigInt(table + 0x400)),
    idtLimit: wide ? 0xfff : 0x7ff,
    tr: wide ? 0x40 : 0x28,
    ldtr: 0,
  });
  processor.floatingPoint.fill(0);
  processor.floatingPoint.writeUInt16LE(0x27f, 0);
  processor.floatingPoint.writeUInt32LE(0x1f80, 24);
  cpu.setAddress(4, stackTop(layout, number) - (wide ? 0x18 : NPX_AREA));
  cpu.lo[1] = number;
  cpu.ip = entry;
  processor.executor.forget();
  const ending = processor.executor.run(BOOT_INSTRUCTIONS);
  if (ending.kind !== 'halt')
    throw new Error(`processor ${number} did not come to idle: ${ending.kind} at ${cpu.ip.toString(16)}`);
  cpu.halted = true;
}
