import type { HardwareAccess } from './debug-registers.js';

// A breakpoint as data. How it is put into the target is in breakpoints.ts.

/** A breakpoint as `bl` lists it. */
export interface Breakpoint {
  id: number;
  readonly address: bigint;
  readonly access: 'software' | HardwareAccess;
  readonly bytes: number;
  enabled: boolean;
  /** The target's handle while it is in the table there. */
  handle: number | undefined;
  /** The last handle, in case the target kept the entry. */
  lastHandle: number | undefined;
  /** The debug register: of a hardware breakpoint, or of a software one that it stands in for. */
  slot: number | undefined;
  /** The address in that register. Another one than `address` where the second instruction is the cheaper one to stop at. */
  place: bigint;
  /** A debug register that is written to one processor after the other, and what for. */
  coming: { readonly slot: number; readonly place: bigint } | undefined;
  /** What its owner does at a hit looks at the stack alone, and sees no difference one instruction later. */
  stackOnly: boolean;
  /** What its owner wants to be done at a hit; means nothing here. */
  command: string | undefined;
  /** Hits that are passed over before one is told, and how many of them are left. */
  passes: number;
  passesLeft: number;
  /** Cleared by its first hit. */
  once: boolean;
}

/** What an owner wants of a breakpoint besides its place. */
export interface BreakpointWish {
  readonly command?: string | undefined;
  readonly passes?: number;
  readonly once?: boolean;
  /** A number that was reserved for it. */
  readonly id?: number;
  readonly stackOnly?: boolean;
}
