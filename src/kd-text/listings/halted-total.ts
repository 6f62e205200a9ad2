/** What the built-in kd says when it leaves: how long the target has stood still for it, hits included. Milliseconds. */
export function formatHaltedTotal(ms: number): string {
  return `The target stood still for ${Math.round(ms)} ms in all.`;
}

export const HALTED_TOTAL = /^The target stood still for (\d{1,15}) ms in all\.\s*$/;

/** A number of fixed length, so that whoever reads the file while it is written sees the old one or the new. */
const DIGITS = 15;

/** What the file of `livedebug kd --halted FILE` holds. */
export interface HaltedFile {
  /** How long the target has stood still, milliseconds. */
  readonly ms: number;
  /** It stood when this was written. */
  readonly stands: boolean;
}

export function formatHaltedFile({ ms, stands }: HaltedFile): string {
  return `${String(Math.round(ms)).padStart(DIGITS)} ${stands ? 'halted ' : 'running'}\n`;
}

/** @returns what the file says, or undefined while it says nothing yet */
export function parseHaltedFile(text: string): HaltedFile | undefined {
  const [, ms, state] = /^ *(\d+) (halted|running) *\n$/.exec(text) ?? [];
  return ms === undefined ? undefined : { ms: Number(ms), stands: state === 'halted' };
}
