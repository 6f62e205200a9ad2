import type { Instruction, Mnemonic } from 'iced-x86';
import type { DecodedOperation } from './decoded.js';

/** Makes what an instruction does out of what the decoder read. */
export type Compile = (instruction: Instruction, wide: boolean) => DecodedOperation;

/** Instructions of a kind, by mnemonic. */
export type Family = ReadonlyMap<Mnemonic, Compile>;
