import type { ListedInstruction, MemoryOperand, Operand } from '../../../kd-text/instructions.js';
import { combined, constant, isConstant, lowest, negated, sum, type Value } from './values.js';
import type { WalkState } from './walk-state.js';

/** A number of a table of tags is changed by this. */
export interface TableChange {
  readonly amount: Value;
}

type Effect = (state: WalkState, operands: readonly Operand[]) => void;

const NOTHING = new Set(
  'cmp test bt nop pause prefetchw prefetchnta prefetcht0 prefetcht1 prefetcht2 lfence mfence sfence cld std cli sti clc stc cmc int'.split(
    ' ',
  ),
);

/** What takes two operands, and puts what becomes of them into the first. */
const COMPUTED: Readonly<Record<string, (a: Value, b: Value, bits: number) => Value>> = {
  add: sum,
  sub: (a, b) => (a?.kind === 'table' && b?.kind !== 'table' ? a : sum(a, negated(b))),
  and: (a, b, bits) => combined(a, '&', b, bits),
  or: (a, b, bits) => combined(a, '|', b, bits),
  xor: (a, b, bits) => combined(a, '^', b, bits),
  shl: (a, b, bits) => combined(a, '<<', b, bits),
  sal: (a, b, bits) => combined(a, '<<', b, bits),
  shr: (a, b, bits) => combined(a, '>>', b, bits),
  btr: (a, b, bits) => (isConstant(b) ? combined(a, '&', constant(~(1n << b.plus)), bits) : undefined),
};
const SIGNS: Readonly<Record<string, bigint>> = { add: 1n, xadd: 1n, sub: -1n, inc: 1n, dec: -1n };
/** What changes its first operand alone, in a way that is not followed. */
const FIRST_ALONE =
  /^(?:sar|rol|ror|rcl|rcr|adc|sbb|not|bts|btc|bs[fr]|bswap|popcnt|[lt]zcnt|set\w+|cmov\w+|mov(?:sxd?|[aud]\w+|nt\w+|[dq]|s[sd]|[lh]p[sd])|v?xorp[sd]|v?pxor|vmov\w+|shld|shrd|movbe|andn|lahf)$/;

/** Carries out an instruction that neither jumps nor calls. @returns what it changes in a table of tags */
export function carryOut(state: WalkState, instruction: ListedInstruction): TableChange | undefined {
  const { mnemonic, operands, repeats } = instruction;
  const [first, second] = operands;
  const changed = tableChange(state, instruction);
  if (NOTHING.has(mnemonic)) return undefined;
  const effect = EFFECTS[mnemonic];
  if ((mnemonic === 'xor' || mnemonic === 'sub') && isItself(first, second)) {
    if (first) put(state, first, constant(0n));
    return changed;
  }
  const computed = COMPUTED[mnemonic];
  if (effect) effect(state, operands);
  else if (computed && first && second) {
    const bits = bitsOf(state, first);
    put(state, first, wrapped(state, computed(get(state, first), shiftOf(state, second, first), bits), bits));
  } else if (FIRST_ALONE.test(mnemonic) && !repeats && first) put(state, first, undefined);
  else forgetAll(state);
  return changed;
}

function isItself(a: Operand | undefined, b: Operand | undefined): boolean {
  return a?.kind === 'register' && b?.kind === 'register' && a.name === b.name;
}

const EFFECTS: Readonly<Record<string, Effect>> = {
  mov: (state, [to, from]) => {
    if (to && from) put(state, to, get(state, from, sizeOf(state, to)));
  },
  movabs: (state, operands) => EFFECTS.mov?.(state, operands),
  movzx: (state, [to, from]) => {
    if (to && from) put(state, to, lowest(get(state, from), bitsOf(state, from)));
  },
  lea: (state, [to, from]) => {
    if (to && from?.kind === 'memory') put(state, to, wrapped(state, state.addressOf(from), bitsOf(state, to)));
  },
  inc: (state, [to]) => one(state, to, 1n),
  dec: (state, [to]) => one(state, to, -1n),
  neg: (state, [to]) => {
    if (to) put(state, to, negated(get(state, to)));
  },
  imul: (state, [to, from]) => {
    if (to && from) put(state, to, undefined);
    else state.forgetRegisters(wideOf(state));
  },
  xchg: (state, [a, b]) => {
    if (!a || !b) return;
    const [before, after] = [get(state, a), get(state, b)];
    put(state, a, after);
    put(state, b, before);
  },
  xadd: (state, [to, from]) => {
    if (!to || !from) return;
    put(state, to, undefined);
    put(state, from, undefined);
  },
  push: (state, [from]) => {
    const { bytes, stack } = state.ground.processor;
    const value = from && get(state, from, bytes);
    state.moveStack(BigInt(-bytes));
    const end = state.stackEnd;
    if (end?.kind === 'known' && end.base === `@${stack}`) state.storeAt(end.base, end.plus, bytes, value);
  },
  pop: (state, [to]) => {
    const { bytes } = state.ground.processor;
    const value = topOf(state);
    state.moveStack(BigInt(bytes));
    if (to) put(state, to, value);
  },
  leave: (state) => {
    const { bytes, stack, bits } = state.ground.processor;
    const frame = bits === 64 ? 'rbp' : 'ebp';
    state.setRegister(stack, state.register(frame));
    state.setRegister(frame, topOf(state));
    state.moveStack(BigInt(bytes));
  },
  mul: (state) => forgetTwo(state),
  div: (state) => forgetTwo(state),
  idiv: (state) => forgetTwo(state),
  cdq: (state) => forgetTwo(state),
  cqo: (state) => forgetTwo(state),
  cdqe: (state) => forgetTwo(state),
};

function forgetTwo(state: WalkState): void {
  state.forgetRegisters(wideOf(state));
}

function wideOf({ ground }: WalkState): readonly string[] {
  return ground.processor.bits === 64 ? ['rax', 'rdx'] : ['eax', 'edx'];
}

/** What stands where the stack ends. */
export function topOf(state: WalkState): Value {
  const { bytes } = state.ground.processor;
  const end = state.stackEnd;
  return end?.kind === 'known' && end.base !== '' && !end.negative
    ? state.loadAt(end.base, end.plus, bytes)
    : undefined;
}

function one(state: WalkState, to: Operand | undefined, by: bigint): void {
  if (to) put(state, to, wrapped(state, sum(get(state, to), constant(by)), bitsOf(state, to)));
}

/** Anything may be in any register but where the stack ends, and in memory. */
function forgetAll(state: WalkState): void {
  const { whole, stack } = state.ground.processor;
  state.forgetRegisters(whole.filter((name) => name !== stack));
  state.forgetMemory();
}

function tableChange(state: WalkState, { mnemonic, operands }: ListedInstruction): TableChange | undefined {
  const sign = SIGNS[mnemonic];
  const [to, by] = operands;
  if (sign === undefined || to?.kind !== 'memory' || to.segment || state.addressOf(to)?.kind !== 'table')
    return undefined;
  const amount = by ? get(state, by, sizeOf(state, to)) : constant(1n);
  const signed = sign < 0n ? negated(amount) : amount;
  // Allocations and frees are counted one by one.
  if (isConstant(signed) && (signed.plus === 1n || signed.plus === -1n)) return undefined;
  return { amount: signed };
}

export function get(state: WalkState, from: Operand, size = 0): Value {
  switch (from.kind) {
    case 'register':
      return state.register(from.name);
    case 'number':
      return constant(from.value);
    case 'memory':
      return state.load(from, from.size || size);
    default:
      return undefined;
  }
}

function put(state: WalkState, to: Operand, value: Value): void {
  if (to.kind === 'register') state.setRegister(to.name, value);
  else if (to.kind === 'memory') state.store(to, to.size, value);
}

function shiftOf(state: WalkState, by: Operand, to: Operand): Value {
  return get(state, by, sizeOf(state, to));
}

function wrapped(state: WalkState, value: Value, bits: number): Value {
  return bits === 32 && state.ground.processor.bits === 64 && value?.kind === 'known' ? lowest(value, 32) : value;
}

function bitsOf(state: WalkState, operand: Operand): number {
  return sizeOf(state, operand) * 8;
}

function sizeOf({ ground }: WalkState, operand: Operand): number {
  if (operand.kind === 'register') return (ground.processor.parts.get(operand.name)?.bits ?? 0) / 8;
  return operand.kind === 'memory' ? operand.size : ground.processor.bytes;
}

/** An object of the stack whose address is put into a register that is no frame pointer: where it begins. */
export function escapeOf(state: WalkState, { mnemonic, operands }: ListedInstruction): bigint | undefined {
  const [to, from] = operands;
  if (to?.kind !== 'register' || !from || (mnemonic !== 'lea' && mnemonic !== 'mov')) return undefined;
  const { stack, bits } = state.ground.processor;
  const frames = bits === 64 ? [stack, 'rbp', 'r11', ...(mnemonic === 'mov' ? ['rax'] : [])] : [stack, 'ebp'];
  if (frames.includes(to.name)) return undefined;
  const value =
    mnemonic === 'lea' && from.kind === 'memory' ? state.addressOf(from as MemoryOperand) : get(state, from);
  return value?.kind === 'known' && value.base === `@${stack}` ? value.plus : undefined;
}
