import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { evaluateCommand } from './evaluate.js';

/** What there is, by what it is for. */
export const HELP: readonly string[] = [
  'g gh gn gN gc [=START] [ADDRESS…]      go; handled, not handled; up to an address',
  't p [COUNT]   gu                       one instruction; over calls; up to the return',
  'bp bu bm ba   bl bc bd be              breakpoints: at an address, a name, a pattern, in a debug register',
  'sx sxe sxd sxn sxi sxr                 what is done at exceptions and events: sxe -c "kb;g" bpe, sxe ld:mydrv',
  'k kb kc kv kn kp kf kbn knf kL [COUNT] the stack',
  'r [REGISTER[=VALUE]]                   registers',
  'd db dw dd dq dp dc da du [RANGE]      memory',
  'dds dqs dps [RANGE]                    memory, with the names that its values have',
  'eb ew ed eq ep ea ADDRESS VALUE…       writes memory',
  's -b|w|d|q|a|u RANGE PATTERN           searches memory',
  'u [ADDRESS]   uf [ADDRESS]             instructions; a whole function, along its jumps',
  'x ln lm lmf lmk lmvm                   symbols by pattern and address; modules',
  '? .formats EXPRESSION                  evaluates',
  '.if .elsif .else j .printf .echo       command programs',
  '~ ~N ~Ns ~N COMMAND                    processors',
  'rdmsr wrmsr ib iw id ob ow od          the machine',
  '.sympath .sympath+ .exepath .exepath+  where symbols and images are',
  '.symfix .symfix+ [FOLDER]              the symbols of Microsoft’s server',
  '!poolused [FLAGS [TAG]]                pool by tag; 1 more, 2 by nonpaged, 4 by paged: !poolused 4, !poolused 0 Ddk',
  '.reload !sym                           loads them again; noisy or quiet',
  'vertarget version .time .echotime      the target and its clocks',
  '.lastevent .effmach                    why it stands, and what it is',
  '.logopen .logappend .logclose .logfile the log',
  '.livedebug wire                        what the line has moved, and what stops cost',
  '.reboot .crash                         at once',
  '.cls .help q qq qd                     q lets the target run, and leaves',
  '',
  'CTRL+C breaks in. With ENTER behind them: CTRL+B leaves, CTRL+R resynchronises, CTRL+K breaks at the next boot, CTRL+D tells more.',
];

/** `.help`, and `?` with nothing behind it. */
export const helpCommand: ShellCommand = {
  words: ['.help', '?'],
  async run(context, word, rest) {
    if (word === '?' && rest.trim() !== '') await evaluateCommand.run(context, word, rest);
    else context.screen.lines(HELP);
  },
};

/** Commands of Microsoft's kd that this one does not have; each is said, and none is a mistyped word. */
const MISSING =
  '.ecxr .cxr .thread .process .trap .tss .frame .context .kframes .dump .load .loadby .unload .chain .extmatch .shell .attach ' +
  '.detach .kill .restart .for .while .do .foreach .block .catch .break .continue .leave .outmask .prefer_dml .lines .srcpath ' +
  '.writemem .readmem .breakin .server .clients .remote .remote_exit .endsrv .kdfiles .pagein .step_filter .expr .enable_unicode ' +
  '.asm .bugcheck .fnent .sound_notify .wake .beep .ofilter .locale .noshell .opendump .symopt .quit_lock n dt dv dx dl ds ' +
  'dg ub up ur a ad al as aS sq ss so ls lsa lsf lsp z !!';

export const missingCommand: ShellCommand = {
  words: MISSING.split(' '),
  async run(_context: ShellContext, word) {
    throw new CommandError(`${word} is not supported by this kd; .help lists what is.`);
  },
};
