import { readFileSync } from 'node:fs';

/** What the compiled scanner exports; scanner.as.ts says what each does. Records are known by their addresses, 0 is none. */
export interface ScannerCode {
  readonly memory: WebAssembly.Memory;
  readonly position: WebAssembly.Global;
  readonly base: WebAssembly.Global;
  readonly lines: WebAssembly.Global;
  readonly frames: WebAssembly.Global;
  readonly emptyStacks: WebAssembly.Global;
  readonly hits: WebAssembly.Global;
  readonly closed: WebAssembly.Global;
  readonly repeated: WebAssembly.Global;
  readonly newest: WebAssembly.Global;
  readonly stretch: WebAssembly.Global;
  readonly note: WebAssembly.Global;
  readonly dialect: WebAssembly.Global;
  readonly node: WebAssembly.Global;
  readonly depth: WebAssembly.Global;
  readonly times: WebAssembly.Global;
  readonly stop: WebAssembly.Global;
  readonly symbol: WebAssembly.Global;
  readonly request: WebAssembly.Global;
  readonly stacksHere: WebAssembly.Global;
  start(): void;
  forget(): void;
  allocated(): number;
  inputAt(): number;
  hitsAt(): number;
  lastFrameAt(): number;
  learnDialect(): number;
  learnShape(dialect: number, length: number): number;
  shapeAt(dialect: number, at: number): number;
  learnSpelling(from: number, to: number, frame: number): number;
  learnLine(from: number, to: number, action: number, dialect: number, processor: number, number: number): void;
  scan(end: number): number;
  perform(action: number, at: number, dialect: number, processor: number, number: number): void;
  open(dialect: number, at: number): void;
  leave(): void;
  close(byPrompt: boolean, byPlace: boolean): void;
  taken(): void;
  step(node: number, frame: number): number;
  grow(node: number, at: number, shape: number, after: number): void;
}

/** What a known line does; the numbers are those of scanner.as.ts. */
export const ACTION = {
  skip: 0,
  text: 1,
  close: 2,
  stop: 3,
  symbol: 4,
  header: 5,
  prompt: 6,
  leave: 7,
  request: 8,
  ask: 9,
} as const;
export type Action = keyof typeof ACTION;

/** Why `scan` came back. */
export const WHY = { done: 0, unknown: 1, full: 2 } as const;

// The build leaves the code in dist; this file is as far from there as its compiled form is.
const FILE = new URL('../../../dist/stacks/scanner/scanner.wasm', import.meta.url);
let compiled: WebAssembly.Module | undefined;

/** A scanner of its own: it shares tables and input with no other. */
export function startScanner(): ScannerCode {
  compiled ??= new WebAssembly.Module(readFileSync(FILE));
  const abort = (): never => {
    throw new Error('The scanner has stopped at a fault of its own.');
  };
  const code = new WebAssembly.Instance(compiled, { env: { abort } }).exports as unknown as ScannerCode;
  code.start();
  return code;
}
