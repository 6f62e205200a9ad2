/** One instruction of a listing of `u` or `uf`. */
export interface ListedInstruction {
  readonly address: bigint;
  /** Where the next one begins. */
  readonly next: bigint;
  /** Without prefixes: `xadd` of `lock xadd`. */
  readonly mnemonic: string;
  readonly operands: readonly Operand[];
  /** A string instruction that repeats itself. */
  readonly repeats: boolean;
  /** The name that kd has for this part of the code, without how far it is behind that. */
  readonly label?: string;
}

export type Operand =
  | { readonly kind: 'register'; readonly name: string }
  | { readonly kind: 'number'; readonly value: bigint }
  /** Where a jump or a call goes. */
  | { readonly kind: 'place'; readonly address: bigint; readonly symbol: string }
  | MemoryOperand
  | { readonly kind: 'other' };

export interface MemoryOperand {
  readonly kind: 'memory';
  /** Bytes; 0 where the listing does not say, as of `lea`. */
  readonly size: number;
  /** `gs:` or `fs:`: what stands there is of a processor, or of a thread. */
  readonly segment: boolean;
  readonly terms: readonly { readonly register: string; readonly times: bigint }[];
  readonly plus: bigint;
}

const ADDRESS = '[0-9a-f]{8}(?:`?[0-9a-f]{8})?';
const LINE = new RegExp(`^(${ADDRESS}) ([0-9a-f]{2,32})\\s+(\\S.*)$`, 'i');
const PREFIX = /^(?:lock|rep|repe|repne|repz|repnz|xacquire|xrelease|bnd)\s+/i;
const SIZES: Readonly<Record<string, number>> = {
  byte: 1,
  word: 2,
  dword: 4,
  fword: 6,
  qword: 8,
  oword: 16,
  xmmword: 16,
};
const POINTER = /^(\w+) ptr /i;
/** A name and the address that it stands for. A name may have blanks and parentheses itself. */
const NAMED = new RegExp(`[^[]*\\((${ADDRESS})\\)`, 'i');

/**
 * Reads one line of a listing; undefined for any other line.
 * Source: listings of Microsoft's engine, x86 and x64, public and of its own targets.
 */
export function parseInstruction(line: string): ListedInstruction | undefined {
  const match = LINE.exec(line);
  if (!match) return undefined;
  const [, at = '', bytes = '', said = ''] = match;
  const text = said.trim().replace(/\s+Branch$/, '');
  const repeats = /^rep/i.test(text);
  const bare = text.replace(PREFIX, '');
  const [, mnemonic = '', rest = ''] = /^(\S+)\s*(.*)$/.exec(bare) ?? [];
  const address = number(at);
  const branches = /^(?:j\w+|call|loop\w*)$/i.test(mnemonic);
  const operands = split(rest).map((each) => (branches ? placeOf(each) : undefined) ?? operandOf(each));
  return { address, next: address + BigInt(bytes.length >> 1), mnemonic: mnemonic.toLowerCase(), operands, repeats };
}

// `nt!ExFreePoolWithTag+0x2a:`, and parts that are elsewhere: nt! ?? ::FNODOBFM::`string'+0x24a2a:
const LABEL = /^(?:\d*:? ?kd> )*([A-Za-z_]\w*!.+?)(?:\+0x[0-9a-f]+)?:\s*$/i;

/** All instructions of listings, by their address. */
export function parseListing(lines: readonly string[]): Map<bigint, ListedInstruction> {
  const found = new Map<bigint, ListedInstruction>();
  let label: string | undefined;
  for (const line of lines) {
    const instruction = parseInstruction(line);
    if (instruction) found.set(instruction.address, { ...instruction, ...(label !== undefined && { label }) });
    else label = LABEL.exec(line)?.[1] ?? (line.trim() === '' ? label : undefined);
  }
  return found;
}

function split(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const char of text) {
    if (char === '[' || char === '(') depth++;
    if (char === ']' || char === ')') depth--;
    if (char === ',' && depth <= 0) {
      parts.push(part);
      part = '';
    } else part += char;
  }
  return [...parts, part].map((each) => each.trim()).filter(Boolean);
}

function placeOf(text: string): Operand | undefined {
  const named = new RegExp(`^(.*)\\s\\((${ADDRESS})\\)`, 'i').exec(text);
  if (named && !/\bptr\b/.test(named[1] ?? ''))
    return { kind: 'place', address: number(named[2] ?? ''), symbol: named[1] ?? '' };
  const bare = new RegExp(`^(?:${ADDRESS}|0?${ADDRESS.replaceAll('`?', '')}h)$`, 'i').test(text);
  return bare ? { kind: 'place', address: number(text.replace(/h$/i, '')), symbol: '' } : undefined;
}

function operandOf(text: string): Operand {
  const memory = memoryOf(text);
  if (memory) return memory;
  const value = numberOf(text);
  if (value !== undefined) return { kind: 'number', value };
  return /^[a-z][a-z0-9]*$/i.test(text) ? { kind: 'register', name: text.toLowerCase() } : { kind: 'other' };
}

function memoryOf(text: string): MemoryOperand | undefined {
  const sized = POINTER.exec(text);
  if (!sized && !text.includes('[')) return undefined;
  const bare = sized ? text.slice(sized[0].length) : text;
  const segment = /\b[fg]s:/i.test(bare);
  const numeric = bare
    .replace(/\b[c-gs]s:/gi, '')
    .replace(NAMED, (_, address: string) => `0${address.replace('`', '')}h`);
  const inner = numeric.replaceAll('][', '+').replaceAll('[', '+').replaceAll(']', '').replace(/^\+/, '');
  const terms: { register: string; times: bigint }[] = [];
  let plus = 0n;
  for (const [, sign = '+', term = ''] of inner.matchAll(/([+-]?)\s*([^+-]+)/g)) {
    const value = numberOf(term.trim());
    const [, register, times, before, after] = /^(?:([a-z]\w*)(?:\*(\d))?|(\d)\*([a-z]\w*))$/i.exec(term.trim()) ?? [];
    if (value !== undefined) plus += sign === '-' ? -value : value;
    else if (register ?? after)
      terms.push({ register: (register ?? after ?? '').toLowerCase(), times: BigInt(times ?? before ?? 1) });
    else return undefined;
  }
  return { kind: 'memory', size: SIZES[sized?.[1]?.toLowerCase() ?? ''] ?? 0, segment, terms, plus };
}

/** Numbers of a listing are hexadecimal: `8`, `0FFFh`. */
function numberOf(text: string): bigint | undefined {
  const digits = /^(-?)(?:([0-9][0-9a-f]*)h|([0-9]))$/i.exec(text);
  if (!digits) return undefined;
  const value = BigInt(`0x${digits[2] ?? digits[3]}`);
  return digits[1] ? -value : value;
}

function number(text: string): bigint {
  return BigInt(`0x${text.replace('`', '')}`);
}
