import { describe, expect, it } from 'vitest';
import { API } from '../../../../src/kd/control/api.js';
import { x64, x86 } from '../../../../src/kd/control/architecture.js';
import { BreakpointTable, TABLE_SIZE } from '../../../../src/kd/control/breakpoints/breakpoint-table.js';
import { Breakpoints } from '../../../../src/kd/control/breakpoints/breakpoints.js';
import { DebugRegisters } from '../../../../src/kd/control/breakpoints/debug-registers.js';
import { LineQuality } from '../../../../src/kd/wire/line-quality.js';
import { emptyStatistics } from '../../../../src/kd/wire/link-statistics.js';
import { BreakPointTable } from '../../../../src/simulator/stub/break-points.js';
import { FakeWire, noDoubt, refused } from '../fake-wire.js';

const INT3 = 0xcc;

/** Breakpoints over a kernel's table, and how often the line has it execute a request. */
function table(times: (request: Buffer) => number = () => 1, doubt = noDoubt()) {
  const code = Buffer.alloc(0x1000, 0x90);
  const entries = new BreakPointTable({
    read: (address, length) => code.subarray(Number(address), Number(address) + length),
    write: (address, bytes) => {
      code.set(bytes, Number(address));
      return bytes.length;
    },
    readPhysical: () => code,
    writePhysical: () => 0,
    translate: (address) => address,
  });
  const once = (request: Buffer) => {
    if (request.readUInt32LE(0) === API.restoreBreakPoint)
      return entries.remove(request.readUInt32LE(16)) ? {} : refused;
    const { handle } = entries.add(request.readBigUInt64LE(16));
    return { status: handle === 0 ? 0xc000_0001 : 0, fields: { 24: handle } };
  };
  const wire = new FakeWire((request) => {
    let answer = once(request);
    for (let time = 1; time < times(request); time++) answer = once(request);
    return answer;
  });
  const registers = new DebugRegisters(wire, x64, noDoubt());
  return {
    code,
    entries,
    wire,
    registers,
    breakpoints: new Breakpoints(new BreakpointTable(wire, x64, doubt), registers),
  };
}

describe('what a bad line may have put into the table', () => {
  it.each([1, 3, 9])('is taken out behind %i breakpoints of ours, however much there is of it', async (count) => {
    for (const strays of [1, 4, 10]) {
      const { breakpoints, entries } = table(() => 1, new LineQuality({ ...emptyStatistics(), bad: 1 }));
      for (let index = 0; index < count; index++) breakpoints.add(BigInt(index), 'software');
      await breakpoints.insert();
      const handles = Array.from({ length: strays }, (_, index) => entries.add(BigInt(0x100 + index)).handle);
      for (const each of [...breakpoints.list]) await breakpoints.clear(each);
      await breakpoints.seeEmpty();
      expect(handles.filter((handle) => entries.remove(handle))).toEqual([]);
    }
  });
});

describe('the list of breakpoints', () => {
  it('takes as many as the target has room for, and refuses the next one in words', async () => {
    const { breakpoints, entries } = table();
    for (let index = 0; index < TABLE_SIZE; index++) breakpoints.add(BigInt(index), 'software');
    expect(() => breakpoints.add(0x100n, 'software')).toThrow(
      "Too many breakpoints: the target's table has 32 entries.",
    );
    await breakpoints.insert();
    expect(entries.addresses(true)).toHaveLength(32);
    await breakpoints.clear(breakpoints.find(7) as NonNullable<ReturnType<Breakpoints['find']>>);
    expect(breakpoints.add(0x100n, 'software').id).toBe(7);
    await breakpoints.insert();
    expect(entries.addresses(true)).toHaveLength(32);
    expect(entries.addresses(true)).toContain(0x100n);
  });

  it('takes four of hardware, and leaves no register taken by a refused one', () => {
    const { breakpoints, registers } = table();
    for (let index = 0; index < 4; index++) breakpoints.add(BigInt(index), 'write', 4);
    expect(() => breakpoints.add(9n, 'execute')).toThrow('four debug registers');
    const full = table();
    for (let index = 0; index < TABLE_SIZE; index++) full.breakpoints.add(BigInt(index), 'software');
    expect(() => full.breakpoints.add(9n, 'execute')).toThrow('Too many breakpoints');
    expect(full.registers.slots).toEqual([undefined, undefined, undefined, undefined]);
    expect(registers.slots).not.toContain(undefined);
  });

  it('refuses a second one at the same address when it goes in, and is right again without it', async () => {
    const { breakpoints, entries } = table();
    breakpoints.add(0x10n, 'software');
    const second = breakpoints.add(0x10n, 'software');
    await expect(breakpoints.insert()).rejects.toThrow('refuses breakpoint 1 at 10');
    expect(entries.addresses(true)).toEqual([0x10n]);
    await breakpoints.clear(second);
    await breakpoints.insert();
    expect(entries.addresses(true)).toEqual([0x10n]);
  });

  it('survives that the target has executed a request twice', async () => {
    const { breakpoints, entries, code } = table((request) =>
      request.readUInt32LE(0) === API.writeBreakPoint ? 2 : 1,
    );
    // The second execution of one request refuses the address that the first one has put in; only the third request is alone.
    breakpoints.add(0x10n, 'software');
    await expect(breakpoints.insert()).rejects.toThrow('refuses');
    const single = table((request) =>
      request.readUInt32LE(0) === API.writeBreakPoint && single.wire.requests.length === 1 ? 2 : 1,
    );
    const kept = single.breakpoints.add(0x20n, 'software');
    await single.breakpoints.insert();
    expect(single.entries.addresses(true)).toEqual([0x20n]);
    await single.breakpoints.clear(kept);
    expect(single.entries.addresses(false)).toEqual([]);
    expect(single.code.includes(INT3)).toBe(false);
    expect(entries.addresses(true)).toEqual([0x10n]);
    expect(code[0x10]).toBe(INT3);
  });

  it('cleans up behind a doubled request without touching its other entries', async () => {
    const double = table((request) =>
      request.readUInt32LE(0) === API.writeBreakPoint && double.wire.requests.length === 4 ? 2 : 1,
    );
    for (const address of [0x10n, 0x20n, 0x30n, 0x40n]) double.breakpoints.add(address, 'software');
    await double.breakpoints.insert();
    expect(double.entries.addresses(true).sort()).toEqual([0x10n, 0x20n, 0x30n, 0x40n]);
    for (const each of [...double.breakpoints.list]) await double.breakpoints.clear(each);
    expect(double.code.includes(INT3)).toBe(false);
  });

  it('takes a disabled one out, and puts it in again', async () => {
    const { breakpoints, entries } = table();
    const one = breakpoints.add(0x10n, 'software');
    await breakpoints.insert();
    await breakpoints.enable(one, false);
    expect(entries.addresses()).toEqual([]);
    expect(breakpoints.at(0x10n)).toBeUndefined();
    await breakpoints.insert();
    expect(entries.addresses()).toEqual([]);
    await breakpoints.enable(one, true);
    await breakpoints.insert();
    expect(entries.addresses(true)).toEqual([0x10n]);
  });

  it('gives a disabled one of hardware its register back only when one is free', async () => {
    const { breakpoints, registers } = table();
    const first = breakpoints.add(0x10n, 'write', 4);
    await breakpoints.enable(first, false);
    expect(registers.dr7()).toBe(0x400n);
    for (let index = 0; index < 4; index++) breakpoints.add(BigInt(index), 'execute');
    await expect(breakpoints.enable(first, true)).rejects.toThrow('four debug registers');
    expect(first.enabled).toBe(false);
    expect(first.slot).toBeUndefined();
  });

  it('knows which ones a report has taken out', async () => {
    const { breakpoints, entries } = table();
    for (const address of [0x0fn, 0x10n, 0x1fn, 0x20n]) breakpoints.add(address, 'software');
    await breakpoints.insert();
    entries.removeIn(0x10n, 16);
    breakpoints.reported(0x10n);
    expect(breakpoints.list.map(({ handle }) => handle !== undefined)).toEqual([true, false, false, true]);
    await breakpoints.insert(0x10n);
    expect(entries.addresses(true).sort()).toEqual([0x0fn, 0x1fn, 0x20n].sort());
    await breakpoints.insert();
    expect(entries.addresses(true)).toHaveLength(4);
  });

  it('is right again when the target has kept what a report takes out elsewhere', async () => {
    const { breakpoints, entries, code } = table();
    breakpoints.add(0x10n, 'software');
    await breakpoints.insert();
    breakpoints.reported(0x10n);
    await breakpoints.insert();
    expect(entries.addresses(true)).toEqual([0x10n]);
    await breakpoints.clear(breakpoints.list[0] as NonNullable<(typeof breakpoints.list)[0]>);
    expect(code.includes(INT3)).toBe(false);
  });
});

describe('debug registers', () => {
  it('are loaded also into processors that were not there the first time', async () => {
    const wire = new FakeWire((request) => ({ fields: { 28: request.readUInt32LE(24) }, data: Buffer.alloc(0x54) }));
    const registers = new DebugRegisters(wire, x86, noDoubt());
    const written = (): number[] =>
      wire.requests
        .splice(0)
        .flatMap((each) => (each.readUInt32LE(0) === API.writeControlSpace ? each.readUInt16LE(6) : []));
    registers.take({ address: 0x8040_0000n, access: 'execute', bytes: 1 });
    await registers.load(2);
    expect(written()).toEqual([0, 1]);
    await registers.load(2);
    expect(written()).toEqual([]);
  });

  it('are loaded into processors that have come since', async () => {
    const wire = new FakeWire((request) => ({ fields: { 28: request.readUInt32LE(24) }, data: Buffer.alloc(0x54) }));
    const registers = new DebugRegisters(wire, x86, noDoubt());
    registers.take({ address: 0x8040_0000n, access: 'execute', bytes: 1 });
    await registers.load(1);
    wire.requests.length = 0;
    await registers.load(4);
    expect(wire.requests.filter((each) => each.readUInt32LE(0) === API.writeControlSpace)).toHaveLength(3);
  });
});
