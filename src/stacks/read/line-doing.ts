import type { RequestTally } from '../request-tally.js';
import type { Doing, Scanner } from '../scanner/scanner.js';
import type { LogLine } from './line-kinds.js';
import type { StopTally } from './stop-tally.js';

/** What a line does to the stop and the stack that it comes after, as the scanner can do it. */
export function doingOf(
  line: LogLine,
  scanner: Scanner,
  { tally, requests }: { readonly tally: StopTally; readonly requests: RequestTally },
): Doing {
  const { processor } = line;
  switch (line.kind) {
    case 'header':
      return { action: 'header', dialect: scanner.dialect(line.dialect), processor };
    case 'stop':
      return { action: 'stop', number: tally.stops.number(JSON.stringify(line.stop), line.stop), processor };
    case 'place':
      return { action: 'symbol', number: tally.symbols.number(line.symbol, line.symbol), processor };
    case 'request':
      return { action: 'request', number: requests.numberOf(line), processor };
    case 'prompted':
      return { action: line.resumes ? 'leave' : line.asks ? 'ask' : 'prompt', processor };
    case 'end':
    case 'anew':
      return { action: 'leave', processor };
    case 'prompt':
      return { action: 'prompt', processor };
    case 'noise':
    case 'module':
      return { action: 'skip' };
    case 'text':
    case 'stray':
      return { action: 'text' };
    default:
      return { action: 'close', processor };
  }
}

/** Whether a line does the same whenever it comes again, so that the scanner may know it. */
export function isLasting({ kind, processor }: LogLine): boolean {
  // A place behind a prompt may be all that is left of a hit.
  if (kind === 'place' && processor !== undefined) return false;
  return !['prompted', 'fact', 'registers', 'freed', 'anew', 'stray', 'lost-header', 'module', 'listing'].includes(
    kind,
  );
}
