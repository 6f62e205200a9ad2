import { describe, expect, it } from 'vitest';
import { formatCommandError, NO_STOP_WARNINGS } from '../../src/kd-text/command-error.js';
import { saysNoStop } from '../../src/kd-text/no-stop.js';

// As 6.12 and 10.0.29507 print them.
const LINES = [
  ["        ^ Illegal process error in 'bl'", 'Illegal process', 'bl', true],
  ["         ^ No runnable debuggees error in 'g'", 'No runnable debuggees', 'g', true],
  ["        ^ Illegal thread error in ';kb;g'", 'Illegal thread', ';kb;g', true],
  ["    ^ Syntax error in 'nosuchcommand'", 'Syntax', 'nosuchcommand', false],
] as const;

describe('what kd says of a command that it does not carry out', () => {
  it.each(LINES)('%s', (line, error, command, noStop) => {
    expect(formatCommandError(error, command, line.indexOf('^'))).toBe(line);
    expect(saysNoStop([line])).toBe(noStop);
  });

  it('is warned of where no target stands', () => expect(saysNoStop(NO_STOP_WARNINGS)).toBe(true));
});
