import type { Architecture } from '../../control/architecture.js';

const ROWS_X86 = [['eax', 'ebx', 'ecx', 'edx', 'esi', 'edi']];
const ROWS_X64 = [
  ['rax', 'rbx', 'rcx'],
  ['rdx', 'rsi', 'rdi'],
  ['rip', 'rsp', 'rbp'],
  [' r8', ' r9', 'r10'],
  ['r11', 'r12', 'r13'],
  ['r14', 'r15'],
];
const SEGMENTS = ['cs', 'ss', 'ds', 'es', 'fs', 'gs'];
/** EFLAGS as kd spells them: bit, set, clear, in kd's order. */
const FLAGS: readonly (readonly [number, string, string])[] = [
  [11, 'ov', 'nv'],
  [10, 'dn', 'up'],
  [9, 'ei', 'di'],
  [7, 'ng', 'pl'],
  [6, 'zr', 'nz'],
  [4, 'ac', 'na'],
  [2, 'pe', 'po'],
  [0, 'cy', 'nc'],
];

const PARITY = 1n << 2n;

/** What `r` prints of the registers, without the place after them. */
export function registerLines(architecture: Architecture, values: ReadonlyMap<string, bigint>): string[] {
  const width = architecture.bits / 4;
  const pair = (name: string): string => `${name}=${hex(values.get(name.trim()) ?? 0n, width)}`;
  const efl = values.get('efl') ?? 0n;
  const iopl = `iopl=${(efl >> 12n) & 3n}`;
  const flags = FLAGS.map(([bit, set, clear]) => ((shown(architecture, efl) >> BigInt(bit)) & 1n ? set : clear)).join(
    ' ',
  );
  const segments = SEGMENTS.map((name) => `${name}=${hex((values.get(name) ?? 0n) & 0xffffn, 4)}`).join('  ');
  const rows = (architecture.bits === 32 ? ROWS_X86 : ROWS_X64).map((row) => row.map(pair).join(' '));
  const tail = `${segments}             efl=${hex(efl, 8)}`;
  if (architecture.bits === 32)
    return [...rows, `${['eip', 'esp', 'ebp'].map(pair).join(' ')} ${iopl}         ${flags}`, tail];
  return [...rows, `${iopl}         ${flags}`, tail];
}

/** The engine of today has the two words for parity the other way round on x64: `zr na po nc` with efl 00000246. */
function shown({ bits }: Architecture, efl: bigint): bigint {
  return bits === 64 ? efl ^ PARITY : efl;
}

function hex(value: bigint, width: number): string {
  return value.toString(16).padStart(width, '0');
}
