/** Why a frame is not an ordinary one. */
export type FrameNote =
  /** Neither symbols nor unwind data for its code: kd warns that what follows may be wrong. */
  | 'no-unwind-info'
  /** Its caller did not call it: it was interrupted, or made a system call. */
  | 'trap-frame'
  /** x86: unwound without a frame pointer. */
  | 'fpo';

/** What x86 frame data says of a function; counts are of 32-bit words, as `kv` prints them. */
export interface FpoNote {
  readonly params: number;
  readonly locals: number;
  readonly savedRegs: number;
  /** EBP is saved, and used for something else. */
  readonly usesBp: boolean;
  /** The function has an EBP frame. */
  readonly nonFpo: boolean;
}

/** One frame of a stack. All addresses are unsigned: 32 bits on x86, 64 on x64. */
export interface Frame {
  readonly pc: bigint;
  /** `pc` is where something was stopped or interrupted; otherwise it is a return address, which may lie behind the end of its function. */
  readonly exact: boolean;
  /** x86: ChildEBP, four bytes below the return address whether the function keeps an EBP frame or not. x64: Child-SP, RSP in this frame. */
  readonly frameAddress: bigint;
  /** 0 where the stack ends, or where it was not followed. */
  readonly returnAddress: bigint;
  /** The three words above the return address on x86, the four home slots on x64; undefined where they cannot be read. */
  readonly args: readonly bigint[] | undefined;
  readonly note?: FrameNote;
  /** Address of the KTRAP_FRAME that holds the caller's registers. */
  readonly trapFrame?: bigint;
  readonly fpo?: FpoNote;
}

export interface WalkOptions {
  /** Frames at most. */
  readonly limit: number;
  /** Goes on into user mode, which costs reads of another stack; otherwise the first user-mode frame is the last. */
  readonly user?: boolean;
}
