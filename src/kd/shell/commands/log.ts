import { DEFAULT_LOG, type KdLogOptions } from '../../console/log-file.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/** `.logopen [/t] [/u] [file]`, `.logappend [/u] [file]`, `.logclose`, `.logfile`: what is printed and typed, in a file. */
export const logCommand: ShellCommand = {
  words: ['.logopen', '.logappend', '.logclose', '.logfile'],
  async run({ screen }, word, rest) {
    if (word === '.logclose') {
      if (!screen.closeLog()) screen.line('No log file open');
      return;
    }
    if (word === '.logfile') {
      const { log } = screen;
      screen.line(log ? `Log '${log.file}' open${log.options.append ? ' (append)' : ''}` : 'No log file open');
      return;
    }
    const { file, options } = read(rest, word === '.logappend');
    screen.openLog(file, options);
  },
};

function read(text: string, append: boolean): { file: string; options: KdLogOptions } {
  let rest = text.trim();
  const letters = new Set<string>();
  // A name on this side of the cable may begin with a slash, too: options have one letter.
  for (let option = /^\/([a-z])(?:\s+|$)/i.exec(rest); option; option = /^\/([a-z])(?:\s+|$)/i.exec(rest)) {
    letters.add((option[1] as string).toLowerCase());
    rest = rest.slice(option[0].length);
  }
  for (const letter of letters)
    if (!(append ? ['u'] : ['t', 'u']).includes(letter))
      throw new CommandError(`/${letter} is not supported by this kd.`);
  const quoted = /^"([^"]*)"?$/.exec(rest);
  if (!quoted && rest.includes('"')) throw new CommandError(`Syntax error at '${rest}'`);
  const file = (quoted?.[1] ?? rest).trim() || DEFAULT_LOG;
  return { file, options: { append, unicode: letters.has('u'), stamped: letters.has('t') } };
}
