/**
 * The line with which kd points at what is wrong in a command: `    ^ Syntax error in 'nosuchcommand'`.
 * @param column where the caret stands: under the command, behind the prompt
 */
export function formatCommandError(error: string, command: string, column: number): string {
  return `${' '.repeat(column)}^ ${error} error in '${command}'`;
}

/** What the engine says before it refuses a command for want of a target that stands. */
export const NO_STOP_WARNINGS: readonly string[] = [
  'WARNING: The debugger does not have a current process or thread',
  'WARNING: Many commands will not work',
];
