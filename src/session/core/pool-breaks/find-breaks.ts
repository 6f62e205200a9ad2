import type { ListedInstruction } from '../../../kd-text/instructions.js';
import type { Code } from './walk.js';

/** A break instruction of the pool's own: one that a comparison with PoolHitTag leads to. */
export interface FoundBreak {
  /** `int 3`, or the call of the function that has it. */
  readonly at: bigint;
  readonly called: boolean;
  /** Where the code goes on. */
  readonly next: bigint;
  /** The register that was compared, if it was one. */
  readonly tagIn: string | undefined;
}

/** Instructions between a comparison and its jump, or between that and the break, which the compiler has put there. */
const BETWEEN = /^(?:mov|movzx|movsxd?|lea|nop|push|mov[aud]\w+)$/;
const MOST_BETWEEN = 6;

/**
 * Finds the breaks of PoolHitTag in listings.
 * @param tag where PoolHitTag is @param breaks where the function is that some kernels call instead
 */
export function findBreaks(code: Code, tag: bigint, breaks: bigint | undefined): FoundBreak[] {
  return [...code.values()].flatMap((each) => {
    const compared = comparedWith(each, tag);
    const jump = compared && onward(code, each.next, /^(?:je|jz|jne|jnz)$/);
    const [target] = jump?.operands ?? [];
    if (!compared || !jump || target?.kind !== 'place') return [];
    const hit = breakAt(code, /^j[ez]$/.test(jump.mnemonic) ? target.address : jump.next, breaks);
    return hit ? [{ ...hit, tagIn: compared.register }] : [];
  });
}

function comparedWith({ mnemonic, operands }: ListedInstruction, tag: bigint): { register?: string } | undefined {
  if (mnemonic !== 'cmp') return undefined;
  const isTag = operands.some(
    (each) => each.kind === 'memory' && each.terms.length === 0 && !each.segment && each.plus === tag,
  );
  const other = operands.find((each) => each.kind === 'register');
  return isTag ? { ...(other?.kind === 'register' && { register: other.name }) } : undefined;
}

function onward(code: Code, from: bigint, wanted: RegExp): ListedInstruction | undefined {
  let at = from;
  for (let passed = 0; passed <= MOST_BETWEEN; passed++) {
    const instruction = code.get(at);
    if (!instruction) return undefined;
    if (wanted.test(instruction.mnemonic)) return instruction;
    if (!BETWEEN.test(instruction.mnemonic)) return undefined;
    at = instruction.next;
  }
  return undefined;
}

function breakAt(code: Code, from: bigint, breaks: bigint | undefined): Omit<FoundBreak, 'tagIn'> | undefined {
  const found = onward(code, from, /^(?:int|int3|call)$/);
  if (!found) return undefined;
  const [target] = found.operands;
  if (found.mnemonic === 'call') {
    const called = target?.kind === 'place' && target.address === breaks;
    return called ? { at: found.address, called: true, next: found.next } : undefined;
  }
  const three = found.mnemonic === 'int3' || (target?.kind === 'number' && target.value === 3n);
  return three ? { at: found.address, called: false, next: found.next } : undefined;
}
