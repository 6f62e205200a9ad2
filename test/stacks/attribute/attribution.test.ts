import { describe, expect, it } from 'vitest';
import { parseCallSite } from '../../../src/kd-text/frames/frames.js';
import { attribute } from '../../../src/stacks/attribute/attribution.js';
import { operationOf } from '../../../src/stacks/attribute/operation.js';
import { Wrappers } from '../../../src/stacks/attribute/wrappers.js';
import type { TableFrame } from '../../../src/stacks/stack-table.js';

function frameOf(text: string): TableFrame {
  const { module = null, symbol = null, offset = null } = parseCallSite(text) ?? {};
  return { text, module, symbol, offset };
}

function whose(...sites: string[]) {
  return attribute(sites.map(frameOf));
}

describe('attribute', () => {
  const cold = "nt! ?? ::FNODOBFM::`string'+0x2935c";
  it.each([
    ['the plain way', ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x2ba', 'a!B+0x1'], 'a!B'],
    [
      'verifier',
      [
        'nt!ExAllocatePoolWithTag+1',
        'nt!VeAllocatePoolWithTagPriority+0x1',
        'nt!VerifierExAllocatePoolWithTag+0x1',
        'a!B',
      ],
      'a!B',
    ],
    [
      'the segment heap',
      ['nt!ExAllocateHeapSpecialPool', 'nt!ExAllocateHeapPool+0x1', 'nt!ExAllocatePool2+0x9', 'a!B'],
      'a!B',
    ],
    [
      'a lookaside list',
      ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x1', 'nt!ExAllocateFromPagedLookasideList+0x2', 'a!B'],
      'a!B',
    ],
    ['a cold block named after ExFreePool', ['nt!MmAllocateSpecialPool', 'nt!ExFreePool+0xd1', 'a!B'], 'a!B'],
    ['a cold block without a name', ['nt!MmAllocateSpecialPool', cold, 'a!B+0x2'], 'a!B'],
    [
      'a cold block inside the allocator',
      ['nt!MmAllocateSpecialPool', cold, 'nt!ExAllocatePoolWithTag+0x1', 'a!B'],
      'a!B',
    ],
    [
      'a cold block that calls the allocator',
      ['nt!ExAllocatePoolWithTag+0x1', cold, 'a!B'],
      "nt!?? ::FNODOBFM::`string'",
    ],
    [
      'the kernel itself',
      ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x1', 'nt!IopParseDevice+0xbfb'],
      'nt!IopParseDevice',
    ],
    ['a helper of the kernel', ['nt!ExAllocatePoolWithTag+0x1', 'nt!IoAllocateMdl+0x5', 'a!B'], 'nt!IoAllocateMdl'],
    [
      'names that are the nearest export',
      ['nt!NtMapViewOfSection+0x3e7d', 'nt!ExAllocatePoolWithTag+0x2ba', 'a!B+0x1'],
      'a!B',
    ],
    [
      'the break of the pool tag',
      ['nt!DbgBreakPoint', 'nt!MmGetPhysicalMemoryRanges+0xeab', 'nt!ExFreePoolWithTag+0x449', 'a!B+0x1'],
      'a!B',
    ],
    ['no symbol', ['nt!ExAllocatePoolWithTag+0x1', 'a+0x4e1'], 'a+0x4e1'],
    ['no module', ['nt!ExAllocatePoolWithTag+0x1', '0x815ef600', 'a!B'], '0x815ef600'],
    [
      'a driver with names like the allocator',
      ['nt!ExAllocatePoolWithTag+0x1', 'a!ExAllocatePoolMine', 'b!C'],
      'a!ExAllocatePoolMine',
    ],
    [
      'nothing but allocator',
      ['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x7f'],
      'nt!ExAllocatePoolWithTag',
    ],
  ])('finds the caller through %s', (_, sites, caller) => {
    expect(whose(...sites).caller).toBe(caller);
  });

  it.each([
    [['nt!A', 'hal!B', 'a!C', 'b!D'], 'a', false],
    [['ntkrnlpa!A', 'halmacpi!B', 'VerifierExt!C', 'HALVES!D'], 'HALVES', false],
    [['nt!A', 'nt!B'], 'nt', false],
    [['ntkrnlmp!A', '0x815ef600'], '(unknown)', false],
    [['nt!A', '0x815ef600', 'a!B'], '(unknown)', false],
    [['nt!A', '0xfffff880`01085019'], '(unknown)', false],
    [['nt!A', '0x77a71135'], 'nt', false],
    [['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x33'], '(unknown)', false],
    [
      ['nt!NtMapViewOfSection+0x3e7d', 'nt!ExAllocatePoolWithTag+0x2ba', 'nt!IoSetThreadHardErrorMode+0x3345', 'a+0x1'],
      'a',
      false,
    ],
    [['0x815ef600'], '(unknown)', false],
    [['nt!A', 'nt!KiFastCallEntry+0xf8', 'ntdll!ZwX'], 'ntdll', true],
    [['nt!A', 'nt!KiSystemServiceCopyEnd+0x13', '0x7ffe0304', 'ntdll!ZwX'], 'ntdll', true],
    [['nt!A', 'nt!KiSystemService+0x67', 'nt!ZwOpenFile+0x11', 'win32k!Init'], 'win32k', false],
    [['a!A', 'nt!KiFastCallEntry+0xf8', 'ntdll!ZwX'], 'a', false],
  ])('finds the driver of %j', (sites, driver, userMode) => {
    expect(whose(...sites)).toMatchObject({ driver, userMode });
  });
});

describe('wrappers', () => {
  const pool = ['nt!ExAllocatePoolWithTag+0x2e'];
  it.each([
    ['KMDF', ['Wdf01000!FxPoolAllocator+0x1', 'Wdf01000!imp_WdfMemoryCreate+0x1', 'a!B+0x1'], 'a', 'a!B', 2],
    ['one framework on another', ['ndis!ndisAllocate+0x1', 'NETIO!NetioAllocateMdl+0x1', 'a!B'], 'a', 'a!B', 2],
    ['a port driver', ['storport!StorPortExtendedFunction+0x2', 'a!B', 'storport!RaidAdapterX'], 'a', 'a!B', 1],
    ['other capitals', ['fltmgr!FltAllocateContext+0x2', 'a!B'], 'a', 'a!B', 1],
    ['an inlined stub', ['Wdf01000!imp_WdfRequestCreate', 'a!WdfRequestCreate+0x9', 'a!B+0x1'], 'a', 'a!B', 1],
    ['a driver without symbols', ['ndis!NdisAllocateMemory', 'a+0x1022'], 'a', 'a+0x1022', 1],
    [
      'its own allocation',
      ['ndis!NdisAllocateMemory', 'ndis!ndisMPause+0x1', 'nt!KiRetireDpcList'],
      'ndis',
      'ndis!ndisMPause',
      1,
    ],
    [
      'an allocation of its own for a request',
      ['FLTMGR!FltpAllocateIrpCtrl', 'FLTMGR!FltpDispatch', 'nt!IofCallDriver', 'a!Read'],
      'FLTMGR',
      'FLTMGR!FltpDispatch',
      1,
    ],
    [
      'half of the window manager',
      ['win32kbase!Win32AllocPool+1', 'win32kfull!NtUserX+0x1', 'nt!KiSystemServiceCopyEnd+0x13'],
      'win32kfull',
      'win32kfull!NtUserX',
      1,
    ],
    ['a helper of the kernel', ['nt!IoAllocateMdl+0x5', 'ndis!NdisAllocateMdl', 'a!B'], 'a', 'nt!IoAllocateMdl', 1],
    [
      'a driver of no name',
      ['ndis!NdisAllocateMemory', '0xfffff880`01085019', 'b!C'],
      '(unknown)',
      '0xfffff880`01085019',
      1,
    ],
  ])('%s is a way, not the caller', (_, sites, driver, caller, ways) => {
    const found = whose(...pool, ...sites);
    expect(found).toMatchObject({ driver, caller });
    expect(found.through).toHaveLength(ways);
  });

  it('knows those that somebody names', () => {
    const wrappers = new Wrappers(['mylib!Alloc*', 'helpers']);
    const sites = [...pool, 'mylib!AllocBuffer+0x1', 'helpers!New', 'a!B+0x1'];
    expect(attribute(sites.map(frameOf), { wrappers })).toMatchObject({
      caller: 'a!B',
      driver: 'a',
      through: ['mylib!AllocBuffer', 'helpers!New'],
    });
    expect(whose(...sites)).toMatchObject({ driver: 'mylib', through: [] });
    expect(attribute([...pool, 'mylib!Queue', 'a!B'].map(frameOf), { wrappers }).driver).toBe('mylib');
  });
});

describe('machinery above the allocator', () => {
  it.each([
    [
      ['nt!KeBugCheckEx', 'nt!RtlpHeapHandleError+0x40', 'nt!ExAllocateHeapPool+0x7', 'nt!ExAllocatePool2', 'a!B'],
      'a!B',
      'allocation',
    ],
    [['nt!KeBugCheckEx', 'nt!ExDeferredFreePool+0x1a5', 'nt!ExFreePoolWithTag+0x1', 'a!B'], 'a!B', 'free'],
    [
      [
        'nt!KeBugCheckEx',
        'nt!KiBugCheckDispatch+0x69',
        'nt!KiPageFault+0x23a',
        'nt!ExDeferredFreePool+0xfa',
        'nt!ExAllocatePoolWithTag+0x2',
        'a!B',
      ],
      'a!B',
      'allocation',
    ],
    [
      ['nt!KeBugCheckEx', 'nt!KiBugCheckDispatch+0x69', 'nt!KiPageFault+0x23a', 'a!B', 'nt!IofCallDriver'],
      'a!B',
      'other',
    ],
    [
      [
        'nt!DbgBreakPointWithStatus',
        'nt!KiBugCheckDebugBreak+0x12',
        'nt!KeBugCheck2+0x1',
        'nt!KeBugCheckEx',
        'nt!ExFreePoolWithTag',
        'a!B',
      ],
      'a!B',
      'free',
    ],
    [
      [
        'hal!HalBugCheckSystem+0xca',
        'PSHED!PshedBugCheckSystem',
        'nt!WheaReportHwError',
        'nt!KiNmiInterrupt',
        'nt!ExAllocatePoolWithTag',
        'a!B',
      ],
      'a!B',
      'allocation',
    ],
  ])('%j', (sites, caller, operation) => {
    expect(whose(...sites)).toMatchObject({ caller, driver: 'a', crash: true });
    expect(operationOf(sites.map(frameOf))).toBe(operation);
  });

  it.each([
    [['nt!DbgBreakPoint', 'nt!ExpInsertPoolTracker+0x31', 'nt!ExAllocatePoolWithTag', 'a!B'], 'allocation'],
    [['nt!ExRemovePoolTag+0x9c', 'nt!ExFreeHeapPool+0x201', 'nt!ExFreePoolWithTag+0x20', 'a!B'], 'free'],
    [
      [
        'nt!ExAllocateContiguousHeapPool+0x8e',
        'nt!MiAllocateContiguousMemory',
        'nt!MmAllocateContiguousNodeMemory',
        'a!B',
      ],
      'allocation',
    ],
    [['nt!ExInsertPoolTag', 'nt!MiAllocatePagesForMdl+0x1', 'nt!MmAllocatePagesForMdlEx+0x2', 'a!B'], 'allocation'],
    [['nt!MiGetPoolPages+0x1', 'nt!MiAllocatePoolPages+0x2', 'nt!ExAllocatePoolWithTag', 'a!B'], 'allocation'],
    [['NT!_ExAllocatePoolWithTag@12', 'a!B'], 'allocation'],
    [['nt!MmFreeContiguousMemory', 'a!B'], 'free'],
    [['nt!IofCallDriver', 'a!B'], 'other'],
  ])('%j allocates or frees as its names say', (sites, operation) => {
    expect(operationOf(sites.map(frameOf))).toBe(operation);
    expect(whose(...sites).driver).toBe('a');
    if (operation !== 'other') expect(whose(...sites)).toMatchObject({ caller: 'a!B', crash: false });
  });
});

describe('what is missing', () => {
  const gap: TableFrame = {
    text: '(frames 2 to 4 are missing)',
    module: null,
    symbol: null,
    offset: null,
    mark: 'gap',
  };
  const with_ = (...sites: (string | TableFrame)[]) =>
    attribute(sites.map((site) => (typeof site === 'string' ? frameOf(site) : site)));
  const uncertain = '(driver not certain)';

  it('makes a driver behind it uncertain, and none before it', () => {
    expect(with_('nt!ExAllocatePoolWithTag', gap, 'a!B')).toMatchObject({
      driver: uncertain,
      caller: uncertain,
      doubt: { why: 'frames 2 to 4 are missing', next: 'a' },
    });
    expect(with_('nt!ExAllocatePoolWithTag', 'nt!IoAllocateMdl', gap, 'a!B').driver).toBe(uncertain);
    expect(with_('nt!ExAllocatePoolWithTag', 'ndis!NdisAllocateMemory', gap, 'a!B').driver).toBe(uncertain);
    expect(with_('nt!ExAllocatePoolWithTag', gap).driver).toBe(uncertain);
    expect(with_('nt!ExAllocatePoolWithTag', 'a!B', gap, 'b!C').driver).toBe('a');
    expect(with_(gap, 'nt!ExAllocatePoolWithTag', 'a!B').driver).toBe('a');
    expect(with_('nt!MmAllocateSpecialPool', gap, 'nt!ExAllocatePoolWithTag', 'a!B').driver).toBe('a');
    expect(with_('nt!ExAllocatePoolWithTag', 'nt!NtX', 'nt!KiSystemServiceCopyEnd', gap, 'ntdll!X').driver).toBe(
      'ntdll',
    );
  });
});
