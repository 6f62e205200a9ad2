import { describe, expect, it } from 'vitest';
import { API } from '../../../../src/kd/control/api.js';
import { movableBytes } from '../../../../src/kd/control/breakpoints/code-slack.js';
import { IDLE_DR7 } from '../../../../src/kd/control/breakpoints/debug-registers.js';
import { registerEffect } from '../../../../src/kd/control/breakpoints/register-effect.js';
import { readImageHeaders } from '../../../../src/kd/symbols/image/image.js';
import { isRequest, KdBench, type KdBenchOptions, KINDS } from '../../kd-bench.js';

const pool = 'nt!MmAllocateSpecialPool';
const WAKES = { worker: 50, batch: 50, buffers: 50 };
const INT3 = 0xcc;

/** The packet with four bytes at an offset of its payload set to something else, and its checksum right. */
function altered(packet: Buffer, offset: number, value: number): Buffer {
  const copy = Buffer.from(packet);
  copy.writeUInt32LE(value, 16 + offset);
  const sum = copy.subarray(16, -1).reduce((total, byte) => total + byte, 0);
  copy.writeUInt32LE(sum >>> 0, 12);
  return copy;
}

describe.each(KINDS)('a breakpoint that is hit ($name)', ({ architecture, personality }) => {
  const kept = personality.trapExit[architecture] === 'iret';
  const bench = (options: KdBenchOptions = {}): KdBench =>
    new KdBench({ architecture, personality, stub: { state: 'running', wakes: WAKES }, ...options });
  /** Behind the `mov edi,edi` of x86, whose effect is known. */
  const pastEffect = (kd: KdBench): bigint => kd.address(pool) + (architecture === 'x86' ? 2n : 0n);
  const inTable = (kd: KdBench, place: bigint): boolean => kd.machine.memory.read(place, 1)[0] === INT3;

  /** Takes so many hits; each is one of its own, at that place. */
  async function hits(kd: KdBench, count: number, place: bigint): Promise<void> {
    for (let hit = 0; hit < count; hit++) {
      const before = kd.stops.length;
      await kd.go();
      await kd.until(() => kd.stops.length > before && kd.target.standsStill);
      expect(kd.stops).toHaveLength(before + 1);
      expect(kd.stop).toMatchObject({ reason: 'breakpoint', at: place });
    }
  }

  it.each([1, 2, 4])(
    'goes from the table into a debug register, and loses no hit (%i processors)',
    async (processors) => {
      const kd = await bench({ processors }).stand();
      const place = pastEffect(kd);
      const breakpoint = kd.known.breakpoints.add(place, 'software');
      await hits(kd, processors, place);
      expect(breakpoint).toMatchObject({ slot: undefined, handle: undefined });
      const before = kd.machine.tagAllocations;
      const { hits_lost } = kd.stub.books;
      await hits(kd, 60, place);
      expect(breakpoint.slot).toBe(0);
      expect(inTable(kd, place)).toBe(false);
      expect(kd.machine.tagAllocations - before).toBeGreaterThanOrEqual(60 - processors);
      if (kept) expect(kd.stub.books.hits_lost).toBe(hits_lost);
      expect(kd.machine.damages).toEqual([]);
      await kd.settle(kd.known.breakpoints.clear(breakpoint));
      await kd.go();
      for (const { debug } of kd.machine.processors) expect(debug.dr7).toBe(IDLE_DR7);
      expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    },
  );

  it('costs few steps, or none, once the register is in place', async () => {
    const kd = await bench().stand();
    const place = kd.address(pool);
    kd.known.breakpoints.add(place, 'software');
    await hits(kd, 5, place);
    const before = kd.stub.books.stops.step ?? 0;
    await hits(kd, 60, place);
    const steps = (kd.stub.books.stops.step ?? 0) - before;
    // On x86 the routine begins with mov edi,edi; on x64 the flag has to prove itself again now and then.
    expect(steps).toBeLessThanOrEqual(architecture === 'x86' ? 0 : 4);
  });

  it('stays in the table with --careful', async () => {
    const kd = await bench({ ways: 'careful' }).stand();
    const place = kd.address(pool);
    const breakpoint = kd.known.breakpoints.add(place, 'software');
    await hits(kd, 20, place);
    expect(breakpoint.slot).toBeUndefined();
    expect(kd.stub.books.stops.step).toBe(19);
    expect(kd.requests(API.writeControlSpace)).toBe(0);
  });

  it('stays in the table of a target whose debug registers stop nothing', async () => {
    const kd = await bench().stand();
    const { dr7 } = kd.known.architecture.control;
    kd.hands.toTarget = (bytes) => (isRequest(bytes, API.continue2) ? altered(bytes, dr7, Number(IDLE_DR7)) : bytes);
    const place = pastEffect(kd);
    const breakpoint = kd.known.breakpoints.add(place, 'software');
    await hits(kd, 3, place);
    const before = kd.machine.tagAllocations;
    await hits(kd, 40, place);
    expect(breakpoint.slot).toBeUndefined();
    expect(kd.machine.tagAllocations - before).toBeLessThanOrEqual(41);
    expect(kd.machine.damages).toEqual([]);
  });

  it('stays in the table of a target that refuses its debug registers', async () => {
    const kd = await bench().stand();
    const place = pastEffect(kd);
    const breakpoint = kd.known.breakpoints.add(place, 'software');
    kd.known.registers.prepare = () => Promise.reject(new Error('The target refuses its debug registers.'));
    await hits(kd, 10, place);
    expect(breakpoint).toMatchObject({ slot: undefined, coming: undefined });
    expect(kd.known.registers.slots).toEqual([undefined, undefined, undefined, undefined]);
    expect(kd.machine.damages).toEqual([]);
  });

  it('gives its register to a hardware breakpoint that needs one', async () => {
    const kd = await bench().stand();
    const place = pastEffect(kd);
    const { breakpoints } = kd.known;
    const breakpoint = breakpoints.add(place, 'software');
    await hits(kd, 3, place);
    expect(breakpoint.slot).toBeDefined();
    for (let at = 1n; at <= 4n; at++) breakpoints.add(kd.address(pool) + 0x1000n * at, 'write', 4);
    expect(breakpoint.slot).toBeUndefined();
    expect(() => breakpoints.add(1n, 'execute')).toThrow('four debug registers');
    await hits(kd, 10, place);
    expect(kd.machine.damages).toEqual([]);
  });

  it('is told in front of a push that it stops behind, where that is cheaper and nobody looks', async () => {
    const kd = await bench().stand();
    const place = pastEffect(kd);
    const breakpoint = kd.known.breakpoints.add(place, 'software', 1, { stackOnly: true });
    await hits(kd, 5, place);
    const moved = architecture === 'x86' && !kept;
    expect(breakpoint.place).toBe(moved ? place + 1n : place);
    const steps = kd.stub.books.stops.step ?? 0;
    const before = kd.machine.tagAllocations;
    await hits(kd, 60, place);
    if (moved) {
      expect(kd.stub.books.stops.step ?? 0).toBe(steps);
      expect(kd.stop.pc).toBe(place + 1n);
      expect(kd.stop.code.toString('hex', 0, 3)).toBe('5589e5');
    }
    expect(kd.machine.tagAllocations - before).toBeGreaterThanOrEqual(59);
    expect(kd.stub.books.hits_lost).toBe(0);
    expect(kd.machine.damages).toEqual([]);
    await kd.settle(kd.known.breakpoints.clear(breakpoint));
    await kd.go();
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('is told once when the resume that passes it gets lost, and the target reports it again', async () => {
    const kd = await bench().stand();
    const place = kd.address(pool);
    kd.known.breakpoints.add(place, 'software');
    await hits(kd, 5, place);
    // A packet that was damaged on the way makes the link doubt; the resume is acknowledged, and ignored for its type.
    let [damaged, ignored] = [false, false];
    kd.hands.toHost = (bytes) => {
      if (damaged || bytes.length < 100) return bytes;
      damaged = true;
      return Buffer.concat([bytes.subarray(0, 40), Buffer.of((bytes[40] as number) ^ 1), bytes.subarray(41)]);
    };
    kd.hands.toTarget = (bytes) => {
      if (ignored || !isRequest(bytes, API.continue2)) return bytes;
      ignored = true;
      const copy = Buffer.from(bytes);
      copy.writeUInt16LE(9, 4);
      return copy;
    };
    await kd.settle(kd.known.memory.read(kd.address('nt!DbgPrint'), 200));
    const [stops, allocations] = [kd.stops.length, kd.machine.tagAllocations];
    await kd.go();
    await kd.until(() => kd.stops.length > stops && kd.target.standsStill);
    expect([damaged, ignored]).toEqual([true, true]);
    expect(kd.machine.tagAllocations).toBeGreaterThan(allocations);
    expect(kd.stub.books.hits_lost).toBe(0);
    expect(kd.machine.damages).toEqual([]);
  });

  it('gives the second register of a trial back when that cannot be loaded', async () => {
    const kd = await bench().stand();
    const place = pastEffect(kd);
    kd.known.breakpoints.add(place, 'software');
    const { registers } = kd.known;
    const load = registers.load.bind(registers);
    let refused = false;
    registers.load = (processors) => {
      refused = registers.slots.filter((slot) => slot !== undefined).length === 2;
      return refused ? Promise.reject(new Error('The target refuses its debug registers.')) : load(processors);
    };
    while (!refused) {
      await kd.go();
      await kd.until(() => kd.target.standsStill);
    }
    expect(registers.slots.filter((slot) => slot !== undefined)).toHaveLength(1);
    registers.load = load;
    await hits(kd, 10, place);
    expect(kd.machine.damages).toEqual([]);
  });

  it('judges nothing by a trial that did not get through', async () => {
    const kd = await bench().stand();
    const place = pastEffect(kd);
    kd.known.breakpoints.add(place, 'software');
    const { dr7 } = kd.known.architecture.control;
    let lost = 0;
    // Two registers wait, and nothing is stepped: the trial. All its repeats are lost.
    kd.hands.toTarget = (bytes) => {
      const trial = isRequest(bytes, API.continue2) && (bytes.readUInt8(16 + dr7) & 0x55).toString(2).length > 1;
      return trial && lost < 11 && bytes.readUInt32LE(16 + 20) === 0 ? void lost++ : bytes;
    };
    while (lost === 0) {
      await kd.go();
      if (lost === 0) await kd.until(() => kd.target.standsStill);
    }
    // Asked, the target says again why it stands, and the same is tried anew.
    kd.hands.toTarget = (bytes) => bytes;
    kd.link.reset();
    await kd.until(() => kd.target.standsStill);
    const before = kd.machine.tagAllocations;
    await hits(kd, 20, place);
    const steps = kd.stub.books.stops.step ?? 0;
    await hits(kd, 40, place);
    if (kept) expect((kd.stub.books.stops.step ?? 0) - steps).toBeLessThanOrEqual(1);
    expect(kd.machine.tagAllocations - before).toBeGreaterThanOrEqual(59);
    expect(kd.machine.damages).toEqual([]);
  });

  describe('with copies of instructions', () => {
    const dropping = { ...personality, trapExit: { x86: 'popfd', x64: 'popfd' } } as const;
    const slackBench = (): KdBench => bench({ ways: 'code-slack', personality: dropping });
    const steps = (kd: KdBench): number => kd.stub.books.stops.step ?? 0;

    it('needs no step where the flag is dropped, and is hit at its own place', async () => {
      const kd = await slackBench().stand();
      const place = pastEffect(kd);
      const breakpoint = kd.known.breakpoints.add(place, 'software');
      await hits(kd, 5, place);
      const [before, writes, taken] = [steps(kd), kd.requests(API.writeVirtual), kd.machine.tagAllocations];
      await hits(kd, 60, place);
      expect(steps(kd)).toBe(before);
      expect(writes).toBe(1);
      expect(kd.requests(API.writeVirtual)).toBe(1);
      expect(kd.stop.pc).toBe(place);
      expect(kd.machine.tagAllocations - taken).toBeGreaterThanOrEqual(59);
      expect(kd.stub.books.hits_lost).toBe(0);
      expect(kd.machine.damages).toEqual([]);
      await kd.settle(kd.known.breakpoints.clear(breakpoint));
      await kd.go();
      expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    });

    it('finds the copy that an earlier debugger left', async () => {
      const kd = await slackBench().stand();
      const place = pastEffect(kd);
      kd.known.breakpoints.add(place, 'software');
      await hits(kd, 5, place);
      kd.known.slack.forget();
      await hits(kd, 20, place);
      expect(kd.requests(API.writeVirtual)).toBe(1);
      expect(kd.machine.damages).toEqual([]);
    });

    it('gives every breakpoint a copy of its own', async () => {
      const kd = await slackBench().stand();
      const [place, other] = [
        pastEffect(kd),
        kd.address('nt!MiAllocateSpecialPoolPage') + (architecture === 'x86' ? 2n : 0n),
      ];
      kd.known.breakpoints.add(place, 'software');
      kd.known.breakpoints.add(other, 'software');
      for (let hit = 0; hit < 40; hit++) {
        const before = kd.stops.length;
        await kd.go();
        await kd.until(() => kd.stops.length > before && kd.target.standsStill);
        expect(kd.stop).toMatchObject({ reason: 'breakpoint', at: hit % 2 === 0 ? place : other });
      }
      expect(kd.requests(API.writeVirtual)).toBe(2);
      expect(kd.machine.damages).toEqual([]);
    });

    it('steps where the bytes behind the code are no filler', async () => {
      const kd = await slackBench().stand();
      const place = pastEffect(kd);
      const nt = kd.machine.images.find(({ name }) => name === 'nt');
      if (!nt) throw new Error('no kernel');
      const headers = await readImageHeaders(async (rva, length) =>
        kd.machine.memory.read(nt.base + BigInt(rva), length),
      );
      const text = headers?.sections.find(({ name }) => name === '.text');
      if (!text) throw new Error('no .text');
      const end = nt.base + BigInt(text.rva + text.size);
      for (let at = end; at % 0x1000n !== 0n; at++) kd.machine.memory.write(at, Buffer.of(Number(at & 0x7fn) | 1));
      kd.known.breakpoints.add(place, 'software');
      await hits(kd, 20, place);
      expect(steps(kd)).toBeGreaterThanOrEqual(18);
      expect(kd.requests(API.writeVirtual)).toBe(0);
      expect(kd.machine.damages).toEqual([]);
    });

    it('steps where the target does not take what is written', async () => {
      const kd = await slackBench().stand();
      const place = pastEffect(kd);
      kd.known.memory.write = () => Promise.resolve(0);
      kd.known.breakpoints.add(place, 'software');
      await hits(kd, 20, place);
      expect(steps(kd)).toBeGreaterThanOrEqual(18);
      expect(kd.machine.damages).toEqual([]);
    });
  });

  it('does not stop behind the push where its owner may look at registers', async () => {
    const kd = await bench().stand();
    const place = pastEffect(kd);
    kd.known.breakpoints.add(place, 'software');
    await hits(kd, 20, place);
    expect(kd.stop.pc).toBe(place);
  });
});

describe('an instruction', () => {
  it.each<[string, string, 32 | 64, ReturnType<typeof registerEffect>]>([
    ['mov edi,edi', '8bff', 32, { length: 2, move: undefined }],
    ['mov ebp,esp', '8bec', 32, { length: 2, move: { to: 'ebp', from: 'esp' } }],
    ['mov ebp,esp the other way', '89e5', 32, { length: 2, move: { to: 'ebp', from: 'esp' } }],
    ['mov rax,rsp', '488bc4', 64, { length: 3, move: { to: 'rax', from: 'rsp' } }],
    ['mov r11,rsp', '4c8bdc', 64, { length: 3, move: { to: 'r11', from: 'rsp' } }],
    ['nop', '90', 64, { length: 1, move: undefined }],
    ['a nop of 5 bytes', '0f1f440000', 64, { length: 5, move: undefined }],
    ['mov edi,edi of x64, which clears', '8bff', 64, undefined],
    ['mov esp,ebp', '8be5', 32, undefined],
    ['mov eax,[esp]', '8b0424', 32, undefined],
    ['push ebp', '55', 32, undefined],
    ['sub rsp,28h', '4883ec28', 64, undefined],
    ['an int3', 'cc', 64, undefined],
    ['nothing', '', 64, undefined],
    ['half an instruction', '48', 64, undefined],
    ['xor eax,eax, which sets flags', '33c0', 32, undefined],
    ['mov of a segment', '8cd8', 32, undefined],
  ])('%s', (_, code, bits, effect) => {
    expect(registerEffect(Buffer.from(code, 'hex'), bits)).toEqual(effect);
  });
});

describe('an instruction that is to be copied', () => {
  it.each<[string, string, 32 | 64, number | undefined]>([
    ['push ebp', '55', 32, 1],
    ['push r15', '4157', 64, 2],
    ['sub rsp,28h', '4883ec28', 64, 4],
    ['mov [rsp+8],rbx', '48895c2408', 64, 5],
    ['mov rax,[rip+10h]', '488b0510000000', 64, undefined],
    ['mov eax,[00000010h] of x86', '8b0510000000', 32, 6],
    ['call', 'e800000000', 32, undefined],
    ['jz', '7402', 64, undefined],
    ['jmp', 'ebfe', 32, undefined],
    ['ret', 'c3', 64, undefined],
    ['int3', 'cc', 32, undefined],
    ['int 2dh', 'cd2d', 32, undefined],
    ['mov rax,imm64', '48b88877665544332211', 64, 10],
    ['one of twelve bytes', '48c784248000000001000000', 64, undefined],
    ['nothing', '', 64, undefined],
    ['half an instruction', '48', 64, undefined],
  ])('%s', (_name, bytes, bits, length) => {
    expect(movableBytes(Buffer.from(bytes, 'hex'), bits)).toBe(length);
  });
});
