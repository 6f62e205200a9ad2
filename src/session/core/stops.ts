import type { ConsoleEvent } from '../../kd-text/events.js';
import type { SessionState, TargetStop } from './state.js';

// What kind of stop a line of kd shows. Whether a stop is held or resumed is not decided here.

/** What stopped the target, as far as one line of kd tells; undefined for lines that are no stop. */
export function describeStop(seen: ConsoleEvent): TargetStop | undefined {
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
export function refineStop(known: TargetStop | undefined, seen: TargetStop): TargetStop {
  if (known?.kind === 'bug-check') return known;
  if (known && seen.kind === 'exception' && known.kind === 'assertion') return known;
  return seen;
}

/** Whether a target that stands still stands at a bug check: it has told of one, and nothing else has stopped it since. */
export function isCrashed({ target: { stop, crashed } }: SessionState): boolean {
  return stop?.kind === 'bug-check' || (crashed !== undefined && stop?.kind !== 'break-in' && stop?.kind !== 'cut');
}

/** The stop that a bug check is. */
export function bugCheckStop({ target: { crashed, stop } }: SessionState): TargetStop {
  return { kind: 'bug-check', text: crashed ?? stop?.text ?? 'unknown' };
}

/** Why it is left as it is. */
export function crashWords(state: SessionState): string {
  return `the target stands at bug check 0x${bugCheckStop(state).text}, and is held for analysis`;
}
