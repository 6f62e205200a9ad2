/** What an instruction throws when the code does not simply go on. Not an Error: nothing is wrong with this program. */
export class CpuStop {
  constructor(
    readonly kind: 'halt' | 'breakpoint' | 'service' | 'fault',
    /** Of a fault. */
    readonly code = 0,
    readonly information: readonly number[] = [],
  ) {}
}

export const HALT = new CpuStop('halt');
export const BREAKPOINT = new CpuStop('breakpoint');
export const SERVICE = new CpuStop('service');

export const CPU_STATUS = {
  accessViolation: 0xc0000005,
  illegalInstruction: 0xc000001d,
  divideByZero: 0xc0000094,
  integerOverflow: 0xc0000095,
  privilegedInstruction: 0xc0000096,
} as const;
