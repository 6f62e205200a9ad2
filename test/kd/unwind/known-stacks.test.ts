import { expect, test } from 'vitest';
import type { Frame } from '../../../src/kd/unwind/frame.js';
import { KnownStacks } from '../../../src/kd/unwind/known-stacks.js';

const SPOT = 7n;
const SP = 0xfffff880_04321000n;

/** Frames with these pcs, 0x40 bytes each. */
function stack(sp: bigint, ...pcs: readonly number[]): Frame[] {
  return pcs.map((pc, at) => ({
    pc: BigInt(pc),
    exact: at === 0,
    returnAddress: BigInt(pcs[at + 1] ?? 0),
    frameAddress: sp + BigInt(at) * 0x40n,
    args: [1n, 2n, 3n, 4n],
  }));
}

/** Reads a stack whole, as one is of which it was not known how it goes on, or one in so many. */
function whole(known: KnownStacks, frames: readonly Frame[], sp = SP): void {
  const bytes = known.bytesOf(frames, sp);
  known.learn(SPOT, { beginning: frames.slice(0, 4), frames, sp, bytes });
}

test('a beginning of three frames, with the arguments of the third', () => {
  expect(new KnownStacks().bytesOf(stack(SP, 1, 2, 3, 4, 5, 6), SP)).toBe(3 * 0x40 + 0x20);
});

test('one is taken for known when it has been read twice, with its frames where they lie on this stack', () => {
  const known = new KnownStacks();
  const beginning = stack(SP, 1, 2, 3, 4);
  whole(known, stack(SP, 1, 2, 3, 4, 5, 6));
  expect(known.take(SPOT, beginning, SP)).toBeUndefined();
  whole(known, stack(SP, 1, 2, 3, 4, 5, 6));
  const sp = SP + 0x70000n;
  const taken = known.take(SPOT, stack(sp, 1, 2, 3, 4), sp);
  expect(taken?.from).toBe(3);
  expect(taken?.frames.map(({ pc, frameAddress }) => [Number(pc), Number(frameAddress - sp)])).toEqual([
    [1, 0],
    [2, 0x40],
    [3, 0x80],
    [4, 0xc0],
    [5, 0x100],
    [6, 0x140],
  ]);
  expect(taken?.frames.map(({ args }) => args?.length)).toEqual([4, 4, 4, undefined, undefined, undefined]);
  expect(known.counts).toEqual({ taken: 1, checked: 0, different: 0 });
});

test('others begin elsewhere, or otherwise, or are no longer than their beginning', () => {
  const known = new KnownStacks();
  for (let times = 0; times < 3; times++) whole(known, stack(SP, 1, 2, 3, 4, 5, 6));
  for (let times = 0; times < 3; times++) whole(known, stack(SP, 1, 2, 9, 4));
  expect(known.take(8n, stack(SP, 1, 2, 3, 4), SP)).toBeUndefined();
  expect(known.take(SPOT, stack(SP, 1, 2, 3, 7), SP)).toBeUndefined();
  expect(known.take(SPOT, stack(SP, 1, 2, 9, 4), SP)).toBeUndefined();
});

test('one that goes on otherwise is counted when it is found out, and never taken again', () => {
  const known = new KnownStacks();
  const beginning = stack(SP, 1, 2, 3, 4);
  for (let times = 0; times < 2; times++) whole(known, stack(SP, 1, 2, 3, 4, 5, 6));
  expect(known.take(SPOT, beginning, SP)).toBeDefined();
  whole(known, stack(SP, 1, 2, 3, 4, 5, 8));
  expect(known.counts).toEqual({ taken: 1, checked: 1, different: 1 });
  for (let times = 0; times < 5; times++) whole(known, stack(SP, 1, 2, 3, 4, 5, 6));
  expect(known.take(SPOT, beginning, SP)).toBeUndefined();
  expect(known.counts).toEqual({ taken: 1, checked: 1, different: 1 });
});

test('one in sixteen is read whole', () => {
  const known = new KnownStacks();
  expect(known.next(SPOT)).toEqual({ bytes: undefined, check: false });
  whole(known, stack(SP, 1, 2, 3, 4, 5, 6));
  const checks = Array.from({ length: 64 }, () => known.next(SPOT).check);
  expect(checks.filter(Boolean)).toHaveLength(4);
});

test('a frame on another stack has no place there', () => {
  const known = new KnownStacks();
  const far = stack(SP, 1, 2, 3, 4, 5).map((frame, at) => (at === 4 ? { ...frame, frameAddress: 0x12f000n } : frame));
  for (let times = 0; times < 2; times++) whole(known, far);
  const taken = known.take(SPOT, stack(SP + 0x3000n, 1, 2, 3, 4), SP + 0x3000n);
  expect(taken?.frames.at(-1)?.frameAddress).toBe(0n);
});
