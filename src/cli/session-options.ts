import { type Command, Option } from 'commander';
import { type BreakInWay, defaultLadder } from '../debugger/break-in.js';
import type { KdProgram } from '../debugger/find-kd.js';
import { linkMs, type Transport } from '../debugger/transport.js';
import { EXIT, Fault } from '../fault.js';
import { freeOf, goesOn } from '../session/hit-commands.js';
import {
  BREAKPOINT_CANDIDATES,
  type BreakMode,
  DEFAULT_COMMAND_STRING,
  type Goal,
  type Plan,
  type Strategy,
} from '../session/plan.js';
import { encodeTag } from '../target/tag.js';
import { burstsOf, type HaltFlags } from './halt-budget-options.js';
import { JSON_HELP } from './json-records.js';
import { duration, positiveInteger } from './quantities.js';
import { readBreakMode, readWays } from './session-values.js';
import { CONFIG_HELP, olderProfile, PROFILE_HELP } from './settings.js';
import { addPattern, WRAPPER_HELP, wrapperPatterns } from './wrapper-patterns.js';

/** The options that every command with a session of its own takes. */
export interface SessionFlags extends HaltFlags {
  readonly tag?: string;
  readonly kd?: string;
  readonly pipe?: string;
  readonly password?: string;
  readonly break?: string;
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

/**
 * Bytes both ways that a kd moves until its first prompt, for `.reload`, and to arm. Source: Microsoft's engine of 2026 on a real
 * kernel without symbols, which is where it reads most; the bench of the built-in kd.
 */
const COSTS = {
  microsoft: { attach: 75_700, reload: 57_800, arm: 6000 },
  builtIn: { attach: 12_000, reload: 0, arm: 3400 },
} as const;
/** Lines lose bytes, and a kernel may have more modules than one that was measured. */
const MARGIN = 1.25;
/** Microsoft's kd sends a break-in when the line was silent for 4 s, and reads for another second or two at the first stop. */
const HEARS_LATE_MS = 5000;
/** A target that stands still announces itself when kd connects. */
const LISTEN_MS = 300;
/** Microsoft's kd loses a break-in that it is given while it takes in the modules of a boot. */
const BOOT_MS = 5000;
/** A prompt that comes back after `g` comes within this time. */
const CONFIRM_MS = 300;
/** Microsoft's kd sends its Continue some time after `g` was typed: one that has to leave before leaves the target standing. */
const CONTINUE_MS = 1500;
/** Bytes both ways of one hit, at most: x86 without symbols. Source: its engine of 2026. */
const LONGEST_HIT = 62_000;
/** A kd that hears a break-in at once has sent it by then. */
const LATE_MS = 1000;
const LEAST_HALT_MS = 30_000;

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

/** Turns flags into a plan for a session over this kd, as it behaves and as long as it takes. @throws Fault `usage` and those of the tag codec */
export function planOf(
  flags: SessionFlags,
  goal: Goal,
  {
    transport,
    joined = false,
    kd = 'program',
  }: { transport?: Transport | undefined; joined?: boolean; kd?: KdProgram['kind'] },
): Plan {
  const costs = kd === 'built-in' ? COSTS.builtIn : COSTS.microsoft;
  const lineMs = (bytes: number): number => (transport ? Math.ceil(linkMs(transport, bytes) * MARGIN) : 0);
  const then = flags.then ?? DEFAULT_COMMAND_STRING;
  if (/["\r\n]/.test(then)) throw usage('--then', 'The command string may not have quotes or line ends.');
  if (flags.at !== undefined && !/^[^\s";]+$/.test(flags.at)) throw usage('--at', 'Name one symbol or address.');
  // A rescue sets nothing, and must not fail because of what a settings file says of hits.
  const detail = goal === 'collect' ? detailOf(flags) : undefined;
  const wrappers = wrapperPatterns(flags.wrapper);
  const tag = flags.tag === undefined ? { tag: '', value: 0 } : encodeTag(flags.tag);
  const haltLimitMs =
    number(flags.haltLimit, duration) ??
    Math.max(LEAST_HALT_MS, 10_000 + lineMs(costs.attach + costs.reload + costs.arm));
  const way = { ours: kd === 'built-in', knownStacks: isOn(flags.knownStacks), lineMs, haltLimitMs };
  const byItself = goesOn({ commandString: then, ...(detail && { detail }) });
  // Bursts are of the session that has started kd: what a server that is joined has set is not ours to take out and in.
  const bursts = goal === 'collect' && !joined ? burstsOf(flags, { ...way, goesOn: byItself }) : undefined;
  return {
    goal,
    strategy: goal === 'collect' ? strategyOf(flags) : 'auto',
    tag: { text: tag.tag, value: tag.value },
    candidates: BREAKPOINT_CANDIDATES,
    ...(flags.at !== undefined && { at: wideAddress(flags.at) }),
    commandString: then,
    ...(detail && { detail }),
    breakMode: breakMode(flags.break),
    ladder: ladderOf(flags.breakBy),
    listenMs: kd === 'program' ? BOOT_MS : LISTEN_MS,
    confirmMs: kd === 'program' ? CONTINUE_MS + lineMs(costs.arm) : CONFIRM_MS,
    lateBreakMs: (kd === 'built-in' ? LATE_MS : HEARS_LATE_MS) + lineMs(costs.arm),
    lastHitMs: kd === 'program' ? HEARS_LATE_MS + lineMs(LONGEST_HIT) : 0,
    breaksAtHits: kd !== 'built-in',
    vouches: kd === 'built-in' && !joined,
    breakWaitMs: 5000 + (kd === 'program' ? HEARS_LATE_MS : 0) + (transport ? lineMs(costs.attach) : 10_000),
    haltLimitMs,
    ...(bursts && { bursts }),
    ...optional('maxHaltMs', number(flags.maxHalt, duration)),
    onStop: flags.onStop === 'hold' ? 'hold' : 'resume',
    ...(kd !== 'built-in' && {
      modules: { reload: isOn(flags.reload ?? true), bytes: costs.reload, ms: lineMs(costs.reload) },
    }),
    ...optional('maxHits', number(flags.maxHits, positiveInteger)),
    ...optional('forMs', number(flags.for, duration)),
    ...optional('waitMs', number(flags.wait, duration)),
    joined,
    ...(wrappers.length > 0 && { wrappers }),
  };
}

/**
 * Eight digits of a kernel address as kd keeps it: on x86 a breakpoint at `804d3970` traps and is not known for its own afterwards,
 * so that the target stands. Source: Microsoft's engine of 2026, measured.
 */
function wideAddress(at: string): string {
  const digits = /^(?:0x)?([89a-f][0-9a-f]{7})$/i.exec(at)?.[1];
  return digits === undefined ? at : `ffffffff\`${digits.toLowerCase()}`;
}

/** A place that is named is one for a breakpoint. */
function strategyOf({ strategy, at }: SessionFlags): Strategy {
  if (at === undefined) return (strategy ?? 'auto') as Strategy;
  if (strategy === 'pool-hit-tag')
    throw usage('--at', 'It names a place for a breakpoint, and PoolHitTag needs none: give one of the two.');
  return 'breakpoint';
}

function detailOf(flags: SessionFlags): Plan['detail'] {
  const frees = isOn(flags.trackFrees);
  if (!frees && !isOn(flags.sizes)) return undefined;
  const option = frees ? '--track-frees' : '--sizes';
  if (flags.then !== undefined)
    throw usage('--then', `${option} has a command string of its own: give one of the two.`);
  if (frees && flags.at !== undefined && freeOf(flags.at) === undefined)
    throw usage('--track-frees', `It is not known where memory of ${flags.at} is freed: leave --at out.`);
  return frees ? 'frees' : 'sizes';
}

/** Whether a switch is set: from the environment it is a word. */
export function isOn(value: boolean | string | undefined): boolean {
  return value === true || (typeof value === 'string' && !/^(?:0|false|no|off|)$/i.test(value));
}

function ladderOf(text: string | undefined): readonly BreakInWay[] {
  return text === undefined ? defaultLadder(process.platform, process.stdin.isTTY === true) : readWays(text);
}

function breakMode(text: string | undefined): BreakMode {
  if (text === undefined) return process.stdin.isTTY ? { when: 'enter' } : { when: 'connected' };
  return readBreakMode(text);
}

function number(value: string | number | undefined, parse: (text: string) => number): number | undefined {
  return value === undefined ? undefined : parse(String(value));
}

function optional<Key extends string>(key: Key, value: number | undefined): { [K in Key]?: number } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: number };
}

function usage(option: string, remedy: string): Fault {
  return new Fault('usage', EXIT.usage, `${option} is not understood.`, remedy);
}
