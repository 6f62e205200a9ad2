import { vertargetLines } from '../connect-text.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

/** `vertarget` */
export const vertargetCommand: ShellCommand = {
  words: ['vertarget', 'version'],
  async run({ known, screen, stop }) {
    screen.lines(await vertargetLines(known, stop.change.processors));
  },
};

/** `.echo text` */
export const echoCommand: ShellCommand = {
  words: ['.echo'],
  async run({ screen }, _word, rest) {
    screen.line(rest.replace(/^"(.*)"$/, '$1'));
  },
};

/** `q qq qd`: leaves. In Microsoft's kd `q` leaves the target frozen; this one releases it first. */
export const quitCommand: ShellCommand = {
  words: ['q', 'qq', 'qd'],
  async run({ leave, from, screen }, word) {
    if (from === undefined || word === 'qq') leave(word);
    else screen.line('q is for the server’s own console: qq ends the server, CTRL+B leaves it alone.');
  },
};

/** `.logopen FILE`, `.logappend FILE`, `.logclose` */
export const logCommand: ShellCommand = {
  words: ['.logopen', '.logappend', '.logclose'],
  async run({ screen }, word, rest) {
    if (word === '.logclose') {
      screen.closeLog();
      return;
    }
    const file = rest.trim().replace(/^"(.*)"$/, '$1');
    if (file === '') throw new CommandError(`${word} needs the name of a file`);
    screen.openLog(file, word === '.logappend');
  },
};

/** `~Ns`: shows the registers of another processor from now on. */
export const processorCommand: ShellCommand = {
  words: ['~'],
  async run({ target, stop }, word, rest) {
    const number = /^~?(\d+)\s*s$/.exec(`${word.slice(1)}${rest}`)?.[1];
    if (number === undefined) throw new CommandError(`Syntax error at '${word}${rest}'`);
    if (Number(number) >= stop.change.processors) throw new CommandError(`${number} is not a valid processor number`);
    await target.switchTo(Number(number));
  },
};
