import type { ListedInstruction, Operand } from '../../../kd-text/instructions.js';
import { carryOut, escapeOf } from './effects.js';
import { same, type Value } from './values.js';
import type { WalkState } from './walk-state.js';

export type Code = ReadonlyMap<bigint, ListedInstruction>;

/** What a walk through a function has come by. */
export interface Walked {
  /** What is known before each instruction, for every way there. */
  readonly before: ReadonlyMap<bigint, WalkState>;
  /** What is put into the tables of tags first, on every way, by where. */
  readonly changes: ReadonlyMap<string, Value>;
  /** What is known where the function returns; undefined where no way leads there. */
  readonly after: WalkState | undefined;
  /** A way leads where no listing is, or was not followed to its end. */
  readonly strayed: boolean;
  /** Every way was followed to its end. Of others `before` is not to be believed: what is left might refute it. */
  readonly finished: boolean;
  /** Functions that are called, and not listed. */
  readonly unlisted: ReadonlyMap<bigint, string>;
  readonly calls: readonly Call[];
  /** Bytes of arguments that it takes off the stack when it returns. */
  readonly taken: bigint;
}

/** A call of a function by its name. */
export interface Call {
  readonly at: bigint;
  readonly target: bigint;
  /** Where it returns to. */
  readonly next: bigint;
}

export interface WalkOptions {
  /** Whether functions that are listed are walked through as well, and a way ends where a table is changed. */
  readonly follows: boolean;
  /** Of the whole reading: with none left a walk ends, and is said to have strayed. */
  readonly steps: Steps;
  readonly depth?: number;
}

/** Instructions that may still be looked at. The target is halted meanwhile, and nothing else of the session goes on. */
export interface Steps {
  left: number;
}

const DEEPEST = 4;
/** Instructions of one walk, of what it follows included: functions of the pool have some thousand, and loops go round twice or thrice. */
const MOST_STEPS = 10_000;
/** What never comes back. */
const NO_RETURN = /KeBugCheck|KiBugCheck|KiFastFail|RtlFailFast|_report_gsfailure|ExRaiseStatus|RtlRaiseStatus/;
/** What sets up a function's frame as no function may. */
const PROLOGUE = /SEH_prolog|EH_prolog|_chkstk|alloca_probe/;

/** Walks along every way from an instruction on, until nothing new is learnt. */
export function walk(code: Code, from: bigint, begin: WalkState, options: WalkOptions): Walked {
  const { steps } = options;
  const own: Steps = { left: Math.min(MOST_STEPS, steps.left) };
  const given = own.left;
  const walked = new Walk(code, { ...options, steps: own }).run(from, begin);
  steps.left -= given - own.left;
  return walked;
}

class Walk {
  readonly #before = new Map<bigint, WalkState>();
  readonly #changes = new Map<string, Value>();
  readonly #unlisted = new Map<bigint, string>();
  readonly #calls = new Map<bigint, Call>();
  readonly #todo = new Set<bigint>();
  #after: WalkState | undefined;
  #strayed = false;
  #finished = true;
  #taken = 0n;

  constructor(
    private readonly code: Code,
    private readonly options: WalkOptions,
  ) {}

  run(from: bigint, begin: WalkState): Walked {
    this.#reach(from, begin);
    while (this.#todo.size > 0) {
      if (this.options.steps.left <= 0) {
        this.#strayed = true;
        this.#finished = false;
        break;
      }
      this.options.steps.left--;
      const at = this.#todo.values().next().value as bigint;
      this.#todo.delete(at);
      const instruction = this.code.get(at);
      const state = this.#before.get(at)?.copy();
      if (instruction && state) this.#step(instruction, state);
    }
    return {
      before: this.#before,
      changes: this.#changes,
      after: this.#after,
      strayed: this.#strayed,
      finished: this.#finished,
      unlisted: this.#unlisted,
      calls: [...this.#calls.values()],
      taken: this.#taken,
    };
  }

  #reach(at: bigint, state: WalkState): void {
    if (!this.code.has(at)) {
      this.#strayed = true;
      return;
    }
    const known = this.#before.get(at);
    if (!known) this.#before.set(at, state.copy());
    else if (!known.meet(state)) return;
    this.#todo.add(at);
  }

  #step(instruction: ListedInstruction, state: WalkState): void {
    const { mnemonic, operands, next, address } = instruction;
    const [target] = operands;
    if (mnemonic === 'call') this.#call(instruction, state);
    else if (mnemonic === 'ret' || mnemonic === 'retn') this.#return(state, target);
    else if (mnemonic === 'jmp') this.#jump(instruction, state);
    else if (/^(?:j|loop)/.test(mnemonic)) {
      if (target?.kind === 'place') this.#reach(target.address, state);
      else this.#strayed = true;
      this.#reach(next, state);
    } else if (endsHere(instruction)) return;
    else {
      const begins = escapeOf(state, instruction);
      if (begins !== undefined && !state.ground.escapes.includes(begins)) state.ground.escapes.push(begins);
      const change = carryOut(state, instruction);
      if (change && this.options.follows) this.#change(String(address), change.amount);
      else this.#reach(next, state);
    }
  }

  #change(where: string, amount: Value): void {
    const known = this.#changes.has(where) ? this.#changes.get(where) : amount;
    this.#changes.set(where, same(known, amount) ? amount : undefined);
  }

  #jump({ operands }: ListedInstruction, state: WalkState): void {
    const [target] = operands;
    if (target?.kind !== 'place') this.#strayed = true;
    else if (this.code.has(target.address)) this.#reach(target.address, state);
    // A function that ends by another: what is behind it is the caller's.
    else if (target.symbol !== '' && !target.symbol.includes('+0x')) this.#elsewhere(target.address, target.symbol);
    else this.#strayed = true;
  }

  #elsewhere(address: bigint, symbol: string): void {
    if (!NO_RETURN.test(symbol)) this.#unlisted.set(address, symbol);
  }

  #return(state: WalkState, taken: Operand | undefined): void {
    const { bytes } = state.ground.processor;
    if (taken?.kind === 'number') this.#taken = taken.value;
    state.moveStack(BigInt(bytes) + this.#taken);
    if (this.#after) this.#after.meet(state);
    else this.#after = state;
  }

  #call({ operands, next, address: at }: ListedInstruction, state: WalkState): void {
    const [target] = operands;
    const place = target?.kind === 'place' ? target : undefined;
    if (place) this.#calls.set(at, { at, target: place.address, next });
    if (place && NO_RETURN.test(place.symbol)) return;
    const { depth = 0, follows } = this.options;
    if (place && follows && depth < DEEPEST && this.code.has(place.address)) {
      this.#follow(place.address, state, next);
      return;
    }
    if (place && !this.code.has(place.address)) this.#elsewhere(place.address, place.symbol);
    called(state, place?.symbol ?? '');
    this.#reach(next, state);
  }

  #follow(address: bigint, state: WalkState, next: bigint): void {
    const { bytes, bits, stack } = state.ground.processor;
    const end = state.stackEnd;
    state.moveStack(BigInt(-bytes));
    if (end?.kind === 'known' && end.base === `@${stack}`)
      state.storeAt(end.base, end.plus - BigInt(bytes), bytes, undefined);
    const { depth = 0, steps } = this.options;
    const inner = walk(this.code, address, state, { follows: true, depth: depth + 1, steps });
    for (const [where, amount] of inner.changes) this.#change(`${next} ${where}`, amount);
    for (const [at, symbol] of inner.unlisted) this.#unlisted.set(at, symbol);
    this.#strayed ||= inner.strayed;
    if (!inner.after) return;
    const after = inner.after.copy();
    // What a function takes off the stack besides its own is known on x64: nothing.
    if (bits === 64) after.setRegister(stack, end);
    this.#reach(next, after);
  }
}

/** What another function may have done. */
function called(state: WalkState, symbol: string): void {
  const { processor } = state.ground;
  if (PROLOGUE.test(symbol)) {
    state.forgetRegisters(processor.whole);
    state.forgetMemory();
    return;
  }
  const end = state.stackEnd;
  state.forgetMemory();
  if (processor.bits === 64 && end?.kind === 'known' && end.base === `@${processor.stack}`) {
    // Room for the arguments of whoever is called: it is theirs.
    for (let at = 0n; at < 32n; at += 8n) state.storeAt(end.base, end.plus + at, 8, undefined);
  }
  state.forgetRegisters(processor.volatile);
  // Whoever is called may take its arguments off, or leave them.
  if (processor.bits === 32) state.forgetRegisters([processor.stack]);
}

function endsHere({ mnemonic, operands }: ListedInstruction): boolean {
  const [number] = operands;
  const fails = mnemonic === 'int' && number?.kind === 'number' && number.value === 0x29n;
  return fails || mnemonic === 'ud2' || mnemonic === 'hlt' || mnemonic === '???' || mnemonic.startsWith('iret');
}
