import type { FunctionEntry } from './unwind-info.js';

/** The unwind data of one module. All addresses are RVAs. */
export interface UnwindSource {
  /** The function that an address lies in; undefined for a leaf. @throws UnwindUnreadable */
  entry(rva: number): Promise<FunctionEntry | undefined>;
  /** The whole UNWIND_INFO. @throws UnwindUnreadable */
  info(rva: number): Promise<Buffer>;
  /** Code, without a debugger's breakpoints in it; shorter where the rest cannot be read. */
  code(rva: number, length: number): Promise<Buffer>;
}

/** Unwind data that is paged out, or damaged. */
export class UnwindUnreadable extends Error {
  override readonly name = 'UnwindUnreadable';
  constructor(readonly rva: number) {
    super(`no unwind data can be read at RVA ${rva.toString(16)}`);
  }
}

/** Reads a module by RVA; shorter than asked where the rest is not there. */
export type ReadImage = (rva: number, length: number) => Promise<Buffer>;

/** The exception directory: RVA and bytes. */
export interface ExceptionDirectory {
  readonly rva: number;
  readonly size: number;
}
