/// AssemblyScript, compiled with scanner.as.ts. Forms of stack listings, and the shapes of what stands before a call site in them.

import { allocate } from './memory.as';

// A shape is followed by its steps of three times sixteen bytes: literal, where it counts, where a digit must be.
export const SHAPE_LENGTH: usize = 0;
export const SHAPE_DIALECT: usize = 4;
export const SHAPE_NUMBERED: usize = 8;
export const SHAPE_WIDTH: usize = 12;
export const SHAPE_NEXT: usize = 16;
export const SHAPE_ARGS: usize = 20; // four offsets, -1 where there is none
const SHAPE_STEPS: usize = 48;

/// A dialect leads to the shapes met in it.
export const DIALECT_SHAPES: usize = 0;

export function learnDialect(): usize {
  return allocate(16);
}

/// A shape of `length` bytes; the caller fills in steps, arguments and flags.
export function learnShape(form: usize, length: u32): usize {
  const at = allocate(SHAPE_STEPS + 48 * <usize>((length + 15) >> 4));
  store<u32>(at, length, SHAPE_LENGTH);
  store<u32>(at, <u32>form, SHAPE_DIALECT);
  store<u32>(at, load<u32>(form, DIALECT_SHAPES), SHAPE_NEXT);
  store<u32>(form, <u32>at, DIALECT_SHAPES);
  return at;
}

/// The shape of the line at `at`, if it is known; 0 if not.
export function shapeAt(form: usize, at: usize): usize {
  let shape = <usize>load<u32>(form, DIALECT_SHAPES);
  while (shape && !hasShape(at, shape)) shape = <usize>load<u32>(shape, SHAPE_NEXT);
  return shape;
}

/// Whether what stands before a call site has this shape.
export function hasShape(at: usize, shape: usize): bool {
  const length = load<u32>(shape, SHAPE_LENGTH);
  let step = shape + SHAPE_STEPS;
  let wrong = i64x2.splat(0);
  for (let i: u32 = 0; i < length; i += 16) {
    const text = v128.load(at + i);
    const literal = v128.and(v128.xor(text, v128.load(step)), v128.load(step, 16));
    // Signed comparisons take one instruction: the digits are moved to the lowest numbers there are.
    const number = i8x16.lt_s(i8x16.add(text, i8x16.splat(0x50)), i8x16.splat(-128 + 10));
    const letter = i8x16.lt_s(i8x16.add(text, i8x16.splat(0x1f)), i8x16.splat(-128 + 6));
    wrong = v128.or(wrong, v128.or(literal, v128.andnot(v128.load(step, 32), v128.or(number, letter))));
    step += 48;
  }
  return !v128.any_true(wrong);
}
