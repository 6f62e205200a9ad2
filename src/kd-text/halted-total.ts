/** What the built-in kd says when it leaves: how long the target has stood still for it, hits included. Milliseconds. */
export function formatHaltedTotal(ms: number): string {
  return `The target stood still for ${Math.round(ms)} ms in all.`;
}

export const HALTED_TOTAL = /^The target stood still for (\d{1,15}) ms in all\.\s*$/;
