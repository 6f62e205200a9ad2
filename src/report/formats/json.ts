import type { Report } from '../model.js';
import { nextCommands } from '../sections/next-commands.js';

/** Elements of a list that make one piece. */
const PIECE = 1000;

/**
 * The report as one JSON object on one line, with what to type `next`, in pieces: as one string it may be longer than memory has room for.
 * `top` limits the list of stacks only; all sums stay whole. It ends as the result that is the last line of `--json`.
 */
export function* jsonReport(report: Report, top?: number, exitCode = 0): Generator<string> {
  const stacks = top === undefined ? report.stacks : report.stacks.slice(0, top);
  const all = { ...report, stacks, next: nextCommands(report), event: 'result', exit_code: exitCode };
  let before = '{';
  for (const [name, value] of Object.entries(all)) {
    if (value === undefined) continue;
    yield `${before}${JSON.stringify(name)}:`;
    yield* Array.isArray(value) ? listed(value) : [JSON.stringify(value)];
    before = ',';
  }
  yield '}\n';
}

function* listed(list: readonly unknown[]): Generator<string> {
  yield '[';
  for (let from = 0; from < list.length; from += PIECE) {
    const piece = JSON.stringify(list.slice(from, from + PIECE));
    yield `${from === 0 ? '' : ','}${piece.slice(1, -1)}`;
  }
  yield ']';
}
