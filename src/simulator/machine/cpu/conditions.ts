import { Mnemonic } from 'iced-x86';
import type { Cpu } from './cpu.js';

/** The sixteen conditions, with the three mnemonics that ask for each. */
interface Condition {
  readonly jump: Mnemonic;
  readonly set: Mnemonic;
  readonly cmov: Mnemonic;
  readonly holds: (cpu: Cpu) => boolean;
}

const even = (cpu: Cpu) => (cpu.flags() & 4) !== 0;

export const conditions: readonly Condition[] = [
  { jump: Mnemonic.Jo, set: Mnemonic.Seto, cmov: Mnemonic.Cmovo, holds: (c) => c.of !== 0 },
  { jump: Mnemonic.Jno, set: Mnemonic.Setno, cmov: Mnemonic.Cmovno, holds: (c) => c.of === 0 },
  { jump: Mnemonic.Jb, set: Mnemonic.Setb, cmov: Mnemonic.Cmovb, holds: (c) => c.cf !== 0 },
  { jump: Mnemonic.Jae, set: Mnemonic.Setae, cmov: Mnemonic.Cmovae, holds: (c) => c.cf === 0 },
  { jump: Mnemonic.Je, set: Mnemonic.Sete, cmov: Mnemonic.Cmove, holds: (c) => c.zf !== 0 },
  { jump: Mnemonic.Jne, set: Mnemonic.Setne, cmov: Mnemonic.Cmovne, holds: (c) => c.zf === 0 },
  { jump: Mnemonic.Jbe, set: Mnemonic.Setbe, cmov: Mnemonic.Cmovbe, holds: (c) => (c.cf | c.zf) !== 0 },
  { jump: Mnemonic.Ja, set: Mnemonic.Seta, cmov: Mnemonic.Cmova, holds: (c) => (c.cf | c.zf) === 0 },
  { jump: Mnemonic.Js, set: Mnemonic.Sets, cmov: Mnemonic.Cmovs, holds: (c) => c.sf !== 0 },
  { jump: Mnemonic.Jns, set: Mnemonic.Setns, cmov: Mnemonic.Cmovns, holds: (c) => c.sf === 0 },
  { jump: Mnemonic.Jp, set: Mnemonic.Setp, cmov: Mnemonic.Cmovp, holds: even },
  { jump: Mnemonic.Jnp, set: Mnemonic.Setnp, cmov: Mnemonic.Cmovnp, holds: (c) => !even(c) },
  { jump: Mnemonic.Jl, set: Mnemonic.Setl, cmov: Mnemonic.Cmovl, holds: (c) => c.sf !== c.of },
  { jump: Mnemonic.Jge, set: Mnemonic.Setge, cmov: Mnemonic.Cmovge, holds: (c) => c.sf === c.of },
  { jump: Mnemonic.Jle, set: Mnemonic.Setle, cmov: Mnemonic.Cmovle, holds: (c) => c.zf !== 0 || c.sf !== c.of },
  { jump: Mnemonic.Jg, set: Mnemonic.Setg, cmov: Mnemonic.Cmovg, holds: (c) => c.zf === 0 && c.sf === c.of },
];
