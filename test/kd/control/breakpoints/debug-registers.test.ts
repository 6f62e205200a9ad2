import { describe, expect, it } from 'vitest';
import { API, encodeRequest } from '../../../../src/kd/control/api.js';
import { x64, x86 } from '../../../../src/kd/control/architecture.js';
import {
  DebugRegisters,
  dr7Of,
  type HardwareBreakpoint,
  slotHit,
  wasSingleStep,
} from '../../../../src/kd/control/breakpoints/debug-registers.js';
import { writeSpecial } from '../../../../src/kd/control/control-space.js';
import { continueRequest, plainContinue } from '../../../../src/kd/control/resume/continue-request.js';
import type { LineQuality } from '../../../../src/kd/wire/line-quality.js';
import { BREAK_IN, encodeData, INITIAL_ID, PACKET } from '../../../../src/kd/wire/packet.js';
import { FakeWire, noDoubt } from '../fake-wire.js';

const at = (access: HardwareBreakpoint['access'], bytes = 1): HardwareBreakpoint => ({
  address: 0x1000n,
  access,
  bytes,
});

describe('DR7', () => {
  it.each<[string, (HardwareBreakpoint | undefined)[], bigint]>([
    ['with nothing in it', [], 0x400n],
    ['execution in slot 0', [at('execute')], 0x401n],
    ['a written byte in slot 0', [at('write')], 0x1_0401n],
    ['a written word in slot 1', [undefined, at('write', 2)], 0x50_0404n],
    ['an accessed dword in slot 2', [undefined, undefined, at('access', 4)], 0xf00_0410n],
    ['an accessed qword in slot 3', [undefined, undefined, undefined, at('access', 8)], 0xb000_0440n],
    ['execution everywhere', Array.from({ length: 4 }, () => at('execute', 4)), 0x455n],
  ])('%s', (_, slots, value) => {
    expect(dr7Of(slots).toString(16)).toBe(value.toString(16));
  });

  it('leaves out execution where the target stands, and nothing else there', () => {
    const registers = new DebugRegisters(new FakeWire(() => ({})), x64, noDoubt());
    registers.take(at('execute'));
    registers.take(at('write', 4));
    registers.take({ ...at('execute'), address: 0x2000n });
    expect(registers.dr7().toString(16)).toBe('d00415');
    expect(registers.dr7(0x1000n).toString(16)).toBe('d00414');
    registers.free(1);
    expect(registers.dr7(0x2000n).toString(16)).toBe('401');
  });

  it('is told of in DR6', () => {
    expect([0xffff_0ff1n, 0xffff_0ff2n, 0xffff_0ff4n, 0xffff_0ff8n, 0xffff_0ff0n].map(slotHit)).toEqual([
      0,
      1,
      2,
      3,
      undefined,
    ]);
    expect([0xffff_4ff0n, 0xffff_0ff1n].map(wasSingleStep)).toEqual([true, false]);
  });
});

describe('a resume', () => {
  const kinds = [
    undefined,
    at('execute'),
    ...(['write', 'access'] as const).flatMap((access) => [1, 2, 4, 8].map((bytes) => at(access, bytes))),
  ];
  const all = kinds.flatMap((a) => kinds.flatMap((b) => kinds.map((c) => dr7Of([a, b, c, a]))));
  const packets = (payload: Buffer): Buffer[] =>
    [INITIAL_ID, INITIAL_ID ^ 1].map((id) => encodeData(PACKET.stateManipulate, id >>> 0, payload));

  it.each([x86, x64])('never has a break-in byte in its packet, whatever it arms ($name)', (architecture) => {
    const loud = new Set<string>();
    for (const dr7 of new Set(all))
      for (const status of [0x1_0001, 0x1_0002, 0x8001_0001])
        for (const trace of [false, true])
          if (
            packets(encodeRequest(continueRequest(architecture, status, trace, dr7))).some((each) =>
              each.includes(BREAK_IN),
            )
          )
            loud.add(`${dr7.toString(16)} ${status.toString(16)} ${trace}`);
    expect(all.length).toBe(1000);
    expect([...loud]).toEqual([]);
  });

  it('of a load-symbols stop has none either', () => {
    for (const packet of packets(encodeRequest(plainContinue()))) expect(packet.includes(BREAK_IN)).toBe(false);
  });

  it.each([
    [x86, [0x1_0002, 1, 0xd0_0404, 1, 0], [16, 20, 24, 28, 32]],
    [x64, [0x1_0002, 1, 0xd0_0404, 0, 1, 0, 0, 0], [16, 20, 24, 28, 32, 36, 40, 44]],
  ] as const)('carries its control set where the target looks for it ($name)', (architecture, values, offsets) => {
    const payload = encodeRequest(continueRequest(architecture, 0x1_0002, true, 0xd0_0404n));
    expect(offsets.map((offset) => payload.readUInt32LE(offset))).toEqual(values);
    expect(payload).toHaveLength(56);
  });
});

describe('the special registers', () => {
  /** A target that has them, and a line that damages some of the writes on the way. */
  function special(damaged: number): { wire: FakeWire; held: Buffer; writes: () => number } {
    const held = Buffer.alloc(0xd8, 0x11);
    let writes = 0;
    const wire = new FakeWire((request) => {
      const count = request.readUInt32LE(24);
      if (request.readUInt32LE(0) === API.readControlSpace)
        return { fields: { 28: count }, data: held.subarray(0, count) };
      request.copy(held, 0, 56);
      if (writes++ < damaged) held.writeUInt32LE(0xdead, 0x10);
      return { fields: { 28: count } };
    });
    return { wire, held, writes: () => writes };
  }
  const troubled = (): LineQuality => {
    const doubt = noDoubt();
    doubt.onDamage();
    return doubt;
  };
  const address = Buffer.from('8091a20280f8ffff', 'hex');

  it('are read back on a bad line, and written again until they are right', async () => {
    const { wire, held, writes } = special(2);
    await writeSpecial(wire, x64, troubled(), 0, 0x20, address);
    expect(writes()).toBe(3);
    expect(held.readUInt32LE(0x10)).toBe(0x1111_1111);
    expect(held.subarray(0x20, 0x28)).toEqual(address);
  });

  it('are given up when they never are', async () => {
    const { wire } = special(100);
    await expect(writeSpecial(wire, x64, troubled(), 0, 0x20, address)).rejects.toThrow('too bad');
  });

  it('are written once on a sound one', async () => {
    const { wire, writes } = special(0);
    await writeSpecial(wire, x64, noDoubt(), 0, 0x20, address);
    expect(writes()).toBe(1);
    expect(wire.requests).toHaveLength(2);
  });
});
