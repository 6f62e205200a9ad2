import { describe, expect, it } from 'vitest';
import { parseCallSite } from '../../src/kd-text/frames.js';
import { attribute } from '../../src/stacks/attribution.js';

function whose(...sites: string[]) {
  return attribute(
    sites.map((text) => {
      const { module = null, symbol = null, offset = null } = parseCallSite(text) ?? {};
      return { text, module, symbol, offset };
    }),
  );
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
