/** What an instruction throws when the code does not simply go on. Not an Error: nothing is wrong with this program. */
export class Stop {
  constructor(
    readonly kind: 'halt' | 'breakpoint' | 'service' | 'fault',
    /** Of a fault. */
    readonly code = 0,
    readonly information: readonly number[] = [],
  ) {}
}

export const HALT = new Stop('halt');
export const BREAKPOINT = new Stop('breakpoint');
export const SERVICE = new Stop('service');

export const STATUS = {
  accessViolation: 0xc0000005,
  illegalInstruction: 0xc000001d,
  divideByZero: 0xc0000094,
  integerOverflow: 0xc0000095,
  privilegedInstruction: 0xc0000096,
} as const;
