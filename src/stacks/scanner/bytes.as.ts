/// AssemblyScript, compiled with scanner.as.ts. Comparing and hashing bytes, sixteen at a time.

import { MASKS } from './memory.as';

const FEED: u8 = 0x0a;

/// Whether the `length` bytes at `known` stand at `at`, before `end`. Zeros follow them.
export function equals(at: usize, known: usize, length: u32, end: usize): bool {
  return at + length <= end && same(at, known, length);
}

export function isAt(from: usize, to: usize, known: usize, length: u32): bool {
  return to - from === <usize>length && same(from, known, length);
}

function same(at: usize, known: usize, length: u32): bool {
  let i: u32 = 0;
  for (; i + 16 <= length; i += 16) if (v128.any_true(v128.xor(v128.load(at + i), v128.load(known + i)))) return false;
  const rest = v128.xor(v128.load(at + i), v128.load(known + i));
  return !v128.any_true(v128.and(rest, v128.load(MASKS + 16 - (length & 15))));
}

/// Where the next line feed is; there must be one.
export function feedAfter(from: usize): usize {
  let at = from;
  let found = feeds(at);
  while (!found) found = feeds((at += 16));
  return at + ctz(found);
}

function feeds(at: usize): i32 {
  return i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(FEED)));
}

export function hash(from: usize, to: usize): u32 {
  let value: u64 = 0x9e3779b97f4a7c15;
  let at = from;
  for (; at + 8 <= to; at += 8) value = rotl((value ^ load<u64>(at)) * 0xff51afd7ed558ccd, 29);
  const rest = <u64>(to - at);
  if (rest) value = (value ^ (load<u64>(at) & ((1 << (rest << 3)) - 1))) * 0xff51afd7ed558ccd;
  value = (value ^ (value >> 32)) * 0xc4ceb9fe1a85ec53;
  return <u32>(value >> 29);
}

export function mix(a: u32, b: u32): u32 {
  const value = (((<u64>a) << 32) | <u64>b) * 0x9e3779b97f4a7c15;
  return <u32>(value >> 33);
}

/// Eight digits, or twice eight with or without kd's backtick between.
export function address(at: usize, width: u32): u64 {
  return width === 8 ? digits(at) : (digits(at) << 32) | digits(at + width - 8);
}

function digits(at: usize): u64 {
  const text = load<u64>(at);
  let values = (text & 0x0f0f0f0f0f0f0f0f) + ((text >> 6) & 0x0101010101010101) * 9;
  // The first digit is the lowest byte: pairs, then pairs of pairs, go to the top of their room.
  values = ((values << 4) | (values >> 8)) & 0x00ff00ff00ff00ff;
  values = ((values << 8) | (values >> 16)) & 0x0000ffff0000ffff;
  return ((values << 16) | (values >> 32)) & 0xffffffff;
}
