/**
 * What kernels call the pool allocator from inside: data, kept apart from the code that uses it.
 * `*` stands for any characters. Sources: call stacks of kd from Windows 2000 to 11, decompiled kernels, Driver Verifier's exports.
 */

/** Modules that are the kernel, its hardware layer or Driver Verifier, by every name kd may give them. */
export const KERNEL_MODULES: readonly string[] = [
  'nt',
  'ntoskrnl',
  'ntkrnlmp',
  'ntkrnlpa',
  'ntkrpamp',
  'ntkrnlup',
  'hal',
  'halacpi',
  'halaacpi',
  'halapic',
  'halmps',
  'halmacpi',
  'halsp',
  'halx86',
  'verifier',
  'verifierext',
  'vfext',
];

/** The functions that drivers call. What lies further out than one of these is the caller. */
export const POOL_ENTRIES: readonly string[] = [
  'ExAllocatePool*',
  'ExAllocateFrom*LookasideList*',
  'ExFreePool*',
  'ExFreeTo*LookasideList*',
];

/** The rest of the allocator, and the wrappers that Driver Verifier puts between a driver and it. */
export const POOL_INTERNALS: readonly string[] = [
  'MmAllocateSpecialPool*',
  'MmFreeSpecialPool*',
  'MiAllocateSpecialPool*',
  'MiFreeSpecialPool*',
  'MmAllocatePool*',
  'MiAllocatePool*',
  'MiFreePoolPages*',
  'ExpAllocate*',
  'ExpFreePool*',
  'ExpFreeHeap*',
  'ExpHeap*',
  'ExpPool*',
  'ExpInsertPoolTracker*',
  'ExpRemovePoolTracker*',
  'ExAllocateHeap*',
  'ExFreeHeap*',
  'ExpHp*',
  'RtlpHp*',
  'RtlpAllocate*Heap*',
  'RtlpFree*Heap*',
  'Ve*',
  'Verifier*',
  'VfAllocate*',
  'VfFree*',
  'VfPool*',
  'VfIrpAllocate*',
  'Vi*',
  'InterceptAllocate*',
];

/** Names of blocks that compilers moved away from their function: the name says nothing of whose block it is. */
export const COLD_BLOCKS: readonly string[] = [
  "?? ::FNODOBFM::`string'",
  "?? ::NNGAKEGL::`string'",
  "?? ::*::`string'",
];

/** The functions by which user mode enters the kernel: what lies further out, and is no kernel module, is user mode. */
export const SYSTEM_CALL_ENTRIES: readonly string[] = ['KiFastCallEntry*', 'KiSystemService*', 'KiSystemCall*'];

/** Which argument is what, counted from 0. */
export interface PoolArguments {
  /** Bytes asked for. */
  readonly size?: number;
  readonly tag?: number;
  /** The address that is freed. */
  readonly address?: number;
  /** Holds for 64 bits only: for 32 bits an argument before these fills two places. */
  readonly wideOnly?: true;
}

/** Argument places by function. Source: the prototypes in Microsoft's wdm.h, and kd's listings of the others. */
export const POOL_ARGUMENTS: Readonly<Record<string, PoolArguments>> = {
  MmAllocateSpecialPool: { size: 0, tag: 1 },
  ExAllocatePool: { size: 1 },
  ExAllocatePoolWithTag: { size: 1, tag: 2 },
  ExAllocatePoolWithTagPriority: { size: 1, tag: 2 },
  ExAllocatePoolWithQuotaTag: { size: 1, tag: 2 },
  ExAllocatePool2: { size: 1, tag: 2, wideOnly: true },
  ExAllocatePool3: { size: 1, tag: 2, wideOnly: true },
  VeAllocatePoolWithTagPriority: { size: 1, tag: 2 },
  VerifierExAllocatePoolWithTag: { size: 1, tag: 2 },
  VerifierExAllocatePoolWithTagPriority: { size: 1, tag: 2 },
  MmFreeSpecialPool: { address: 0 },
  ExFreePool: { address: 0 },
  ExFreePoolWithTag: { address: 0, tag: 1 },
  VerifierExFreePool: { address: 0 },
  VerifierExFreePoolWithTag: { address: 0, tag: 1 },
};
