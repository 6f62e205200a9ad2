import type { KernelName } from '../../../src/simulator/machine/kernels.js';

/** Who calls whom for each thread, innermost first, as the sources of the images have it. */
type Chains = Readonly<Record<string, readonly (readonly string[])[]>>;

const nt = (...functions: string[]) => functions.map((name) => `nt!${name}`);
const of = (module: string, ...functions: string[]) => functions.map((name) => `${module}!${name}`);

/** By which functions each kernel allocates from special pool, as far as they have symbols. */
const POOL: Readonly<Record<KernelName, readonly string[]>> = {
  '2003': nt('MmAllocateSpecialPool', 'ExAllocatePoolWithTag'),
  '7': nt('MmAllocateSpecialPool', 'ExAllocatePoolWithTag'),
  '10': nt('ExAllocateHeapSpecialPool', 'ExAllocateHeapPool', 'ExAllocatePoolWithTag'),
  '11': nt('ExAllocateHeapPool', 'ExAllocatePoolWithTag'),
};
const pool = POOL['7'];
const system = nt('PspSystemThreadStartup', 'KiThreadStartup');
const item = [...nt('IopProcessWorkItem', 'ExpWorkerThread'), ...system];
const call = nt('IopfCallDriver', 'IofCallDriver');
const control = [...call, ...nt('IopSynchronousServiceTail', 'IopXxxControlFile', 'NtDeviceIoControlFile')];
const open = [
  ...pool,
  ...of('filterdrv', 'FilterQueryName', 'FilterCreate'),
  ...call,
  ...nt('IopParseDevice', 'ObpLookupObjectName', 'ObOpenObjectByName', 'IopCreateFile', 'IoCreateFile', 'NtOpenFile'),
];
const walk = [
  ...pool,
  ...of('filterdrv', 'FilterVisitNode', ...Array.from({ length: 14 }, () => 'FilterWalkTree'), 'FilterDispatch'),
  ...control,
];
const reply = [
  ...pool,
  ...of('leakydrv', 'LeakyAllocate', 'LeakyBuildReply', 'LeakyDeviceControl'),
  ...call,
  ...of('filterdrv', 'FilterPassDown', 'FilterDispatch'),
  ...control,
];
const draw = of('win32k', 'GreExtTextOutW', 'NtGdiExtTextOutW');
const batch = [...pool, ...of('leakydrv', 'LeakyAllocate', 'LeakyFillBatch', 'LeakyBatchThread'), ...system];

const common: Chains = {
  worker: [[...pool, ...of('leakydrv', 'LeakyAllocate', 'LeakyRefreshCache', 'LeakyWorkItem'), ...item]],
  batch: [batch, batch, batch, batch, batch],
  buffers: [[...pool, ...of('filterdrv', 'FilterCompress', 'FilterReadBlock', 'FilterBufferThread'), ...system]],
  other: [],
};

const user = of('ntdll', 'RtlpUserThread', 'RtlUserThreadStart');
const service64 = (stub: string, ...callers: string[]) => [
  ...nt('KiSystemServiceCopyEnd'),
  ...of('ntdll', stub, ...callers),
  ...user,
];
/** A stub has no frame: an EBP walk loses its caller. */
const service32 = (...callers: string[]) => [
  ...nt('KiFastCallEntry'),
  ...of('ntdll', 'KiFastSystemCallRet', ...callers),
  ...user,
];
const font = of('win32k', 'RealizeFont', 'GreExtTextOutLocked');
const video = [...of('win32k', 'EngAllocMem'), ...of('videodrv', 'VideoDrawGlyphs')];

export const EXPECTED: Readonly<Record<'x64' | 'x86', Chains>> = {
  x64: {
    ...common,
    ioctl: [[...reply, ...service64('NtDeviceIoControlFile', 'RtlpControlDevice', 'RtlpAskDevice')]],
    deep: [[...walk, ...service64('NtDeviceIoControlFile', 'RtlpControlDevice', 'RtlpWalkDevice')]],
    open: [[...open, ...service64('NtOpenFile', 'RtlpOpenFile')]],
    reopen: [
      [
        ...open,
        ...nt('KiSystemServiceCopyEnd', 'KiServiceLinkage'),
        ...of('filterdrv', 'FilterOpenBelow', 'FilterReopen'),
        ...item,
      ],
    ],
    gui: [
      [...pool, ...font, ...draw, ...service64('NtGdiExtTextOutW', 'RtlpDrawText')],
      [
        ...pool,
        ...video,
        ...of('win32k', 'GreExtTextOutLocked'),
        ...draw,
        ...service64('NtGdiExtTextOutW', 'RtlpDrawText'),
      ],
    ],
    blit: [
      [...pool, ...of('win32k', 'EngAllocMem'), ...of('videodrv', 'VideoClip', 'VideoStretch', 'VideoBlit'), ...item],
    ],
  },
  x86: {
    ...common,
    ioctl: [[...reply, ...service32('RtlpAskDevice')]],
    deep: [[...walk, ...service32('RtlpWalkDevice')]],
    open: [[...open, ...service32()]],
    reopen: [[...open, ...nt('KiSystemService', 'ZwOpenFile'), ...of('filterdrv', 'FilterReopen'), ...item]],
    gui: [
      [...pool, ...font, ...draw, ...service32()],
      // videodrv has no frames: its caller in win32k is lost.
      [...pool, ...video, ...draw, ...service32()],
    ],
    // And here even ebp is used otherwise: the walk ends.
    blit: [[...pool, ...of('win32k', 'EngAllocMem'), ...of('videodrv', 'VideoClip')]],
  },
};

/** What is expected of a kernel: below the pool's own functions all of an architecture are alike. */
export function expectedPaths(architecture: 'x64' | 'x86', kernel: KernelName): Chains {
  const chains = Object.entries(EXPECTED[architecture]).map(([thread, paths]): [string, string[][]] => [
    thread,
    paths.map((path) => [...POOL[kernel], ...path.slice(pool.length)]),
  ]);
  return Object.fromEntries(chains);
}
