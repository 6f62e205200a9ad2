import { kdDate } from '../../../kd-text/date.js';
import { formatException } from '../../../kd-text/stop.js';
import type { Stop } from '../../control/stop.js';
import { CommandError, type ShellCommand } from '../shell-context.js';
import { timeLines, vertargetLines } from '../text/connect-text.js';

/** `vertarget`, `version`: the target, and this kd. */
export const vertargetCommand: ShellCommand = {
  words: ['vertarget', 'version'],
  async run({ known, screen, stop, banner }, word) {
    screen.lines(await vertargetLines(known, stop.change.processors));
    if (word === 'version' && banner !== undefined) screen.line(banner);
  },
};

/** `.time`: the target's clocks. `.echotime`: this host's. */
export const timeCommand: ShellCommand = {
  words: ['.time', '.echotime'],
  async run({ known, screen }, word) {
    if (word === '.echotime') screen.line(`Debugger (not debuggee) time: ${kdDate(new Date())}`);
    else screen.lines(await timeLines(known));
  },
};

/** `.lastevent`: why the target stands. */
export const lastEventCommand: ShellCommand = {
  words: ['.lastevent'],
  async run({ screen, stop, view }) {
    screen.lines([`Last event: ${eventText(stop)}`, `  debugger time: ${kdDate(view.since)}`]);
  },
};

function eventText({ breakpoint, module, change, reason }: Stop): string {
  if (breakpoint) return `Hit breakpoint ${breakpoint.id}`;
  if (module) return `${module.kind === 'unload' ? 'Unload' : 'Load'} module ${module.path}`;
  if (reason === 'step') return 'Single step';
  if (change.kind === 'command') return `Command ${change.name} ${change.command}`;
  return formatException(change.code.toString(16).padStart(8, '0'), change.firstChance);
}

/** `.effmach`: whose code is shown. There is one kind of it. */
export const machineTypeCommand: ShellCommand = {
  words: ['.effmach'],
  async run({ known, screen }, _word, rest) {
    const [name, words] =
      known.architecture.bits === 64 ? ['x64 (AMD64)', ['amd64', 'x64']] : ['x86 compatible (x86)', ['x86']];
    const wanted = rest.trim().toLowerCase();
    if (wanted !== '' && !['.', '#', ...words].includes(wanted))
      throw new CommandError(`.effmach ${wanted} is not supported by this kd: the target is ${name}.`);
    screen.line(`Effective machine: ${name}`);
  },
};

/** `.cls`: an empty screen, for whoever sits here. */
export const clearCommand: ShellCommand = {
  words: ['.cls'],
  async run({ screen, from }) {
    if (from === undefined) screen.clear();
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
