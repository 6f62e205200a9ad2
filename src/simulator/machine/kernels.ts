import type { MachineArchitecture } from './machine.js';

/** The kernels that there are, each by the Windows that it is like. */
export const KERNEL_NAMES = ['2003', '7', '10', '11'] as const;
export type KernelName = (typeof KERNEL_NAMES)[number];

/** Where allocations and frees stand in an entry of PoolTrackTable, of either pool; 32 bits of each are enough here. */
export interface TrackerFields {
  readonly entryBytes: number;
  readonly allocs: readonly [nonpaged: number, paged: number];
  readonly frees: readonly [nonpaged: number, paged: number];
}

/** What differs from one kernel to the next, as far as somebody outside of it has to know. */
export interface KernelFamily {
  readonly name: KernelName;
  /** The folder of its image; the other images are in that of its architecture. */
  readonly folder: string;
  readonly build: number;
  /** Of KUSER_SHARED_DATA. */
  readonly version: readonly [major: number, minor: number];
  readonly product: 'workstation' | 'server';
  /** The function that a special pool allocation goes through, and who calls it. */
  readonly allocator: { readonly routine: string; readonly callers: readonly string[] };
  /** Whether that function serves special pool alone, so that a breakpoint there stops for nothing else. */
  readonly specialOnly: boolean;
  /** The kernel's own count of those allocations. */
  readonly counter: string;
  /** The functions with breaks for PoolHitTag, and whether they call DbgBreakPoint instead of having the instruction. */
  readonly hitBreaks: { readonly functions: readonly string[]; readonly called: boolean };
  readonly tracker: TrackerFields;
}

const specialPool = {
  allocator: { routine: 'MmAllocateSpecialPool', callers: ['ExAllocatePoolWithTag'] },
  specialOnly: true,
  counter: 'MmSpecialPoolAllocations',
};
const trackers = ['ExpInsertPoolTracker', 'ExpRemovePoolTracker'];
const heapBreaks = {
  functions: [
    'ExAllocateHeapPool',
    'ExFreeHeapPool',
    'ExInsertPoolTag',
    'ExRemovePoolTag',
    'ExAllocateContiguousHeapPool',
  ],
  called: false,
};
const server2003 = { name: '2003', build: 3790, version: [5, 2], product: 'server' } as const;
const wide40: TrackerFields = { entryBytes: 40, allocs: [0x4, 0x18], frees: [0x8, 0x1c] };
const wide56: TrackerFields = { entryBytes: 56, allocs: [0x10, 0x28], frees: [0x18, 0x30] };

const FAMILIES: Record<MachineArchitecture, readonly [KernelFamily, ...KernelFamily[]]> = {
  x86: [
    {
      ...server2003,
      ...specialPool,
      folder: 'x86',
      hitBreaks: { functions: trackers, called: true },
      tracker: { entryBytes: 28, allocs: [0x4, 0x10], frees: [0x8, 0x14] },
    },
  ],
  x64: [
    {
      name: '7',
      build: 7601,
      version: [6, 1],
      product: 'workstation',
      ...specialPool,
      folder: 'x64',
      hitBreaks: { functions: trackers, called: false },
      tracker: wide40,
    },
    {
      ...server2003,
      ...specialPool,
      folder: 'x64-2003',
      hitBreaks: { functions: trackers, called: true },
      tracker: wide40,
    },
    {
      name: '10',
      build: 19_041,
      version: [10, 0],
      product: 'workstation',
      folder: 'x64-10',
      allocator: { routine: 'ExAllocateHeapSpecialPool', callers: ['ExAllocateHeapPool'] },
      specialOnly: true,
      counter: 'ExpSpecialPoolAllocations',
      hitBreaks: heapBreaks,
      tracker: wide56,
    },
    {
      name: '11',
      build: 26_100,
      version: [10, 0],
      product: 'workstation',
      folder: 'x64-11',
      allocator: { routine: 'ExAllocateHeapPool', callers: ['ExAllocatePoolWithTag', 'ExAllocatePool2'] },
      specialOnly: false,
      counter: 'ExpSpecialPoolAllocations',
      hitBreaks: heapBreaks,
      tracker: { ...wide56, entryBytes: 80 },
    },
  ],
};

/** The kernels for an architecture, its usual one first. */
export function kernelsFor(architecture: MachineArchitecture): readonly KernelName[] {
  return FAMILIES[architecture].map(({ name }) => name);
}

/** @throws RangeError where there is no such kernel for that architecture */
export function kernelFamily(architecture: MachineArchitecture, name?: KernelName): KernelFamily {
  const [usual] = FAMILIES[architecture];
  const found = name === undefined ? usual : FAMILIES[architecture].find((family) => family.name === name);
  if (!found) throw new RangeError(`there is no kernel ${name} for ${architecture}`);
  return found;
}
