import { describe, expect, test } from 'vitest';
import { createMachine } from '../../../src/simulator/machine/emulated-machine.js';
import type { Machine } from '../../../src/simulator/machine/machine.js';
import { ARCHITECTURES, booted, rest, symbol } from './booted.js';
import { nameOf } from './stack.js';

/** Reads as a debugger would: pointers by width, offsets from KDDEBUGGER_DATA64. */
class Reader {
  readonly width: number;

  constructor(readonly machine: Machine) {
    this.width = machine.architecture === 'x64' ? 8 : 4;
  }

  pointer(at: bigint): bigint {
    const bytes = this.machine.memory.read(at, this.width);
    return this.width === 8 ? bytes.readBigUInt64LE() : BigInt(bytes.readUInt32LE());
  }

  u16(at: bigint): number {
    return this.machine.memory.read(at, 2).readUInt16LE();
  }

  u32(at: bigint): number {
    return this.machine.memory.read(at, 4).readUInt32LE();
  }

  unicode(at: bigint): string {
    return this.machine.memory.read(this.pointer(at + BigInt(this.width)), this.u16(at)).toString('utf16le');
  }
}

describe.each(ARCHITECTURES)('%s', (architecture) => {
  const wide = architecture === 'x64';
  const machine = booted({ architecture, processors: 3 });
  const reader = new Reader(machine);
  const data = reader.pointer(machine.kernel.debuggerDataList);

  test('KDDEBUGGER_DATA64 is where the list leads, as large as its Windows has it', () => {
    expect(machine.memory.read(data + 0x10n, 4).toString('latin1')).toBe('KDBG');
    expect(reader.u32(data + 0x14n)).toBe(wide ? 0x340 : 0x318);
    expect(reader.pointer(data)).toBe(machine.kernel.debuggerDataList);
  });

  test.each([
    [0x18n, 'base'],
    [0x20n, 'nt!RtlpBreakWithStatusInstruction'],
    [0x48n, 'nt!PsLoadedModuleList'],
    [0x50n, 'nt!PsActiveProcessHead'],
    [0x208n, 'nt!NtBuildLab'],
    [0x218n, 'nt!KiProcessorBlock'],
    [0x238n, 'nt!MmSpecialPoolTag'],
  ])('its field at %s is %s', (offset, name) => {
    const value = machine.memory.read(data + offset, 8).readBigUInt64LE();
    expect(value).toBe(name === 'base' ? machine.kernel.base : symbol(machine, name));
  });

  test('the tag and the build are readable through it', () => {
    expect(machine.memory.read(reader.pointer(data + 0x238n), 4).toString('latin1')).toBe('Ddk ');
    const lab = machine.memory.read(reader.pointer(data + 0x208n), 4).toString('latin1');
    expect(lab).toBe(String(machine.kernel.build));
  });

  test('each processor has its KPRCB, with its number and its idle thread', () => {
    for (const { number, prcb, thread } of machine.processors) {
      expect(reader.pointer(symbol(machine, 'nt!KiProcessorBlock') + BigInt(number * reader.width))).toBe(prcb);
      expect(reader.u16(prcb + BigInt(reader.u16(data + 0x2ben))) & 0xff).toBe(number);
      expect(reader.pointer(prcb + BigInt(reader.u16(data + 0x2b4n)))).toBe(thread);
      expect(nameOf(machine, thread)).toBe('nt!KiIdleThreads');
    }
  });

  test('nothing is below or above a kernel stack', () => {
    for (const { thread } of machine.processors) {
      const top = reader.pointer(thread + BigInt(reader.u16(data + 0x29en)));
      const bytes = wide ? 24 * 1024 : 12 * 1024;
      expect(machine.memory.read(top - BigInt(bytes), 65_536)).toHaveLength(bytes);
      expect(machine.memory.read(top - BigInt(bytes) - 1n, 1)).toHaveLength(0);
    }
  });

  test('the module list has what the boot has loaded, user mode apart', () => {
    const found = [];
    const at = (x64: bigint, x86: bigint) => (wide ? x64 : x86);
    for (
      let entry = reader.pointer(machine.kernel.loadedModuleList);
      entry !== machine.kernel.loadedModuleList;
      entry = reader.pointer(entry)
    )
      found.push({
        base: reader.pointer(entry + at(0x30n, 0x18n)),
        size: reader.u32(entry + at(0x40n, 0x20n)),
        path: reader.unicode(entry + at(0x48n, 0x24n)),
        name: reader.unicode(entry + at(0x58n, 0x2cn)),
        checkSum: reader.u32(entry + at(0x78n, 0x40n)),
      });
    const expected = machine.images
      .filter(({ name }) => name !== 'ntdll')
      .map(({ base, size, path, checkSum }) => ({ base, size, path, checkSum }));
    expect(found.map(({ name, ...rest }) => rest)).toEqual(expected);
    expect(found.map(({ name }) => name)).toEqual([
      'ntoskrnl.exe',
      'hal.dll',
      'kdcom.dll',
      'leakydrv.sys',
      'filterdrv.sys',
      'win32k.sys',
      'videodrv.sys',
      'faultdrv.sys',
    ]);
    expect(new Set(expected.map(({ checkSum }) => checkSum)).size).toBe(expected.length);
  });

  test('headers are readable, and INIT sections are gone after the start', () => {
    for (const { base } of machine.images) expect(machine.memory.read(base, 2).toString('latin1')).toBe('MZ');
    expect(machine.memory.read(symbol(machine, 'leakydrv!DriverEntry'), 1)).toHaveLength(0);
    expect(machine.memory.read(symbol(machine, 'nt!MiInitializePools'), 1)).toHaveLength(0);
  });

  test('physical memory is the same memory', () => {
    const at = symbol(machine, 'nt!ExAllocatePoolWithTag');
    const physical = machine.memory.translate(at);
    expect(machine.memory.readPhysical(physical ?? 0n, 32)).toEqual(machine.memory.read(at, 32));
    expect(machine.memory.translate(wide ? 0xfffff8ffffff0000n : 0xa0000000n)).toBeUndefined();
  });
});

test('the order of loading, one per call', () => {
  const machine = createMachine({ architecture: 'x86', processors: 1 });
  expect(machine.address('nt!KeBugCheckEx')).toBeDefined();
  expect(machine.address('leakydrv!LeakyAllocate')).toBeUndefined();
  expect(machine.wake('worker')).toBe(false);
  const names = [];
  for (let image = machine.bootNext(); image; image = machine.bootNext()) {
    expect(image.loaded).toBe(true);
    names.push(image.name);
  }
  expect(names).toEqual(['nt', 'hal', 'kdcom', 'leakydrv', 'filterdrv', 'win32k', 'videodrv', 'faultdrv', 'ntdll']);
  rest(machine);
  expect(machine.wake('ioctl')).toBe(true);
});

test('a reboot begins again', () => {
  const machine = booted();
  machine.wake('worker');
  rest(machine);
  machine.memory.write(symbol(machine, 'nt!MmAllocateSpecialPool'), Buffer.of(0xcc));
  machine.reboot();
  expect(machine.images.map(({ loaded }) => loaded)).not.toContain(true);
  expect([machine.tagAllocations, machine.completed.get('worker')]).toEqual([0, 0]);
  while (machine.bootNext()) rest(machine);
  for (const name of ['worker', 'deep']) {
    expect(machine.wake(name)).toBe(true);
    rest(machine);
  }
  expect([machine.tagAllocations, machine.completed.get('deep')]).toEqual([2, 1]);
  expect(machine.damages).toEqual([]);
});

test('another tag gets the special pool', () => {
  const machine = booted({ tag: 'TStr' });
  machine.wake('worker');
  rest(machine);
  expect(machine.tagAllocations).toBe(0);
  machine.wake('other');
  rest(machine);
  expect(machine.tagAllocations).toBe(3);
});

test('a machine has 1 to 8 processors', () => {
  expect(() => createMachine({ architecture: 'x64', processors: 0 })).toThrow(RangeError);
  const machine = booted({ processors: 8 });
  expect(new Set(machine.processors.map(({ pcr }) => pcr)).size).toBe(8);
});
