import type { Report } from '../../src/report/model.js';
import { DDK, reportOf, type StackSpec } from './sample-report.js';

const ALLOCATOR = ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x3c1'];
const WRITE = [
  'nt!IofCallDriver+0x45',
  'nt!IopSynchronousServiceTail+0x10b',
  'nt!NtWriteFile+0x65a',
  'nt!KiFastCallEntry+0xfc',
];

const startIo: StackSpec = {
  frames: [...ALLOCATOR, 'mydrv!StartIo+0x2e', 'mydrv!DispatchWrite+0x57', ...WRITE, 'ntdll!ZwWriteFile+0xc'],
  driver: 'mydrv',
  caller: 'mydrv!StartIo',
  count: 4_600,
  size: 72,
};
const ioctl: StackSpec = {
  frames: [
    ...ALLOCATOR,
    'mydrv!Ioctl+0x119',
    'nt!IofCallDriver+0x45',
    'nt!NtDeviceIoControlFile+0x2a',
    'nt!KiFastCallEntry+0xfc',
  ],
  driver: 'mydrv',
  caller: 'mydrv!Ioctl',
  count: 212,
  size: 1024,
};
const filter: StackSpec = {
  frames: [...ALLOCATOR, 'filt+0x1b10', 'filt+0x105c', 'nt!IofCallDriver+0x45', '0xf80c2f3a'],
  driver: 'filt',
  caller: 'filt+0x1b10',
  count: 150,
  size: 512,
};
const registry: StackSpec = {
  frames: [...ALLOCATOR, 'nt!CmpAllocateKeyControlBlock+0x21', 'nt!NtOpenKey+0x1ad', 'nt!KiFastCallEntry+0xfc'],
  driver: 'nt',
  caller: 'nt!CmpAllocateKeyControlBlock',
  count: 38,
};

const hour = (at: number): string => new Date(Date.UTC(2003, 4, 6, 7 + at)).toISOString();

/** One log of one breakpoint: what most reports are. */
export function smallReport(): Report {
  return reportOf({
    stacks: [startIo, ioctl, filter, registry],
    over: {
      axis: 'time',
      source: 'kd',
      borders: [0, 1, 2, 3, 4, 5, 6, 7, 8].map(hour),
      counts: [310, 402, 655, 690, 712, 700, 731, 800],
      drivers: [
        { name: 'mydrv', counts: [280, 380, 630, 668, 690, 678, 708, 778] },
        { name: 'filt', counts: [22, 16, 20, 17, 18, 18, 19, 20] },
        { name: 'nt', counts: [8, 6, 5, 5, 4, 4, 4, 2] },
      ],
    },
    unread: [{ log: 0, line: 81_230, text: 'f7a1bb38 80892e' }],
  });
}

/** Allocations matched with frees, hits that tell neither, and stacks printed twice. */
export function outstandingReport(): Report {
  return reportOf({
    stacks: [
      { ...startIo, outstanding: 812 },
      { ...ioctl, outstanding: 4 },
      { ...filter, outstanding: 20, repeats: 3 },
      { ...registry, operation: 'pool', outstanding: 0 },
      {
        frames: ['nt!ExFreePoolWithTag', 'mydrv!Complete+0x3b', 'nt!IofCompleteRequest+0xd5'],
        driver: 'mydrv',
        caller: 'mydrv!Complete',
        count: 3_996,
        operation: 'free',
      },
      {
        frames: ['nt!DbgBreakPoint', 'nt!KiIdleLoop+0x10'],
        driver: 'nt',
        caller: 'nt!DbgBreakPoint',
        count: 2,
        operation: 'other',
      },
    ],
    outstanding: {
      tracked: 4_960,
      freed: 3_990,
      count: 836,
      bytes: 72_800,
      sized: 836,
      endedByReboot: 0,
      unmatchedFrees: 6,
      reused: 1,
      allocationsWithoutAddress: 37,
      freesWithoutAddress: 0,
    },
    stops: [
      { kind: 'breakpoint', breakpoint: 0, symbol: 'nt!MmAllocateSpecialPool', hits: 5_000 },
      { kind: 'breakpoint', breakpoint: 1, symbol: 'nt!ExFreePoolWithTag', hits: 3_996 },
      { kind: 'break', breakpoint: null, symbol: 'nt!DbgBreakPoint', hits: 2 },
    ],
    processors: [
      { processor: 1, hits: 6_000 },
      { processor: 0, hits: 2_990 },
      { processor: null, hits: 8 },
    ],
    tags: [
      { ...DDK, hits: 4_990, owner: { driver: 'mydrv.sys', description: 'Default for driver allocated memory' } },
      { tag: 'Fil\\0', value: '0x006c6946', hits: 10, owner: null },
    ],
  });
}

/** Several logs, and times that nobody knew. */
export function severalLogsReport(): Report {
  return reportOf({
    stacks: [startIo, { ...ioctl, log: 1 }, { ...filter, log: 2 }, { ...registry, log: 1 }],
    logs: [
      { name: 'monday/debug.log' },
      { name: 'tuesday/debug.log', encoding: 'utf-16le', targets: [], connections: 3, emptyStacks: 2 },
      { name: '-', bytes: 12, lines: 1, endsMidLine: true, targets: [], connections: 0 },
    ],
    over: {
      axis: 'position',
      source: null,
      borders: [0, 2_880_670, 5_761_341, 8_642_012],
      counts: [2_400, 2_200, 400],
      drivers: [
        { name: 'mydrv', counts: [2_400, 2_200, 212] },
        { name: '(others)', counts: [0, 0, 188] },
      ],
    },
    unread: [
      { log: 0, line: 20, text: 'f7a1bb38 80892e' },
      { log: 1, line: 4, text: 'Child' },
    ],
    unreadTotal: 1_200,
  });
}

/** Stacks of which nobody knows that they allocate. */
export function plainStacksReport(): Report {
  return reportOf({
    stacks: [
      { frames: ['mydrv!A+0x1', 'nt!B'], driver: 'mydrv', caller: 'mydrv!A', count: 3, operation: 'other' },
      { frames: ['other!A+0x1', 'nt!B'], driver: 'other', caller: 'other!A', count: 1, operation: 'other' },
    ],
    stops: [{ kind: 'command', breakpoint: null, symbol: null, hits: 4 }],
    tags: [],
  });
}

export function emptyReport(): Report {
  return reportOf({ stacks: [], tags: [], stops: [], processors: [] });
}

/** 20,000 distinct stacks of 60 drivers. */
export function bigReport(distinct = 20_000): Report {
  const stacks = Array.from({ length: distinct }, (_, i): StackSpec => {
    const driver = `driver${Math.floor(((i * 7_919) % 3_600) ** 0.5)}`;
    const caller = `${driver}!Allocate${i % 40}`;
    const path = Array.from(
      { length: 6 + (i % 14) },
      (_, j) => `${driver}!Step${(i >> (j % 9)) % 50}+0x${(j * 16 + 1).toString(16)}`,
    );
    return {
      frames: [...ALLOCATOR, `${caller}+0x${(i % 40).toString(16)}`, ...path, ...WRITE],
      driver,
      caller,
      count: 1 + Math.floor(40_000 / (i + 1)),
      size: 32 + (i % 64) * 16,
    };
  });
  return reportOf({
    stacks,
    over: {
      axis: 'time',
      source: 'events',
      borders: Array.from({ length: 61 }, (_, i) => new Date(Date.UTC(2024, 0, 1, 0, i * 10)).toISOString()),
      counts: Array.from({ length: 60 }, (_, i) => 100 + ((i * 37) % 50)),
      drivers: [
        ...Array.from({ length: 8 }, (_, d) => ({
          name: `driver${59 - d}`,
          counts: Array.from({ length: 60 }, (_, i) => 5 + ((i + d) % 4)),
        })),
        { name: '(others)', counts: Array.from({ length: 60 }, (_, i) => 40 + ((i * 37) % 50)) },
      ],
    },
  });
}

export const HOSTILE: readonly string[] = [
  '<script>alert(1)</script>',
  '</script><img src=x onerror=alert(2)>',
  '<!--<script>',
  `"'\`&amp;&lt;`,
  '\u202egpj.exe\u202c\u2066',
  '\x1b[2J\x00\x07\r\n\t',
  '[click](javascript:alert(3)) | x | `y` **z** ~~w~~ $m$ @all #1 http://example.invalid ![i](j)',
  'S'.repeat(10_000),
  ';;; 12',
  '\u2028\u2029\ufeff\ud800',
  '__proto__',
  'constructor',
];

/** A log whose writer wished the reader ill. */
export function hostileReport(): Report {
  return reportOf({
    stacks: HOSTILE.map((text, i) => ({
      frames: [`nt!ExAllocatePoolWithTag+0x1`, `${text}!${text}+0x${i}`, text],
      driver: text,
      caller: `${text}!${text}`,
      count: 20 - i,
      size: 8,
    })),
    tags: [{ tag: '<|`\x1b', value: '0x1b607c3c', hits: 5, owner: { driver: '</script>', description: '| <b>x</b>' } }],
    logs: [{ name: `<b>'"|\`\u202e.log`, targets: ['Windows </script> | `x`'] }],
    stops: [{ kind: 'exception', breakpoint: null, symbol: '</script><!--', hits: 5 }],
    over: {
      axis: 'position',
      source: null,
      borders: [0, 100, 200],
      counts: [60, 114],
      drivers: HOSTILE.slice(0, 4).map((name) => ({ name, counts: [10, 10] })),
    },
    unread: HOSTILE.map((text, line) => ({ log: 0, line: line + 1, text })),
  });
}
