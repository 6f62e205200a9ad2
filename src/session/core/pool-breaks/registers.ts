/** A part of a register, by the name it has in a listing. */
export interface RegisterPart {
  /** As the whole one is called on x64 or x86: `rax`, `eax`. */
  readonly whole: string;
  readonly bits: number;
  /** `ah`: not the lowest bits. */
  readonly high: boolean;
}

const LETTERS = ['a', 'b', 'c', 'd'];
const POINTERS = ['si', 'di', 'sp', 'bp'];

/** What differs between the two processors whose code is read. */
export interface Processor {
  readonly bits: 32 | 64;
  readonly bytes: 4 | 8;
  readonly stack: string;
  readonly parts: ReadonlyMap<string, RegisterPart>;
  readonly whole: readonly string[];
  /** What a function that is called may change. Source: "x64 calling convention"; stdcall and fastcall. */
  readonly volatile: readonly string[];
}

function processor(bits: 32 | 64): Processor {
  const parts = new Map<string, RegisterPart>();
  const prefix = bits === 64 ? 'r' : 'e';
  const put = (name: string, whole: string, width: number, high = false): void => {
    parts.set(name, { whole, bits: width, high });
  };
  for (const letter of LETTERS) {
    const whole = `${prefix}${letter}x`;
    put(`${letter}l`, whole, 8);
    put(`${letter}h`, whole, 8, true);
    put(`${letter}x`, whole, 16);
    put(`e${letter}x`, whole, 32);
    if (bits === 64) put(whole, whole, 64);
  }
  for (const name of POINTERS) {
    const whole = `${prefix}${name}`;
    put(`${name}l`, whole, 8);
    put(name, whole, 16);
    put(`e${name}`, whole, 32);
    if (bits === 64) put(whole, whole, 64);
  }
  for (let number = 8; bits === 64 && number < 16; number++) {
    const whole = `r${number}`;
    put(`${whole}b`, whole, 8);
    put(`${whole}l`, whole, 8);
    put(`${whole}w`, whole, 16);
    put(`${whole}d`, whole, 32);
    put(whole, whole, 64);
  }
  const whole = [...new Set([...parts.values()].map((part) => part.whole))];
  return {
    bits,
    parts,
    whole,
    stack: `${prefix}sp`,
    bytes: bits === 64 ? 8 : 4,
    volatile: bits === 64 ? ['rax', 'rcx', 'rdx', 'r8', 'r9', 'r10', 'r11'] : ['eax', 'ecx', 'edx'],
  };
}

export const X64: Processor = processor(64);
export const X86: Processor = processor(32);
