import { defaultLadder } from '../../debugger/break-in.js';
import type { BreakInWay } from '../../debugger/break-in-ways.js';
import type { KdProgram } from '../../debugger/find-kd.js';
import { linkMs, type Transport } from '../../debugger/transport.js';
import { encodeTag } from '../../prepare/tag.js';
import { freeOf, goesOn } from '../../session/core/hit-commands.js';
import {
  BREAKPOINT_CANDIDATES,
  type BreakMode,
  DEFAULT_COMMAND_STRING,
  type Goal,
  type Plan,
  type Strategy,
} from '../../session/core/plan.js';
import { wrapperPatterns } from '../report/wrapper-patterns.js';
import { duration, positiveInteger } from '../units.js';
import { usage } from '../usage.js';
import { burstsOf } from './halt-budget-options.js';
import type { SessionFlags } from './options.js';
import { readBreakMode, readWays } from './values.js';

/**
 * Bytes both ways that a kd moves until its first prompt, for `.reload`, and to arm. Source: Microsoft's engine of 2026 on a real
 * kernel without symbols, which is where it reads most; the bench of the built-in kd.
 */
const COSTS = {
  microsoft: { attach: 75_700, reload: 57_800, arm: 6000 },
  builtIn: { attach: 12_000, reload: 0, arm: 3400 },
} as const;
/**
 * Bytes both ways to list the pool functions of a kernel, once per boot: 12 KB of code where it is longest, each piece read once, and
 * as much again for the requests. Source: the length of public listings of Windows 8's; no measurement of Microsoft's kd.
 */
const LISTING = 24_000;
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
  if (/["\r\n]/.test(then))
    throw usage('--then is not understood.', 'The command string may not have quotes or line ends.');
  if (flags.at !== undefined && !/^[^\s";]+$/.test(flags.at))
    throw usage('--at is not understood.', 'Name one symbol or address.');
  // A rescue sets nothing, and must not fail because of what a settings file says of hits.
  const detail = goal === 'collect' ? detailOf(flags) : undefined;
  const wrappers = wrapperPatterns(flags.wrapper);
  const tag = flags.tag === undefined ? { tag: '', value: 0 } : encodeTag(flags.tag);
  const lists = detail !== undefined && flags.at === undefined && flags.strategy !== 'breakpoint';
  const haltLimitMs =
    number(flags.haltLimit, duration) ??
    Math.max(LEAST_HALT_MS, 10_000 + lineMs(costs.attach + costs.reload + costs.arm + (lists ? LISTING : 0)));
  const way = { ours: kd === 'built-in', knownStacks: isSwitchedOn(flags.knownStacks), lineMs, haltLimitMs };
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
    breakMode: breakMode(flags.break ?? (flags.yes ? 'connected' : undefined)),
    ladder: ladderOf(flags.breakBy),
    listenMs: kd === 'program' ? BOOT_MS : LISTEN_MS,
    confirmMs: kd === 'program' ? CONTINUE_MS + lineMs(costs.arm) : CONFIRM_MS,
    lateBreakMs: (kd === 'built-in' ? LATE_MS : HEARS_LATE_MS) + lineMs(costs.arm),
    lastHitMs: kd === 'program' ? HEARS_LATE_MS + lineMs(LONGEST_HIT) : 0,
    breaksAtHits: kd !== 'built-in',
    vouches: kd === 'built-in' && !joined,
    breakWaitMs: 5000 + (kd === 'program' ? HEARS_LATE_MS : 0) + (transport ? lineMs(costs.attach) : 10_000),
    haltLimitMs,
    ...(lists && { listingMs: lineMs(LISTING) }),
    ...(bursts && { bursts }),
    ...optional('maxHaltMs', number(flags.maxHalt, duration)),
    onStop: flags.onStop === 'hold' ? 'hold' : 'resume',
    ...(kd !== 'built-in' && {
      modules: { reload: isSwitchedOn(flags.reload ?? true), bytes: costs.reload, ms: lineMs(costs.reload) },
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
    throw usage(
      '--at is not understood.',
      'It names a place for a breakpoint, and PoolHitTag needs none: give one of the two.',
    );
  return 'breakpoint';
}

function detailOf(flags: SessionFlags): Plan['detail'] {
  const frees = isSwitchedOn(flags.trackFrees);
  if (!frees && !isSwitchedOn(flags.sizes)) return undefined;
  const option = frees ? '--track-frees' : '--sizes';
  if (flags.then !== undefined)
    throw usage(`${option} has a command string of its own, and --then names another.`, 'Give one of the two.');
  if (frees && flags.at !== undefined && freeOf(flags.at) === undefined)
    throw usage(
      '--track-frees is not understood.',
      `It is not known where memory of ${flags.at} is freed: leave --at out.`,
    );
  return frees ? 'frees' : 'sizes';
}

/** Whether a switch is set: from the environment it is a word. */
export function isSwitchedOn(value: boolean | string | undefined): boolean {
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
