import type { Comparison } from '../comparison.js';

/** A comparison as one JSON object on one line: the result that is the last line of `--json`. */
export function jsonComparison(comparison: Comparison): string {
  return `${JSON.stringify({ ...comparison, event: 'result', exit_code: 0 })}\n`;
}
