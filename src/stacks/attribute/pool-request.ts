import type { Registers } from '../../kd-text/listings/registers.js';
import type { RequestLine } from '../../kd-text/pool/pool-lines.js';
import type { SizeSource } from '../findings.js';
import { addressKey } from '../live-addresses.js';
import type { PoolArguments } from './allocator-frames.js';

/** Larger requests are not believed: no pool of the targets holds one, so the argument is something else. */
const LARGEST = 2 ** 31;
/** Where kernel addresses begin: the upper half of 32 bits, or of the 48 that x64 and ARM64 use. */
const KERNEL_32 = 0x8000_0000;
const KERNEL_48 = 0x8000_0000_0000;

/** What a hit asked for, or gave back. */
export interface PoolRequest {
  /** Bytes, of all hits that it stands for; negative where they are not known. */
  readonly bytes: number;
  /** Bytes of the newest of these hits. */
  readonly newestBytes: number;
  /** The tag as the 32-bit number passed; 0 where it is not known. */
  readonly tag: number;
  /** The type of pool, where that is known for certain. */
  readonly type?: number;
  /** The address freed; 0 where it is not known. */
  readonly address: number;
  readonly from: SizeSource;
}

/** The first four arguments of one function or several (`nth`), each as its upper and lower 32 bits. */
export interface ArgumentValues {
  high(nth: number, argument: number): number;
  low(nth: number, argument: number): number;
  isWide(nth: number): boolean;
}

/**
 * Reads a request from a function's arguments.
 * On x64 kd prints the home slots, which often hold something else: only a readable tag makes them credible.
 */
export function readRequest(
  places: PoolArguments,
  values: ArgumentValues,
  nth: number,
  exact: boolean,
): PoolRequest | undefined {
  const wide = values.isWide(nth);
  if (places.wideOnly && !wide) return undefined;
  const tag = places.tag === undefined ? 0 : values.low(nth, places.tag);
  const readable = places.tag !== undefined && values.high(nth, places.tag) === 0 && isReadableTag(tag);
  const doubtful = wide && !exact;
  if (!readable && (doubtful || (places.tag !== undefined && places.size !== undefined))) return undefined;
  const from = exact ? 'registers' : wide ? 'home-slots' : 'arguments';
  if (places.size === undefined) return freed(places.address ?? 0, values, nth, readable ? tag : 0, from);
  const bytes = values.low(nth, places.size);
  if (values.high(nth, places.size) !== 0 || bytes < 1 || bytes >= LARGEST) return undefined;
  return { bytes, newestBytes: bytes, tag, address: 0, from };
}

/** What a line of a breakpoint's own commands says; undefined for a size that cannot be one. */
export function requestOfLine({ size, tag = 0, type }: RequestLine): PoolRequest | undefined {
  if (size < 1n || size >= BigInt(LARGEST)) return undefined;
  const bytes = Number(size);
  const known = { tag: isReadableTag(tag) ? tag : 0, ...(type !== undefined && { type }) };
  return { bytes, newestBytes: bytes, ...known, address: 0, from: 'printed' };
}

function freed(
  place: number,
  values: ArgumentValues,
  nth: number,
  tag: number,
  from: SizeSource,
): PoolRequest | undefined {
  const address = (values.high(nth, place) & 0xffff) * 2 ** 32 + values.low(nth, place);
  return address >= (values.isWide(nth) ? KERNEL_48 : KERNEL_32)
    ? { bytes: -1, newestBytes: -1, tag, address, from }
    : undefined;
}

/** The order in which arguments are passed. Source: Microsoft, "x64 calling convention" and "ARM64 ABI conventions". */
const X64 = ['rcx', 'rdx', 'r8', 'r9'] as const;
const ARM64 = ['x0', 'x1', 'x2', 'x3'] as const;

/** Arguments at a function's first instruction, from its registers; undefined unless all that pass them are there. */
export function argumentsOf(registers: Registers): ArgumentValues | undefined {
  const values = (registers.has('x0') ? ARM64 : X64).map((name) => registers.get(name));
  if (values.some((value) => value === undefined)) return undefined;
  const value = (argument: number): bigint => values[argument] ?? 0n;
  return {
    high: (_, argument) => Number(value(argument) >> 32n),
    low: (_, argument) => Number(value(argument) & 0xffffffffn),
    isWide: () => true,
  };
}

/** Where the stack ends, as the key of an address. */
export function stackPointer(registers: Registers): { readonly key: number; readonly wide: boolean } | undefined {
  const wide = registers.get('rsp');
  const pointer = wide ?? registers.get('esp');
  return pointer === undefined ? undefined : { key: addressKey(pointer), wide: wide !== undefined };
}

/** What a function has returned, as the key of an address; undefined if it is no address of the kernel. */
export function returnedAddress(registers: Registers): number | undefined {
  const wide = registers.get('rax') ?? registers.get('x0');
  const value = wide ?? registers.get('eax');
  if (value === undefined) return undefined;
  const address = addressKey(value);
  return address >= (wide === undefined ? KERNEL_32 : KERNEL_48) ? address : undefined;
}

/** Four printable characters, the unused ones at the end possibly zero; the highest bit may mark protected pool. */
function isReadableTag(tag: number): boolean {
  if ((tag & 0xff) === 0) return false;
  for (let rest = tag & 0x7fffffff; rest !== 0; rest >>>= 8) {
    const byte = rest & 0xff;
    if (byte < 0x20 || byte > 0x7e) return false;
  }
  return true;
}
