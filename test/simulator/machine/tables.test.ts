import { describe, expect, test } from 'vitest';
import type { Machine } from '../../../src/simulator/machine/machine.js';
import { ARCHITECTURES, booted, symbol } from './booted.js';

/** The physical address behind a virtual one, found as a debugger finds it: by CR3 and the tables in physical memory. */
function walk(machine: Machine, address: bigint): bigint | undefined {
  const wide = machine.architecture === 'x64';
  const [bits, width, levels] = wide ? [9n, 8, 4] : [10n, 4, 2];
  let table = machine.processors[0]?.special.cr3 as bigint;
  for (let level = BigInt(levels - 1); level >= 0n; level--) {
    const index = (address >> (12n + bits * level)) & ((1n << bits) - 1n);
    const entry = machine.memory.readPhysical(table + index * BigInt(width), 4).readUInt32LE(0);
    if ((entry & 1) === 0) return undefined;
    table = BigInt(entry & ~0xfff) & 0xffff_f000n;
  }
  return table + (address & 0xfffn);
}

describe.each(ARCHITECTURES)('what a debugger looks up in an %s machine', (architecture) => {
  const machine = booted({ architecture });
  const shared = architecture === 'x64' ? 0xffff_f780_0000_0000n : 0xffdf_0000n;

  test('the page tables lead to every page, and to none that is not there', () => {
    const places = [
      ...machine.images.map(({ base }) => base),
      symbol(machine, 'nt!PsLoadedModuleList'),
      ...machine.processors.flatMap(({ pcr, thread, special }) => [pcr, thread, special.gdtBase]),
      0x20_0000n,
      0x7ffe_0000n,
      shared,
    ];
    for (const place of places) expect(walk(machine, place)).toBe(machine.memory.translate(place));
    expect(walk(machine, 0x1000n)).toBeUndefined();
    // The kernel's INIT section is gone since the end of the boot.
    expect(walk(machine, symbol(machine, 'nt!MiInitializePools'))).toBeUndefined();
  });

  test('a reboot has tables of its own', () => {
    const again = booted({ architecture });
    again.reboot();
    while (again.bootNext()) again.run(1_000_000);
    for (const { base } of again.images) expect(walk(again, base)).toBe(again.memory.translate(base));
  });

  test('each processor has a code segment that says how wide its code is', () => {
    for (const processor of machine.processors) {
      const descriptor = machine.memory.read(processor.special.gdtBase + processor.get('cs'), 8);
      const access = descriptor.readUInt16LE(5);
      // Code, present; for x86 the default size, for x64 the long mode.
      expect(access & 0x98).toBe(0x98);
      expect(access & 0x6000).toBe(architecture === 'x64' ? 0x2000 : 0x4000);
    }
  });

  test('fs of x86 leads to the KPCR of its processor, and both have a TSS', () => {
    for (const { special, pcr } of machine.processors) {
      const base = (selector: number) => {
        const bytes = machine.memory.read(special.gdtBase + BigInt(selector), 8);
        return BigInt((bytes.readUInt16LE(2) | (bytes.readUInt8(4) << 16) | (bytes.readUInt8(7) << 24)) >>> 0);
      };
      expect(machine.memory.read(special.gdtBase + BigInt(special.tr), 8).readUInt8(5)).toBe(0x8b);
      if (architecture === 'x86') expect(base(0x30)).toBe(pcr);
    }
  });

  test('the page that user mode shares with the kernel is one page', () => {
    expect(machine.memory.translate(shared)).toBe(machine.memory.translate(0x7ffe_0000n));
    const [major, minor] = [0x26cn, 0x270n].map((field) => machine.memory.read(shared + field, 4).readUInt32LE(0));
    expect([major, minor]).toEqual(architecture === 'x64' ? [6, 1] : [5, 2]);
  });
});
