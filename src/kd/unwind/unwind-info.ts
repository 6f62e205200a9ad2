/** One thing that a prologue did, in the terms of UNWIND_INFO. `offset` is where the instruction that did it ends, from the begin of the function. */
export type UnwindCode = { readonly offset: number } & (
  | { readonly kind: 'push'; readonly register: number }
  | { readonly kind: 'allocate'; readonly bytes: number }
  | { readonly kind: 'set-frame' }
  /** `at` is relative to the frame: the frame register less its offset, or RSP once the prologue is through. */
  | { readonly kind: 'save'; readonly register: number; readonly at: number }
  | { readonly kind: 'machine-frame'; readonly errorCode: boolean }
);

/** A RUNTIME_FUNCTION; all are RVAs. */
export interface FunctionEntry {
  readonly begin: number;
  readonly end: number;
  readonly unwind: number;
}

/** UNWIND_INFO, as far as finding the caller takes it: language handlers are left out. */
export interface UnwindInfo {
  readonly prologueSize: number;
  /** Number of the register that holds the frame; 0 for none. */
  readonly frameRegister: number;
  /** Bytes from the frame to where that register points. */
  readonly frameOffset: number;
  /** In the order of undoing. Saved XMM registers and the epilogues of version 2 are left out. */
  readonly codes: readonly UnwindCode[];
  /** Whose codes come after these: this is a part of that function. */
  readonly chained: FunctionEntry | undefined;
}

const CHAINED = 4;
const EPILOG = 6;

/** Bytes of the info whose first four bytes these are, with the entry it may be chained to. */
export function unwindInfoBytes(head: Buffer): number {
  const count = head[2] ?? 0;
  const chained = ((head[0] ?? 0) >> 3) & CHAINED;
  return 4 + (count + (count & 1)) * 2 + (chained ? 12 : 0);
}

/**
 * Reads UNWIND_INFO of version 1 or 2.
 * @returns undefined where the bytes are none: another version, an operation that does not exist, or an end before its time
 */
export function parseUnwindInfo(bytes: Buffer): UnwindInfo | undefined {
  if (bytes.length < 4 || bytes.length < unwindInfoBytes(bytes)) return undefined;
  const [first = 0, prologueSize = 0, count = 0, frame = 0] = bytes;
  const version = first & 7;
  if (version !== 1 && version !== 2) return undefined;
  const slots = Array.from({ length: count }, (_, index) => bytes.readUInt16LE(4 + index * 2));
  const codes = parseCodes(slots, version);
  if (!codes) return undefined;
  const after = 4 + (count + (count & 1)) * 2;
  return {
    prologueSize,
    frameRegister: frame & 15,
    frameOffset: (frame >> 4) * 16,
    codes,
    chained: (first >> 3) & CHAINED ? readUnwindEntry(bytes, after) : undefined,
  };
}

export function readUnwindEntry(bytes: Buffer, at: number): FunctionEntry {
  return { begin: bytes.readUInt32LE(at), end: bytes.readUInt32LE(at + 4), unwind: bytes.readUInt32LE(at + 8) };
}

function parseCodes(slots: readonly number[], version: number): UnwindCode[] | undefined {
  const codes: UnwindCode[] = [];
  for (let at = version === 2 ? epilogSlots(slots) : 0; at < slots.length; ) {
    const slot = slots[at] as number;
    const offset = slot & 0xff;
    const argument = slot >> 12;
    const operation = (slot >> 8) & 15;
    const used = slotsOf(operation, argument);
    if (used === undefined || at + used > slots.length) return undefined;
    const near = slots[at + 1] ?? 0;
    const far = near + (slots[at + 2] ?? 0) * 0x10000;
    if (operation === 0) codes.push({ offset, kind: 'push', register: argument });
    else if (operation === 1) codes.push({ offset, kind: 'allocate', bytes: argument === 0 ? near * 8 : far });
    else if (operation === 2) codes.push({ offset, kind: 'allocate', bytes: argument * 8 + 8 });
    else if (operation === 3) codes.push({ offset, kind: 'set-frame' });
    else if (operation === 4) codes.push({ offset, kind: 'save', register: argument, at: near * 8 });
    else if (operation === 5) codes.push({ offset, kind: 'save', register: argument, at: far });
    else if (operation === 10) codes.push({ offset, kind: 'machine-frame', errorCode: argument === 1 });
    at += used;
  }
  return codes;
}

/** Version 2 lists its epilogues first, one slot each, filled up with a zero to an even number. The code itself tells them as well. */
function epilogSlots(slots: readonly number[]): number {
  let at = 0;
  while (at < slots.length && (((slots[at] as number) >> 8) & 15) === EPILOG) at++;
  return at % 2 === 1 && slots[at] === 0 ? at + 1 : at;
}

/** 6 and 7 are the 64-bit XMM saves of early x64 compilers; 8 and 9 those of all others. */
function slotsOf(operation: number, argument: number): number | undefined {
  if (operation === 1) return argument === 0 ? 2 : argument === 1 ? 3 : undefined;
  if (operation === 10) return argument <= 1 ? 1 : undefined;
  return [1, undefined, 1, 1, 2, 3, 2, 3, 2, 3][operation];
}
