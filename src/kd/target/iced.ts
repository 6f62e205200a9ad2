import { createRequire } from 'node:module';

export type Iced = typeof import('iced-x86');

let library: Iced | undefined;

/** The disassembler: a WebAssembly module of almost a megabyte, loaded with the first instruction. */
export function iced(): Iced {
  library ??= createRequire(import.meta.url)('iced-x86') as Iced;
  return library;
}
