import { describe, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import { type Architecture, x64, x86 } from '../../../src/kd/control/architecture.js';
import { Contexts } from '../../../src/kd/control/contexts.js';
import { type KdVariant, measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import { KdBench } from '../kd-bench.js';
import { FakeWire, noDoubt, refused } from './fake-wire.js';

const whole: KdVariant = { ...measured, name: 'without slices', contextSlices: false };
const cases = (['x86', 'x64'] as const).flatMap((architecture) =>
  [measured, windows, whole].map((personality) => ({
    architecture,
    personality,
    name: `${personality.name} ${architecture}`,
    names: architecture === 'x86' ? (['ebx', 'esi'] as const) : (['rbx', 'r12'] as const),
  })),
);

describe.each(cases)('registers ($name)', ({ architecture, personality, names: [one, other] }) => {
  const stand = (processors = 1): Promise<KdBench> =>
    new KdBench({ architecture, personality, processors, stub: { state: 'running' } }).stand();

  it('are what the processor has, and are asked for once', async () => {
    const kd = await stand();
    const { contexts, architecture: kind } = kd.known;
    const processor = kd.machine.processors[0];
    expect(await kd.settle(contexts.get(kind.sp))).toBe(processor?.get(kind.sp));
    const asked = (): number => kd.requests(API.getContext) + kd.requests(API.getContextEx);
    const before = asked();
    expect(await kd.settle(contexts.get(kind.sp))).toBe(processor?.get(kind.sp));
    expect(contexts.peek(kind.sp)).toBe(processor?.get(kind.sp));
    expect(asked()).toBe(before);
    const general = await kd.settle(contexts.general());
    for (const [name, value] of general) expect([name, value]).toEqual([name, processor?.get(name)]);
    expect(general.size).toBeGreaterThan(15);
  });

  it('travel in slices where the target has them', async () => {
    const kd = await stand();
    await kd.settle(kd.known.contexts.get(one));
    await kd.settle(kd.known.contexts.get(other));
    expect(kd.requests(API.getContext) > 0).toBe(!personality.contextSlices);
  });

  it('are set without a word about the others', async () => {
    const kd = await stand();
    const before = registersOf(kd, 0);
    await kd.settle(kd.known.contexts.set({ [one]: 0x1234_5678n }));
    expect(registersOf(kd, 0)).toEqual({ ...before, [one]: 0x1234_5678n });
    await kd.settle(kd.known.contexts.set({ [other]: 0x8765_4321n }));
    expect(registersOf(kd, 0)).toEqual({ ...before, [one]: 0x1234_5678n, [other]: 0x8765_4321n });
    expect(kd.known.contexts.peek(other)).toBe(0x8765_4321n);
  });

  it('are set at once in the next stop, in which nothing was asked', async () => {
    const kd = await stand();
    await kd.settle(kd.known.contexts.set({ [one]: 1n }));
    await kd.go();
    await kd.breakIn();
    await kd.settle(kd.known.contexts.set({ [one]: 0x42n }));
    expect(kd.machine.processors[0]?.get(one)).toBe(0x42n);
  });

  it('are those of the processor that is looked at', async () => {
    const kd = await stand(2);
    for (const each of kd.machine.processors) each.set(one, BigInt(each.number) + 0x77n);
    const { contexts } = kd.known;
    expect(await kd.settle(contexts.get(one))).toBe(0x77n);
    await kd.settle(kd.target.switchTo(1));
    expect(contexts.peek(one)).toBeUndefined();
    expect(await kd.settle(contexts.get(one))).toBe(0x78n);
    await kd.settle(contexts.set({ [one]: 0x99n }));
    expect(kd.machine.processors.map((each) => each.get(one))).toEqual([0x77n, 0x99n]);
    await kd.settle(kd.target.switchTo(0));
    expect(contexts.peek(one)).toBe(0x77n);
  });

  it('that nobody knows are refused by name', async () => {
    const kd = await stand();
    await expect(kd.known.contexts.get('xyz')).rejects.toThrow('no register "xyz"');
    await expect(kd.known.contexts.set({ xyz: 1n })).rejects.toThrow('no register "xyz"');
  });
});

function registersOf(kd: KdBench, number: number): Record<string, bigint> {
  const processor = kd.machine.processors[number];
  return Object.fromEntries(
    [...kd.known.architecture.registers.keys()].map((name) => [name, processor?.get(name) ?? 0n]),
  );
}

describe.each(['x86', 'x64'] as const)('a kernel that lacks a request (%s)', (architecture) => {
  const name = architecture === 'x86' ? 'ebx' : 'rbx';
  const lacking = (...apis: number[]): Promise<KdBench> =>
    new KdBench({ architecture, stub: { state: 'running', missingApis: new Set(apis) } }).stand();

  it('gives its registers as a whole, and is asked for slices no more', async () => {
    const kd = await lacking(API.getContextEx);
    await kd.settle(kd.known.contexts.get(name));
    await kd.go();
    const tried = kd.requests(API.getContextEx);
    await kd.breakIn();
    expect(await kd.settle(kd.known.contexts.get(name))).toBe(kd.machine.processors[0]?.get(name));
    expect(kd.requests(API.getContextEx)).toBe(tried);
    await kd.settle(kd.known.contexts.set({ [name]: 5n }));
    expect(kd.machine.processors[0]?.get(name)).toBe(5n);
  });

  it('takes its registers as a whole', async () => {
    const kd = await lacking(API.setContextEx);
    await kd.settle(kd.known.contexts.set({ [name]: 5n }));
    expect(kd.machine.processors[0]?.get(name)).toBe(5n);
    expect(kd.requests(API.setContext)).toBeGreaterThan(0);
  });
});

/** A target whose SetContextEx is whatever a test says. */
function contextWire(architecture: Architecture, setEx: (context: Buffer, offset: number, data: Buffer) => boolean) {
  const context = Buffer.alloc(architecture.contextBytes, 0x11);
  const wire = new FakeWire((request) => {
    const [offset, count] = [request.readUInt32LE(16), request.readUInt32LE(20)];
    const data = request.subarray(56);
    switch (request.readUInt32LE(0)) {
      case API.getContext:
        return { data: Buffer.from(context) };
      case API.getContextEx:
        return { fields: { 24: count }, data: Buffer.from(context.subarray(offset, offset + count)) };
      case API.setContext:
        data.copy(context);
        return {};
      case API.setContextEx:
        return setEx(context, offset, data) ? { fields: { 24: count } } : refused;
      default:
        return refused;
    }
  });
  const doubt = noDoubt();
  return { context, wire, doubt, contexts: new Contexts(wire, architecture, doubt) };
}

describe.each([x86, x64])('the first partial write of a session ($name)', (architecture) => {
  const [name = '', place] =
    [...architecture.registers].find(([, { bytes }]) => bytes === architecture.pointerBytes) ?? [];
  const offset = place?.offset as number;
  const expected = (): Buffer => {
    const context = Buffer.alloc(architecture.contextBytes, 0x11);
    context.fill(0, offset, offset + architecture.pointerBytes);
    context[offset] = 0x42;
    context.writeUInt32LE(architecture.contextFlags.all, architecture.contextFlags.offset);
    return context;
  };

  it('is put right with the whole when it changes another register', async () => {
    const { context, wire, contexts } = contextWire(architecture, (all, at, data) => {
      all.fill(0, architecture.general.offset, architecture.general.offset + architecture.general.bytes);
      data.copy(all, at);
      return true;
    });
    await contexts.set({ [name]: 0x42n });
    expect(context.equals(expected())).toBe(true);
    await contexts.set({ [name]: 0x43n });
    expect(wire.apis.filter((api) => api === API.setContextEx)).toHaveLength(1);
    expect(context[offset]).toBe(0x43);
  });

  it('is put right with the whole when it changes nothing', async () => {
    const { context, contexts } = contextWire(architecture, () => true);
    await contexts.set({ [name]: 0x42n });
    expect(context.equals(expected())).toBe(true);
  });

  it('and any later one is put right on a bad line where its place came damaged', async () => {
    let damagedAt: number | undefined = architecture.general.offset + 2 * architecture.pointerBytes;
    const { context, contexts, doubt } = contextWire(architecture, (all, at, data) => {
      data.copy(all, damagedAt ?? at);
      damagedAt = undefined;
      return true;
    });
    doubt.onDamage();
    await contexts.set({ [name]: 0x42n });
    const { offset: from, bytes } = architecture.general;
    const general = (all: Buffer): string => all.subarray(from, from + bytes).toString('hex');
    const right = expected();
    // The flags of a record are set where the whole of it is written.
    if (architecture.bits === 64) context.copy(right, from, from, from + 4);
    expect(general(context)).toBe(general(right));
    damagedAt = from + 3 * architecture.pointerBytes;
    doubt.onDamage();
    await contexts.set({ [name]: 0x42n });
    expect(general(context)).toBe(general(right));
  });

  it('is not looked at again when it did what it should', async () => {
    const { wire, contexts } = contextWire(architecture, (all, at, data) => {
      data.copy(all, at);
      return true;
    });
    await contexts.set({ [name]: 0x42n });
    wire.requests.length = 0;
    await contexts.set({ [name]: 0x43n });
    expect(wire.apis).toEqual([API.setContextEx]);
  });
});
