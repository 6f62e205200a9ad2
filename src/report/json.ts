import type { Report } from './model.js';
import { nextCommands } from './next-commands.js';

/** The report as one JSON object on one line, with what to do `next`. `top` limits the list of stacks only; all sums stay whole. */
export function jsonReport(report: Report, top?: number): string {
  const stacks = top === undefined ? report.stacks : report.stacks.slice(0, top);
  return `${JSON.stringify({ ...report, stacks, next: nextCommands(report) })}\n`;
}
