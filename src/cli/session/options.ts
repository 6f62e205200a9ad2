import { type Command, Option } from 'commander';
import { JSON_HELP } from '../json-records.js';
import { addPattern, WRAPPER_HELP } from '../report/wrapper-patterns.js';
import { CONFIG_HELP, olderProfile, PROFILE_HELP } from '../settings.js';
import type { HaltFlags } from './halt-budget-options.js';

/** The options that every command with a session of its own takes. */
export interface SessionFlags extends HaltFlags {
  readonly tag?: string;
  readonly kd?: string;
  readonly pipe?: string;
  readonly password?: string;
  readonly break?: string;
  readonly yes?: boolean;
  readonly breakBy?: string;
  readonly at?: string;
  readonly then?: string;
  readonly sizes?: boolean | string;
  readonly trackFrees?: boolean | string;
  readonly strategy?: string;
  readonly maxHits?: string | number;
  readonly for?: string | number;
  readonly wait?: string | number;
  readonly haltLimit?: string | number;
  readonly maxHalt?: string | number;
  readonly knownStacks?: boolean | string;
  readonly onStop?: string;
  readonly reload?: boolean | string;
  readonly wrapper?: string;
  readonly runDir?: string;
  readonly log?: string;
  readonly logMax?: string | number;
  readonly json?: boolean;
  readonly config?: string;
  readonly profile?: string;
}

/** What every command takes that reaches a target through a kd: which one, and how it breaks in. */
export function addKdOptions(command: Command): Command {
  return command
    .option('--kd <path>', 'kd.exe; builtin[:careful|:code-slack]; sim, sim:NAME, sim:FILE for the simulated kd')
    .option('--pipe <name>', 'pipe of the debugging server (default: livedebug)')
    .option('--password <word>', 'password of the debugging server, 1 to 12 letters and digits')
    .option('--break-by <ways>', 'ways to break in, in order: interrupt, client, ctrl-f, operator (asks you)');
}

/** Where a session keeps its files, and where its settings are from. */
export function addFileOptions(command: Command): Command {
  return command
    .option('--run-dir <dir>', 'where the session keeps its files (default: below the program’s home)')
    .option('--log <file>', 'kd’s output, byte for byte (default: debug.log in the run directory)')
    .option('--json', JSON_HELP)
    .option('--config <file>', CONFIG_HELP)
    .option('--profile <name>', PROFILE_HELP)
    .addOption(olderProfile());
}

/** What a session takes that arms and collects. */
export function addSessionOptions(command: Command): Command {
  addKdOptions(command)
    .option('--at <symbol>', 'where to set the breakpoint, instead of the known places')
    .option('--then <commands>', 'command string of the breakpoint (default: ;kb;g)')
    .option('--sizes', 'let kd print size, tag and pool type of every hit (x64 shows them by no other way)')
    .option(
      '--track-frees',
      'the same, and the address of every allocation and every free: what is outstanding, by stack. Each allocation stops the target three times instead of once',
    )
    .addOption(
      new Option(
        '--strategy <name>',
        'auto (default): a breakpoint where the kernel has a function for it, pool-hit-tag where it has none; breakpoint or pool-hit-tag: this way or none. pool-hit-tag needs no registry value and no reboot, and stops at every allocation and free of the tag',
      ).choices(['auto', 'breakpoint', 'pool-hit-tag']),
    )
    .option('--break <when>', 'enter (default at a terminal), connected, now, or after:90s')
    .option('--yes', 'ask nothing: break in as soon as the target is connected, as --break connected does')
    .option('--max-hits <n>', 'release after so many hits')
    .option('--for <time>', 'release after so long, e.g. 10m')
    .option('--wait <time>', 'give up when the target has not connected by then (default: wait for ever)')
    .option(
      '--halt-limit <time>',
      'let the target go when arming takes longer (default: what kd needs over this line, at least 30s)',
    )
    .option(
      '--halt-budget <share>',
      'let the target stand no more than this share of the time, e.g. 10%: hits are collected in bursts, with pauses in which nothing is set',
    )
    .option('--burst <hits>', 'stacks of a burst (default: 10, or what fits into the halt limit)')
    .option('--max-halt <time>', 'release when the target has stood so long in all, hits included')
    .addOption(
      new Option('--on-stop <policy>', 'an assertion or a driver’s own int3: resume (default) or hold').choices([
        'hold',
        'resume',
      ]),
    )
    .addOption(new Option('--reload', 'let it').hideHelp())
    .option(
      '--no-reload',
      'do not let Microsoft’s kd read the target’s module list: a shorter halt, but x64 stacks end at the first driver unless it has seen the target boot',
    )
    .option('--wrapper <pattern>', WRAPPER_HELP, addPattern)
    .option('--log-max <size>', 'begin a new log file after so many bytes, e.g. 1g');
  return addFileOptions(command);
}
