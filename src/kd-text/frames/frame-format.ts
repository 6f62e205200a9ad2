import { formatAddress } from '../address.js';
import { argumentCount, type StackDialect } from './frame-dialects.js';
import type { StackFrame } from './frames.js';

/**
 * Prints a stack as kd does: the header, then one line per frame.
 * Columns that the dialect has and a frame lacks are printed as zeros; a frame without a number takes its place in the list.
 */
export function formatStack(frames: readonly StackFrame[], dialect: StackDialect): string[] {
  return [dialect.header, ...frames.map((frame, index) => formatFrame(frame, dialect, index))];
}

/** One line of a stack. `index` numbers the frame where it carries no number. */
export function formatFrame(frame: StackFrame, dialect: StackDialect, index: number): string {
  const has = (column: StackDialect['columns'][number]): boolean => dialect.columns.includes(column);
  const parts: string[] = [];
  if (has('number')) parts.push((frame.number ?? index).toString(16).padStart(2, '0'), ' ');
  const print = (address = ''): string => formatAddress(address.padStart(16, '0'), dialect.width === 8 ? 32 : 64);
  const separator = dialect.colons ? ' : ' : ' ';
  if (has('child')) parts.push(frame.inline ? inlineMark(dialect) : print(frame.child), ' ');
  if (has('ret')) {
    const marks = has('child') ? dashes(dialect) : inlineMark(dialect);
    parts.push(frame.inline ? marks : print(frame.ret), ' '.repeat(dialect.retPadding), separator);
  }
  if (has('args')) {
    const words = Array.from({ length: argumentCount(dialect) }, (_, i) =>
      frame.inline ? dashes(dialect) : print(frame.args?.[i]),
    );
    parts.push(words.join(' '), separator);
  }
  const tail = [frame.site, ...(frame.notes ?? []), ...(frame.source === undefined ? [] : [`[${frame.source}]`])];
  return parts.join('') + tail.join(' ');
}

function dashes(dialect: StackDialect): string {
  return dialect.width === 8 ? '--------' : '--------`--------';
}

function inlineMark(dialect: StackDialect): string {
  return dialect.width === 8 ? '(Inline)' : '(Inline Function)';
}
