import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StackReader } from '../../../src/kd/unwind/read-stack.js';
import { READ_OVERHEAD, StackSizes } from '../../../src/kd/unwind/stack-sizes.js';

const SP = 0x1000n;

/** Memory from 0 to `top`, whose bytes tell where they are; counts what is asked for. */
function memory(top: number) {
  const asked: [number, number][] = [];
  const read = async (address: bigint, length: number) => {
    asked.push([Number(address), length]);
    const count = Math.max(Math.min(Number(address) + length, top) - Number(address), 0);
    return Buffer.from(Array.from({ length: count }, (_, index) => (Number(address) + index) * 7));
  };
  return { asked, read };
}

test('one read serves a walk that needs no more than the last one', async () => {
  const sizes = new StackSizes(0x100);
  const first = memory(0x8000);
  const stack = new StackReader(first.read, sizes, 1n, SP);
  for (let at = 0; at < 0x300; at += 8) {
    stack.entering(BigInt(at));
    await stack.read(SP + BigInt(at), 8);
  }
  stack.finish();
  expect(first.asked).toEqual([
    [0x1000, 0x100],
    [0x1100, 0x100],
    [0x1200, 0x100],
  ]);
  const second = memory(0x8000);
  const again = new StackReader(second.read, sizes, 1n, SP);
  for (let at = 0; at < 0x300; at += 8) await again.read(SP + BigInt(at), 8);
  expect(second.asked).toEqual([[0x1000, 0x300]]);
});

test('deep and flat stacks from one place: read flat first, then what the return address at the edge needed', async () => {
  const sizes = new StackSizes(0x200);
  const walk = async (depth: number, edge: bigint) => {
    const { asked, read } = memory(0x8000);
    const stack = new StackReader(read, sizes, 1n, SP);
    for (let at = 0; at < depth; at += 8) {
      if (at >= 0x100) stack.entering(edge);
      await stack.read(SP + BigInt(at), 8);
    }
    stack.finish();
    return asked.map(([, length]) => length);
  };
  for (let round = 0; round < 8; round++) {
    await walk(0x200, 2n);
    await walk(0x200, 2n);
    await walk(0xd00, 3n);
  }
  expect(await walk(0x200, 2n)).toEqual([0x200]);
  expect(await walk(0xd00, 3n)).toEqual([0x200, 0xb00]);
});

/** What two walks in turn ask for that look at these places, each by a frame of its own. */
async function twice(places: readonly number[]) {
  const sizes = new StackSizes(0x800);
  const walk = async () => {
    const { asked, read } = memory(0x8000);
    const stack = new StackReader(read, sizes, 1n, SP);
    for (const [index, at] of places.entries()) {
      stack.entering(BigInt(index));
      await stack.read(BigInt(at), 8);
    }
    stack.finish();
    return asked;
  };
  return [await walk(), await walk()];
}

test('what lies unused in a large frame is left out where another read costs less', async () => {
  const [first, second] = await twice([0x1000, 0x1100, 0x1200, 0x1408]);
  expect(first).toEqual([[0x1000, 0x800]]);
  expect(second).toEqual([
    [0x1000, 0x208],
    [0x13f8, 0x18],
  ]);
  expect(await twice([0x1000, 0x1100, 0x1200, 0x1308])).toEqual([[[0x1000, 0x800]], [[0x1000, 0x310]]]);
});

test('what is left out of a stack never costs more than it saves', async () => {
  const places = fc.array(fc.integer({ min: 0x200, max: 0x1000 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(places, async (offsets) => {
      const ascending = [0x1000, ...offsets.map((each) => each * 8).toSorted((a, b) => a - b)];
      const [, second] = await twice(ascending);
      const span = (ascending.at(-1) ?? 0) + 8 - 0x1000;
      const asked = second?.reduce((sum, [, length]) => sum + length + READ_OVERHEAD, 0) ?? 0;
      expect(asked).toBeLessThanOrEqual(span + READ_OVERHEAD);
    }),
  );
});

test('the end of the stack is not asked for again', async () => {
  const { asked, read } = memory(0x1080);
  const stack = new StackReader(read, new StackSizes(0x100), 1n, SP);
  expect((await stack.read(0x1078n, 8))?.length).toBe(8);
  expect(await stack.read(0x107cn, 8)).toBeUndefined();
  expect(await stack.read(0x1080n, 8)).toBeUndefined();
  expect(asked).toEqual([[0x1000, 0x100]]);
});

test('nothing is asked for at address 0, where the walks of system threads end', async () => {
  const { asked, read } = memory(0x4000);
  const stack = new StackReader(read, new StackSizes(0x80), 1n, SP);
  for (const address of [0n, 8n, 0xff8n]) expect(await stack.read(address, 8)).toBeUndefined();
  expect(asked).toEqual([]);
});

test('whatever is read is what is there, and no byte is asked for twice', async () => {
  const places = fc.array(fc.tuple(fc.integer({ min: 0x1000, max: 0x4000 }), fc.integer({ min: 1, max: 64 })), {
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(places, fc.nat(0x4000), async (reads, top) => {
      const { asked, read } = memory(top);
      const stack = new StackReader(read, new StackSizes(0x80), 1n, SP);
      for (const [address, length] of reads) {
        const bytes = await stack.read(BigInt(address), length);
        if (address + length > top) expect(bytes).toBeUndefined();
        else expect(bytes).toEqual(Buffer.from(Array.from({ length }, (_, index) => (address + index) * 7)));
      }
      const sorted = asked.filter(([at]) => at < top).toSorted(([a], [b]) => a - b);
      sorted.forEach(([at, length], index) => {
        const following = sorted[index + 1];
        if (following) expect(at + length).toBeLessThanOrEqual(following[0]);
      });
    }),
  );
});

test('only so many stacks are remembered: what was needed long ago no longer counts', () => {
  const sizes = new StackSizes(0x100);
  for (let round = 0; round < 30; round++) sizes.learn(1n, 0x2000);
  expect(sizes.first(1n)).toBe(0x2000);
  for (let round = 0; round < 30; round++) sizes.learn(1n, 0x300);
  expect(sizes.first(1n)).toBe(0x300);
  for (let place = 2n; place < 5000n; place++) sizes.learn(place, 0x200);
  expect(sizes.first(1n)).toBe(0x100);
});
