import { type ReadStack, readWord } from './read-stack.js';
import { given } from './register-unknown.js';
import type { FunctionEntry, UnwindInfo } from './unwind-info.js';
import { parseUnwindInfo } from './unwind-info.js';
import { type UnwindSource, UnwindUnreadable } from './unwind-source.js';
import { EPILOGUE_BYTES, type Epilogue, parseEpilogue } from './x64-epilogue.js';

/** The registers of one frame. */
export interface State64 {
  readonly rip: bigint;
  /** rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8 to r15: the order of CONTEXT and of UNWIND_INFO. Undefined where it was not read. */
  readonly gp: readonly (bigint | undefined)[];
  /** Stopped or interrupted there, rather than called something. */
  readonly exact: boolean;
}

export interface Unwound64 {
  readonly caller: State64;
  /** Where the processor pushed RIP, CS, RFLAGS, RSP and SS. */
  readonly machineFrame?: bigint;
}

export const RSP = 4;
/** Parts of one function that follow each other, before the data is taken for damaged. */
const MOST_CHAINED = 32;
const BITS = 64;

type Values = (bigint | undefined)[];

/** The caller of a function that neither moves RSP nor has unwind data. */
export async function unwindLeaf({ gp }: State64, stack: ReadStack): Promise<Unwound64 | undefined> {
  return popReturn([...gp], stack);
}

/**
 * Undoes what the function has done so far, as its unwind data says.
 * @param entry of the function, and `rva` of where it stands
 * @returns undefined where the stack cannot be read
 * @throws UnwindUnreadable where the data cannot be read, or is none; RegisterUnknown
 */
export async function unwindFrame(
  state: State64,
  entry: FunctionEntry,
  rva: number,
  source: UnwindSource,
  stack: ReadStack,
): Promise<Unwound64 | undefined> {
  const info = await infoOf(source, entry);
  const offset = rva - entry.begin;
  if (state.exact && offset >= info.prologueSize && offset > 0) {
    const epilogue = parseEpilogue(await source.code(rva, EPILOGUE_BYTES), info.frameRegister);
    if (epilogue && (await leaves(epilogue, entry, rva, source))) return finishEpilogue(state, epilogue, stack);
  }
  const values: Values = [...state.gp];
  // What is saved is placed from where RSP is once the prologue is through.
  let base = plus(given(values[RSP]), -pending(info, offset));
  let done = offset;
  let part: UnwindInfo = info;
  for (let chained = 0; ; chained++) {
    if (part.frameRegister !== 0 && isFrameSet(part, done))
      base = plus(given(values[part.frameRegister]), -part.frameOffset);
    const outcome = await undo(part, done, base, values, stack);
    if (outcome === undefined) return undefined;
    if (outcome !== 'undone') return outcome;
    if (!part.chained || chained === MOST_CHAINED) break;
    part = await infoOf(source, part.chained);
    done = Number.POSITIVE_INFINITY;
  }
  return popReturn(values, stack);
}

async function infoOf(source: UnwindSource, { unwind }: FunctionEntry): Promise<UnwindInfo> {
  const info = parseUnwindInfo(await source.info(unwind));
  if (!info) throw new UnwindUnreadable(unwind);
  return info;
}

/** Bytes that the rest of the prologue has yet to take off RSP. */
function pending({ codes }: UnwindInfo, offset: number): number {
  let bytes = 0;
  for (const code of codes) {
    if (code.offset <= offset) continue;
    if (code.kind === 'push') bytes += 8;
    else if (code.kind === 'allocate') bytes += code.bytes;
  }
  return bytes;
}

function isFrameSet({ codes, prologueSize, chained }: UnwindInfo, offset: number): boolean {
  if (offset >= prologueSize || chained) return true;
  return codes.some((code) => code.kind === 'set-frame' && code.offset <= offset);
}

/** Undoes the codes of one part; the interrupted state where the part begins with a machine frame. */
async function undo(
  { codes, frameRegister, frameOffset }: UnwindInfo,
  offset: number,
  base: bigint,
  values: Values,
  stack: ReadStack,
): Promise<Unwound64 | 'undone' | undefined> {
  for (const code of codes) {
    if (code.offset > offset) continue;
    const rsp = given(values[RSP]);
    if (code.kind === 'push') {
      const value = await readWord(stack, rsp, 8);
      if (value === undefined) return undefined;
      values[code.register] = value;
      // Popping RSP itself is nothing that a function does.
      values[RSP] = plus(rsp, 8);
    } else if (code.kind === 'allocate') values[RSP] = plus(rsp, code.bytes);
    else if (code.kind === 'set-frame') values[RSP] = plus(given(values[frameRegister]), -frameOffset);
    else if (code.kind === 'save') {
      const value = await readWord(stack, base + BigInt(code.at), 8);
      if (value === undefined) return undefined;
      values[code.register] = value;
    } else return popMachineFrame(plus(rsp, code.errorCode ? 8 : 0), values, stack);
  }
  return 'undone';
}

async function popMachineFrame(at: bigint, values: Values, stack: ReadStack): Promise<Unwound64 | undefined> {
  const rip = await readWord(stack, at, 8);
  const rsp = await readWord(stack, at + 24n, 8);
  if (rip === undefined || rsp === undefined) return undefined;
  return { caller: { rip, gp: values.with(RSP, rsp), exact: true }, machineFrame: at };
}

async function popReturn(values: Values, stack: ReadStack): Promise<Unwound64 | undefined> {
  const rsp = given(values[RSP]);
  const rip = await readWord(stack, rsp, 8);
  if (rip === undefined) return undefined;
  return { caller: { rip, gp: values.with(RSP, plus(rsp, 8)), exact: false } };
}

async function finishEpilogue(state: State64, epilogue: Epilogue, stack: ReadStack): Promise<Unwound64 | undefined> {
  const values: Values = [...state.gp];
  const base = given(values[epilogue.frame ?? RSP]);
  let rsp = plus(base, epilogue.add);
  for (const register of epilogue.pops) {
    const value = await readWord(stack, rsp, 8);
    if (value === undefined) return undefined;
    values[register] = value;
    rsp = plus(rsp, 8);
  }
  values[RSP] = rsp;
  return popReturn(values, stack);
}

/** A jump is the end of a function only if it leads out of it: to no other part of the same function either. */
async function leaves({ jump }: Epilogue, entry: FunctionEntry, rva: number, source: UnwindSource): Promise<boolean> {
  if (jump === undefined) return true;
  const target = rva + jump;
  if (target > entry.begin && target < entry.end) return false;
  const there = await source.entry(target);
  if (!there) return true;
  const [here, other] = [await primary(entry, source), await primary(there, source)];
  return here.begin !== other.begin || target === other.begin;
}

async function primary(entry: FunctionEntry, source: UnwindSource): Promise<FunctionEntry> {
  let part = entry;
  for (let chained = 0; chained < MOST_CHAINED; chained++) {
    const next = (await infoOf(source, part)).chained;
    if (!next) break;
    part = next;
  }
  return part;
}

function plus(value: bigint, bytes: number): bigint {
  return BigInt.asUintN(BITS, value + BigInt(bytes));
}
