import type { Comparison } from './comparison.js';

/** A comparison as one JSON object on one line. */
export function jsonComparison(comparison: Comparison): string {
  return `${JSON.stringify(comparison)}\n`;
}
