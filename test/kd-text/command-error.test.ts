import { describe, expect, it } from 'vitest';
import { formatCommandError, lacksTarget, parseCommandError } from '../../src/kd-text/command-error.js';

// As 6.12 and 10.0.29507 print them.
const LINES = [
  ["        ^ Illegal process error in 'bl'", 'Illegal process', 'bl', true],
  ["         ^ No runnable debuggees error in 'g'", 'No runnable debuggees', 'g', true],
  ["        ^ Illegal thread error in ';kb;g'", 'Illegal thread', ';kb;g', true],
  ["    ^ Syntax error in 'nosuchcommand'", 'Syntax', 'nosuchcommand', false],
  [
    `                           ^ addresses must be preceeded by whitespace error in 'bp nt!NoSuchThing ";kb;g"'`,
    'addresses must be preceeded by whitespace',
    'bp nt!NoSuchThing ";kb;g"',
    false,
  ],
  ["                                  ^ Memory access error in 'ed 1000 '' 2'", 'Memory access', "ed 1000 '' 2", false],
] as const;

describe('what kd says of a command that it does not carry out', () => {
  it.each(LINES)('%s', (line, error, command, without) => {
    const read = parseCommandError(line);
    expect(read).toEqual({ error, command });
    expect(read && lacksTarget(read)).toBe(without);
    expect(formatCommandError(error, command, line.indexOf('^'))).toBe(line);
  });

  it.each(["Couldn't resolve error at 'nt!X'", 'an error in the driver', '', ' 0 e 808014c0     0001 (0001) nt!X'])(
    'is not said by %j',
    (line) => expect(parseCommandError(line)).toBeUndefined(),
  );
});
