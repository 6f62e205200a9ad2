import type { ConsoleEvent } from '../kd-text/events.js';
import type { Stop } from './state.js';

/** What stopped the target, as far as one line of kd tells; undefined for lines that are no stop. */
export function describeStop(seen: ConsoleEvent): Stop | undefined {
  switch (seen.kind) {
    case 'exception':
      return seen.code === 'c0000420' ? { kind: 'assertion', text: seen.text } : { kind: 'exception', text: seen.text };
    case 'break-box':
      return { kind: 'break-in', text: 'somebody broke in with CTRL+C' };
    case 'assertion':
      return { kind: 'assertion', text: seen.text };
    case 'hit':
      return { kind: 'hit', text: `breakpoint ${seen.breakpoint}` };
    case 'bug-check':
      return { kind: 'bug-check', text: seen.code };
    default:
      return undefined;
  }
}

/** A later line of the same stop may know better; a bug check is never taken for less. */
export function refineStop(known: Stop | undefined, seen: Stop): Stop {
  if (known?.kind === 'bug-check') return known;
  if (known && seen.kind === 'exception' && known.kind === 'assertion') return known;
  return seen;
}
