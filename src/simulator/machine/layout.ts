import type { MachineArchitecture } from './machine.js';

/** Where things lie in the address space of a machine: addresses as the bus has them, so x64 kernel ones are negative. */
export interface MachineLayout {
  readonly kernel: number;
  readonly hal: number;
  readonly kdcom: number;
  /** The drivers follow each other from here. */
  readonly drivers: number;
  readonly win32k: number;
  readonly ntdll: number;
  /** One page each per processor. */
  readonly pcr: (processor: number) => number;
  readonly tss: (processor: number) => number;
  /** One page each per processor: GDT and IDT. */
  readonly descriptors: (processor: number) => number;
  /** Kernel stacks: `stackPages` of every `stackStride`, with nothing below and above. */
  readonly stacks: number;
  readonly stackStride: number;
  readonly stackPages: number;
  readonly pool: number;
  readonly poolBytes: number;
  readonly specialPool: number;
  readonly specialPoolPages: number;
  /** Entries and names of the module list. */
  readonly moduleList: number;
  readonly user: number;
  readonly userStride: number;
  readonly userStackTop: number;
  readonly userTeb: number;
  /** KUSER_SHARED_DATA, where user mode sees it and where the kernel does. */
  readonly sharedUserData: number;
  readonly sharedKernelData: number;
}

export const STACKS = 32;
export const USER_THREADS = 4;
export const USER_STACK_BYTES = 0x4000;

const user = { user: 0x200000, userStride: 0x10000, userTeb: 0x8000, sharedUserData: 0x7ffe0000 };

const canonical = (address: bigint) => Number(BigInt.asIntN(64, address));

/** As on Windows 7: the kernel high, drivers and stacks at fffff880. */
const x64: MachineLayout = {
  ...user,
  kernel: canonical(0xfffff80002a0d000n),
  hal: canonical(0xfffff80002ff7000n),
  kdcom: canonical(0xfffff80000bb6000n),
  drivers: canonical(0xfffff88001084000n),
  win32k: canonical(0xfffff96000010000n),
  ntdll: 0x77a70000,
  pcr: (processor) => canonical(0xfffff880009e6000n) + processor * 0x6b000,
  tss: (processor) => canonical(0xfffff880009c0000n) + processor * 0x2000,
  descriptors: (processor) =>
    processor === 0 ? canonical(0xfffff80000b95000n) : canonical(0xfffff880009e8000n) + processor * 0x6b000,
  stacks: canonical(0xfffff88002c00000n),
  stackStride: 0x8000,
  stackPages: 6,
  pool: canonical(0xfffffa8001a00000n),
  poolBytes: 0x80000,
  specialPool: canonical(0xfffff98000010000n),
  specialPoolPages: 64,
  moduleList: canonical(0xfffffa8000c3e000n),
  userStackTop: USER_STACK_BYTES - 0x28,
  sharedKernelData: canonical(0xfffff78000000000n),
};

/** As on Server 2003: 3 pages of kernel stack, the first KPCR at ffdff000. */
const x86: MachineLayout = {
  ...user,
  kernel: 0x80800000,
  hal: 0x80a7e000,
  kdcom: 0xf79a7000,
  drivers: 0xf7467000,
  win32k: 0xbf800000,
  ntdll: 0x7c800000,
  pcr: (processor) => (processor === 0 ? 0xffdff000 : 0xf772f000 + processor * 0x8000),
  tss: (processor) => 0x80042000 + processor * 0x2000,
  descriptors: (processor) => (processor === 0 ? 0x8003f000 : 0x80043000 + processor * 0x2000),
  stacks: 0xf8940000,
  stackStride: 0x5000,
  stackPages: 3,
  pool: 0x81f00000,
  poolBytes: 0x80000,
  specialPool: 0x93800000,
  specialPoolPages: 64,
  moduleList: 0x82b80000,
  userStackTop: USER_STACK_BYTES - 0x10,
  sharedKernelData: 0xffdf0000,
};

export const MACHINE_LAYOUTS: Record<MachineArchitecture, MachineLayout> = { x86, x64 };
