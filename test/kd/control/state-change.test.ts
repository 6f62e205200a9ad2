import { describe, expect, it } from 'vitest';
import { decodeReply } from '../../../src/kd/control/api.js';
import { canonical, onTheWire, x64, x86 } from '../../../src/kd/control/architecture.js';
import { BreakpointTable } from '../../../src/kd/control/breakpoints/breakpoint-table.js';
import { Breakpoints } from '../../../src/kd/control/breakpoints/breakpoints.js';
import { DebugRegisters } from '../../../src/kd/control/breakpoints/debug-registers.js';
import {
  controlReport,
  decodeStateChange,
  type ExceptionStop,
  programCounter,
} from '../../../src/kd/control/state-change.js';
import { isSameStop, judgeStop } from '../../../src/kd/control/stop.js';
import { decodeVersion } from '../../../src/kd/control/version.js';
import { FakeWire, noDoubt } from './fake-wire.js';

/** A report with these 32-bit fields, and what follows its 240 bytes. */
function report(fields: Readonly<Record<number, number>>, text = ''): Buffer {
  const payload = Buffer.concat([Buffer.alloc(240), Buffer.from(text, 'latin1')]);
  for (const [offset, value] of Object.entries(fields)) payload.writeUInt32LE(value >>> 0, Number(offset));
  return payload;
}

const exception = (code: number, more: Readonly<Record<number, number>> = {}): Buffer =>
  report({ 0: 0x3030, 8: 1, 24: 0x8040_1000, 28: 0xffff_ffff, 32: code, 184: 1, ...more });

describe('a state change', () => {
  it('of an exception is read with all it says', () => {
    const change = decodeStateChange(
      exception(0xc000_0005, { 4: 0x0003_0006, 8: 4, 48: 0x8040_1000, 56: 2, 64: 1, 72: 0x28 }),
    );
    expect(change).toMatchObject({
      kind: 'exception',
      code: 0xc000_0005,
      processor: 3,
      processors: 4,
      firstChance: true,
      address: 0x8040_1000n,
      parameters: [1n, 0x28n],
      programCounter: 0xffff_ffff_8040_1000n,
    });
  });

  it('has no more parameters than the record has room for', () => {
    expect((decodeStateChange(exception(1, { 56: 0xffff_ffff })) as ExceptionStop).parameters).toHaveLength(15);
  });

  it('of the second chance says so', () => {
    expect(decodeStateChange(exception(1, { 184: 0 }))).toMatchObject({ firstChance: false });
  });

  it('from another source than the kernel is the same', () => {
    expect(decodeStateChange(exception(1, { 0: 0x1_3030 }))).toMatchObject({ kind: 'exception' });
  });

  const load = { 0: 0x3031, 32: 8, 40: 0x8050_0000, 44: 0xffff_ffff, 56: 0x1234, 60: 0x8000 };
  it.each([
    ['load', {}],
    ['unload', { 64: 1 }],
    ['shutdown', { 64: 1, 40: 0xffff_ffff, 44: 0xffff_ffff }],
    ['shutdown', { 64: 1, 40: 0xffff_fffe, 44: 0xffff_ffff }],
    ['load', { 40: 0xffff_ffff, 44: 0xffff_ffff }],
  ] as const)('of symbols: %s', (kind, more) => {
    expect(decodeStateChange(report({ ...load, ...more }, 'hal.dll\0'))).toMatchObject({
      kind,
      path: 'hal.dll',
      size: 0x8000,
      checkSum: 0x1234,
    });
  });

  it.each([
    ['hal.dll\0garbage', 0xffff_ffff, 'hal.dll'],
    ['hal.dll', 3, 'hal'],
    ['', 8, ''],
  ])('of symbols has the path that is there (%j, %i)', (text, length, path) => {
    expect(decodeStateChange(report({ ...load, 32: length }, text))).toMatchObject({ path });
  });

  it('of a command has its name and text', () => {
    expect(decodeStateChange(report({ 0: 0x3032 }, 'name\0text\0'))).toMatchObject({
      kind: 'command',
      name: 'name',
      command: 'text',
    });
    expect(decodeStateChange(report({ 0: 0x3032 }))).toMatchObject({ kind: 'command', name: '', command: '' });
  });

  it.each([0, 0x3033, 0x3130, 0x2_3030])('of another kind is none (%i)', (state) => {
    expect(decodeStateChange(report({ 0: state }))).toBeUndefined();
  });

  it('that is too short is none', () => {
    expect(decodeStateChange(exception(1).subarray(0, 191))).toBeUndefined();
    expect(decodeStateChange(Buffer.alloc(0))).toBeUndefined();
  });
});

describe('the control report', () => {
  const fields = {
    x86: { 192: 0xffff_0ff1, 196: 0x401, 200: 16 | (3 << 16), 204: 0x90c3_cc55, 228: 0x246 },
    x64: { 192: 0xffff_0ff1, 200: 0x401, 204: 0, 208: 0x246, 212: 16 | (3 << 16), 216: 0x90c3_cc55 },
  };
  it.each([x86, x64])('is read where the processor puts it ($name)', (architecture) => {
    const change = decodeStateChange(exception(0x8000_0003, fields[architecture.name])) as ExceptionStop;
    const { stream, ...rest } = controlReport(architecture, change);
    expect(rest).toEqual({ dr6: 0xffff_0ff1n, dr7: 0x401n, eflags: 0x246 });
    expect(stream.toString('hex')).toBe(`55ccc390${'00'.repeat(12)}`);
    expect(programCounter(architecture, change)).toBe(architecture.bits === 32 ? 0x8040_1000n : 0xffff_ffff_8040_1000n);
  });

  it('is empty where a packet ends before it', () => {
    const change = decodeStateChange(exception(1).subarray(0, 192)) as ExceptionStop;
    expect(controlReport(x64, change)).toEqual({ dr6: 0n, dr7: 0n, eflags: 0, stream: Buffer.alloc(0) });
  });
});

describe('an address', () => {
  it('of 32 bits travels sign-extended, and is shown without', () => {
    expect(onTheWire(x86, 0x8040_0000n)).toBe(0xffff_ffff_8040_0000n);
    expect(onTheWire(x86, 0x7ffe_0000n)).toBe(0x7ffe_0000n);
    expect(canonical(x86, 0xffff_ffff_8040_0000n)).toBe(0x8040_0000n);
    expect(onTheWire(x64, 0xffff_f800_0040_0000n)).toBe(0xffff_f800_0040_0000n);
  });
});

describe('what a stop is', () => {
  const setting = () => {
    const wire = new FakeWire(() => ({}));
    const registers = new DebugRegisters(wire, x86, noDoubt());
    return { registers, breakpoints: new Breakpoints(new BreakpointTable(wire, x86, noDoubt()), registers) };
  };
  const judge = (payload: Buffer, { registers, breakpoints } = setting()) =>
    judgeStop(decodeStateChange(payload) as ExceptionStop, x86, breakpoints, registers);

  it.each([
    ['int3', exception(0x8000_0003)],
    ['step', exception(0x8000_0004, { 192: 0xffff_4ff0 })],
    ['foreign-register', exception(0x8000_0004, { 192: 0xffff_0ff2 })],
    ['step', exception(0x8000_0004, { 192: 0xffff_4ff2 })],
    ['processor-switch', exception(0x8000_0007)],
    ['exception', exception(0xc000_0005)],
    ['exception', exception(0xc000_0420)],
    ['command', report({ 0: 0x3032 }, 'name\0text\0')],
  ])('is told from its report: %s', (reason, payload) => {
    expect(judge(payload).reason).toBe(reason);
  });

  it('is a breakpoint of ours at its address, enabled', async () => {
    const { breakpoints, registers } = setting();
    const own = breakpoints.add(0x8040_1000n, 'software');
    expect(judge(exception(0x8000_0003), { breakpoints, registers })).toMatchObject({
      reason: 'breakpoint',
      breakpoint: own,
    });
    await breakpoints.enable(own, false);
    expect(judge(exception(0x8000_0003), { breakpoints, registers }).reason).toBe('int3');
  });

  it('is a breakpoint of ours in the register that DR6 names', () => {
    const { breakpoints, registers } = setting();
    breakpoints.add(0x8040_1000n, 'execute');
    const second = breakpoints.add(0x8060_0000n, 'write', 4);
    const hit = judge(exception(0x8000_0004, { 192: 0xffff_0ff2 }), { breakpoints, registers });
    expect(hit).toMatchObject({ reason: 'breakpoint', breakpoint: second });
  });

  it('is the same one again when nothing that matters differs', () => {
    const read = (payload: Buffer): ExceptionStop => decodeStateChange(payload) as ExceptionStop;
    const one = read(exception(0x8000_0003));
    expect(isSameStop(one, read(exception(0x8000_0003, { 228: 0x246 })))).toBe(true);
    for (const other of [{ 4: 0x1_0000 }, { 16: 5 }, { 24: 5 }, { 32: 0x8000_0004 }])
      expect(isSameStop(one, read(exception(0x8000_0003, other)))).toBe(false);
  });
});

describe('the version of a target', () => {
  it.each([
    [
      0x0f,
      0x0ece,
      0x0007,
      0x8664,
      { checked: false, build: 3790, multiprocessor: true, pointer64: true, machine: 0x8664 },
    ],
    [
      0x0c,
      0x1db1,
      0x0002,
      0x014c,
      { checked: true, build: 7601, multiprocessor: false, pointer64: false, machine: 0x14c },
    ],
  ])('is read (%i, %i)', (major, build, flags, machine, version) => {
    const payload = Buffer.alloc(56);
    payload.writeUInt16LE(major, 16);
    payload.writeUInt16LE(build, 18);
    payload[20] = 6;
    payload.writeUInt16LE(flags, 22);
    payload.writeUInt16LE(machine, 24);
    payload.writeBigUInt64LE(0xffff_ffff_8040_0000n, 32);
    payload.writeBigUInt64LE(1n, 40);
    payload.writeBigUInt64LE(2n, 48);
    expect(decodeVersion(decodeReply(payload))).toEqual({
      ...version,
      protocol: 6,
      kernelBase: 0xffff_ffff_8040_0000n,
      loadedModuleList: 1n,
      debuggerDataList: 2n,
    });
  });
});
