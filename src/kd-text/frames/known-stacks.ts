/** Stands within a stack of the built-in kd, in front of the frames that are those of earlier stacks. */
export const NOT_READ = 'WARNING: Following frames were not read: every stack that began like this one had them.';

/** What a built-in kd has made of stacks that it knew. */
export interface KnownStackCounts {
  /** Stacks of which only the beginning was read. */
  readonly taken: number;
  /** Stacks that were read whole to see whether that is right. */
  readonly checked: number;
  /** Of these, stacks that were others. */
  readonly different: number;
}

const SUMMARY = /^Known stacks: (\d+) not read whole, (\d+) read whole to check, (\d+) of these different$/;

/** What kd says of them at a prompt. */
export function formatKnownStacks({ taken, checked, different }: KnownStackCounts): string {
  return `Known stacks: ${taken} not read whole, ${checked} read whole to check, ${different} of these different`;
}

/** @returns undefined for any other line */
export function parseKnownStacks(line: string): KnownStackCounts | undefined {
  const found = SUMMARY.exec(line);
  return found ? { taken: Number(found[1]), checked: Number(found[2]), different: Number(found[3]) } : undefined;
}
