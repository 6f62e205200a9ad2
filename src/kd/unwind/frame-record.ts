/** How a stretch of x86 code keeps its frame, as its PDB tells: FPO_DATA, or FRAMEDATA with a program. Sizes in bytes. */
export interface FrameRecord {
  /** RVA of the first byte of the stretch. */
  readonly rva: number;
  readonly locals: number;
  readonly params: number;
  readonly savedRegisters: number;
  /** FPO_DATA: EBP is among the saved registers, and holds something else. */
  readonly usesBp: boolean;
  /** FPO_DATA's kind of frame; a trap frame's function was not called. */
  readonly frame: 'fpo' | 'trap' | 'tss' | 'ebp';
  /** The stretch begins where a function begins. */
  readonly isFunctionStart: boolean;
  /** FRAMEDATA: how to find the caller's registers. */
  readonly program?: string;
}

/** A record, and how many bytes into its stretch an address lies. */
export interface FoundRecord {
  readonly record: FrameRecord;
  readonly offset: number;
}
