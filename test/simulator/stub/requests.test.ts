import { beforeEach, describe, expect, it } from 'vitest';
import { Bench, memory, slice } from './host-end.js';

const FAILED = 0xc0000001;

describe.each(['x86', 'x64'] as const)('contexts (%s)', (architecture) => {
  const wide = architecture === 'x64';
  const size = wide ? 0x4d0 : 0x2cc;
  const pcAt = wide ? 0xf8 : 0xb8;
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench({ architecture, processors: 2 });
    bench.breakIn();
  });

  it('come as a whole, with all flags and without debug registers', () => {
    const { status, data } = bench.ask(0x3132);
    expect([status, data.length]).toEqual([0, size]);
    expect(data.readUInt32LE(wide ? 0x30 : 0)).toBe(wide ? 0x10001f : 0x1003f);
    expect(data.readUInt16LE(wide ? 0x38 : 0xbc)).toBe(wide ? 0x10 : 8);
    const drs = wide ? data.subarray(0x48, 0x78) : data.subarray(4, 0x1c);
    expect(drs.every((byte) => byte === 0)).toBe(true);
    const pc = wide ? data.readBigUInt64LE(pcAt) : BigInt(data.readUInt32LE(pcAt));
    expect(pc).toBe(bench.machine.breakAt);
    expect(wide ? data.readBigUInt64LE(0x80) : BigInt(data.readUInt32LE(0xb0))).toBe(1n);
  });

  it('come in any slice within their size, equal to the whole', () => {
    const whole = bench.ask(0x3132).data;
    const slices = [
      [pcAt, 4],
      [0, 0],
      [0, size],
      [size - 4, 4],
      [0x44, 0xbc],
    ] as const;
    for (const [offset, count] of slices) {
      const { status, header, data } = bench.ask(0x315f, slice(offset, count));
      expect([status, header.readUInt32LE(24)]).toEqual([0, count]);
      expect(data).toEqual(whole.subarray(offset, offset + count));
    }
    for (const [offset, count] of [
      [size - 4, 8],
      [size, 4],
    ] as const) {
      const { status, header, data } = bench.ask(0x315f, slice(offset, count));
      expect([status, header.readUInt32LE(24), data.length]).toEqual([FAILED, 0, 0]);
    }
    expect(bench.texts).toEqual([]);
  });

  it('can be written only after a read in the same stop, of no bytes at least', () => {
    const { status, header } = bench.setSlice(pcAt, 4, 1n);
    expect([status, header.readUInt32LE(24)]).toEqual([FAILED, 0]);
    expect(bench.ask(0x3133, undefined, Buffer.alloc(size)).status).toBe(FAILED);
    bench.ask(0x315f, slice(pcAt, 0));
    const after = bench.setSlice(pcAt, wide ? 8 : 4, bench.machine.breakAt + 1n);
    expect([after.status, after.header.readUInt32LE(24)]).toEqual([0, wide ? 8 : 4]);
    expect(bench.setSlice(size - 4, 8, 0n).status).toBe(FAILED);
    expect(bench.setSlice(0, 0, 0n).status).toBe(0);
    bench.go();
    bench.breakIn();
    expect(bench.setSlice(pcAt, 4, 1n).status).toBe(FAILED);
  });

  it('are written as a whole, floating point too, and selectors stay the kernel’s', () => {
    const { data } = bench.ask(0x3132);
    data.fill(0xff, wide ? 0x38 : 0xbc, wide ? 0x3a : 0xc0);
    data.writeUInt32LE(0x1234, wide ? 0x90 : 0xa4);
    data.writeUInt8(0x77, (wide ? 0x100 : 0xcc) + 160);
    expect(bench.ask(0x3133, undefined, data).status).toBe(0);
    const again = bench.ask(0x3132).data;
    expect(again.readUInt32LE(wide ? 0x90 : 0xa4)).toBe(0x1234);
    expect(again[(wide ? 0x100 : 0xcc) + 160]).toBe(0x77);
    expect(again.readUInt16LE(wide ? 0x38 : 0xbc)).toBe(wide ? 0x10 : 8);
  });

  it('are those of the processor of the request, and of no other', () => {
    bench.machine.processors[1]?.set(wide ? 'rbx' : 'ebx', 0x77n);
    const second = bench.ask(0x3132, (header) => header.writeUInt16LE(1, 6)).data;
    expect(second.readUInt32LE(wide ? 0x90 : 0xa4)).toBe(0x77);
    for (const api of [0x3132, 0x315f]) {
      expect(bench.ask(api, (header) => header.writeUInt16LE(5, 6)).status).toBe(FAILED);
    }
    const read = bench.ask(0x3130, (header) => {
      header.writeUInt16LE(5, 6);
      memory(bench.machine.kernel.base, 4)(header);
    });
    expect(read.status).toBe(0);
  });
});

describe('memory', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.breakIn();
  });

  it('gives the good part of a read that leaves it, and takes sign-extended addresses', () => {
    const { status, header, data } = bench.read(0xffff_ffff_8040_7ff8n, 64);
    expect([status, header.readUInt32LE(28), data.length]).toEqual([FAILED, 8, 8]);
    expect(bench.read(0xffff_ffff_8040_1000n, 4).data.toString('hex')).toBe('90919293');
    expect(bench.read(0x8040_1000n, 4).data.toString('hex')).toBe('90919293');
    expect(bench.read(0x1000n, 4).data.length).toBe(0);
  });

  it('gives no more than a packet holds', () => {
    const { status, data } = bench.read(0x8040_0000n, 5000);
    expect([status, data.length]).toEqual([0, 3944]);
  });

  it('is written as far as it is there', () => {
    const { status, header } = bench.write(0x8040_7ffen, Buffer.from([1, 2, 3, 4]));
    expect([status, header.readUInt32LE(28)]).toEqual([FAILED, 2]);
    expect(bench.write(0x8040_2000n, Buffer.from([5, 6])).status).toBe(0);
    expect(bench.read(0x8040_2000n, 2).data.toString('hex')).toBe('0506');
  });

  it('has physical addresses too', () => {
    expect(bench.ask(0x313e, memory(0x100n, 2), Buffer.from([7, 8])).status).toBe(0);
    expect(bench.ask(0x313d, memory(0x100n, 2)).data.toString('hex')).toBe('0708');
    expect(bench.ask(0x313d, memory(0x2000n, 2)).status).toBe(FAILED);
  });
});

describe('control space', () => {
  it('is the context and the special registers behind it on x86', () => {
    const bench = new Bench();
    bench.breakIn();
    const { status, data } = bench.ask(0x3137, memory(0x2ccn, 0x54));
    expect([status, data.length]).toEqual([0, 0x54]);
    expect(data.readUInt32LE(0)).toBe(0x80010031);
    expect(data.readUInt32LE(8)).toBe(0x39000);
    expect(data.readUInt32LE(0x24)).toBe(0x400);
    expect(data.readUInt16LE(0x2a)).toBe(0x3ff);
    expect(data.readUInt16LE(0x38)).toBe(0x28);
    expect(bench.ask(0x3137, memory(0xb8n, 4)).data.readUInt32LE()).toBe(Number(bench.machine.breakAt));
    expect(bench.ask(0x3137, memory(0x2ccn, 0x55)).status).toBe(FAILED);
    expect(bench.ask(0x3138, memory(0n, 4), Buffer.alloc(4)).status).toBe(FAILED);
    const dr7 = Buffer.from([1, 4, 0, 0]);
    expect(bench.ask(0x3138, memory(0x2f0n, 4), dr7).header.readUInt32LE(28)).toBe(4);
    expect(bench.machine.processors[0]?.debug.dr7).toBe(0x401n);
  });

  it('has selectors on x64', () => {
    const bench = new Bench({ architecture: 'x64', processors: 2 });
    bench.breakIn();
    const [pcr, prcb, thread] = [0n, 1n, 3n].map((selector) => {
      const { header, data } = bench.ask(0x3137, memory(selector, 8));
      expect(header.readUInt32LE(28)).toBe(8);
      return data.readBigUInt64LE();
    });
    expect([pcr, prcb, thread]).toEqual([0xffdff000n, 0xffdff120n, 0x8060b940n]);
    const { header, data } = bench.ask(0x3137, memory(2n, 0x100));
    expect([header.readUInt32LE(28), data.length]).toEqual([0xd8, 0xd8]);
    expect(data.readBigUInt64LE(0)).toBe(0x80010031n);
    expect(data.readBigUInt64LE(0x48)).toBe(0x400n);
    const other = bench.ask(0x3137, (at) => {
      memory(0n, 8)(at);
      at.writeUInt16LE(1, 6);
    });
    expect(other.data.readBigUInt64LE()).toBe(0xffe00000n);
  });
});

describe('the rest of the machine', () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.breakIn();
  });

  it('keeps model-specific registers', () => {
    bench.ask(0x3153, (header) => {
      header.writeUInt32LE(0xc0000082, 16);
      header.writeUInt32LE(0x11223344, 20);
      header.writeUInt32LE(0xfffff800, 24);
    });
    const { header } = bench.ask(0x3152, (at) => at.writeUInt32LE(0xc0000082, 16));
    expect([header.readUInt32LE(20), header.readUInt32LE(24)]).toEqual([0x11223344, 0xfffff800]);
  });

  it.each([
    [0x3139, 0x313a, 24, 16, 28],
    [0x3144, 0x3145, 16, 32, 40],
  ])('keeps ports (%i)', (read, write, sizeAt, portAt, valueAt) => {
    const fill = (size: number, port: number, value: number) => (header: Buffer) => {
      header.writeUInt32LE(size, sizeAt);
      header.writeBigUInt64LE(BigInt(port), portAt);
      header.writeUInt32LE(value, valueAt);
    };
    expect(bench.ask(read, fill(2, 0x3f8, 0)).header.readUInt32LE(valueAt)).toBe(0xffff);
    expect(bench.ask(write, fill(2, 0x3f8, 0x12345)).status).toBe(0);
    expect(bench.ask(read, fill(2, 0x3f8, 0)).header.readUInt32LE(valueAt)).toBe(0x2345);
    expect(bench.ask(read, fill(3, 0x3f8, 0)).status).toBe(0xc000000d);
    expect(bench.ask(read, fill(4, 0x3f9, 0)).status).toBe(0xc000000d);
  });

  it('refuses bus data and pages to be brought in', () => {
    for (const api of [0x3157, 0x3158, 0x3151]) expect(bench.ask(api).status).toBe(FAILED);
  });

  it('takes WriteBreakPointEx for a Continue where it does not know it', () => {
    bench.ask(0x315f, slice(0xb8, 0));
    bench.setSlice(0xb8, 4, bench.machine.breakAt + 1n);
    bench.send(0x3147);
    bench.clock.advance(30);
    expect(bench.stub.books.target.state).toBe('running');
  });

  it('crashes on request', () => {
    bench.send(0x3149);
    bench.clock.advance(100);
    expect(bench.texts[0]).toContain('0x000000e2');
    expect(bench.stops.length).toBe(1);
    expect(bench.stub.books.bug_checks).toEqual(['0xe2 (0x00000000,0x00000000,0x00000000,0x00000000)']);
  });

  it('reboots on request, with no word but the link’s', () => {
    bench.send(0x313b);
    bench.clock.advance(400);
    expect(bench.received.map(({ kind }) => kind)).toEqual(['control']);
    expect(bench.stub.books.target.state).toBe('booting');
    bench.clock.advance(700);
    expect(bench.data[0]?.id).toBe(0x80800800);
  });

  it('does not know what was taken away from it', () => {
    const poor = new Bench({ stub: { missingApis: new Set([0x315f]) } });
    poor.breakIn();
    expect(poor.ask(0x315f, slice(0, 4)).status).toBe(FAILED);
    expect(poor.texts[0]).toContain('315f');
    expect(poor.ask(0x3132).status).toBe(0);
  });

  it('fails a second time, and for good, when an exception is not handled', () => {
    bench.go();
    bench.forget();
    bench.machine.traps.push({ kind: 'fault', processor: 0, code: 0xc0000005, information: [0n, 0x10n] });
    bench.clock.advance(50);
    const fault = bench.stops[0]?.payload as Buffer;
    expect([fault.readUInt32LE(32), fault.readUInt32LE(56), fault.readUInt32LE(184)]).toEqual([0xc0000005, 2, 1]);
    expect(fault.readBigUInt64LE(72)).toBe(0x10n);
    const refuse = (): void => bench.send(0x3136, (header) => header.writeUInt32LE(0x80010001, 16));
    refuse();
    bench.clock.advance(50);
    expect(bench.stops[1]?.payload.readUInt32LE(184)).toBe(0);
    refuse();
    bench.clock.advance(50);
    expect(bench.texts[0]).toContain('0x0000001e');
  });
});
