/** What kd says about a command that it cannot carry out: `         ^ No runnable debuggees error in 'g'`. */
export interface CommandErrorLine {
  /** `Syntax`, `Illegal process`, `No runnable debuggees` */
  readonly error: string;
  readonly command: string;
}

const LINE = /^ *\^ (\S.*?) error in '(.*)'?$/;

/** Reads the line under a command that points at what is wrong; undefined for any other. An error is no empty answer. */
export function parseCommandError(line: string): CommandErrorLine | undefined {
  const [, error, command = ''] = LINE.exec(line.trimEnd()) ?? [];
  return error === undefined ? undefined : { error, command: command.replace(/'$/, '') };
}

/** Errors of a kd that has no target to do something with: none stands where a prompt seemed to say so. */
const WITHOUT_TARGET = new Set(['Illegal process', 'Illegal thread', 'No runnable debuggees']);

/** Whether kd has refused a command because no target stands. Nothing that it did not answer to is proved by it. */
export function lacksTarget({ error }: CommandErrorLine): boolean {
  return WITHOUT_TARGET.has(error);
}

/** @param column where the caret stands: under the command, behind the prompt */
export function formatCommandError(error: string, command: string, column: number): string {
  return `${' '.repeat(column)}^ ${error} error in '${command}'`;
}

/** What the engine says before it refuses a command for want of a target. */
export const NO_TARGET_WARNINGS: readonly string[] = [
  'WARNING: The debugger does not have a current process or thread',
  'WARNING: Many commands will not work',
];
