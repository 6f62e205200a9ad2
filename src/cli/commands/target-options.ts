import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_BAUD } from '../../debugger/transport.js';
import { EXIT, Fault, messageOf, systemCode } from '../../fault.js';
import { addDebugEntry, removeDebugEntry } from '../../prepare/boot-ini-edit.js';
import type { TargetSettings } from '../../prepare/kit.js';
import { encodeTag, everyTag, isEveryTag, type PoolTag, WILDCARD } from '../../prepare/tag.js';
import { WINDOWS_NAMES, type WindowsVersion } from '../../prepare/windows-version.js';
import { JSON_HELP } from '../json-records.js';
import { readWindows } from '../session/values.js';
import { CONFIG_HELP, olderProfile, PROFILE_HELP, withSettings } from '../settings.js';
import { noTag } from '../usage.js';
import {
  addNetOptions,
  kitPort,
  type NetFlags,
  portOption,
  refuseMixed,
  refuseOldWindows,
} from './target-net-options.js';

/** Flags of `target prepare` and `target undo`. */
export interface KitFlags extends NetFlags {
  readonly tag: string;
  readonly allTags?: true;
  readonly os: WindowsVersion;
  readonly strategy?: 'breakpoint' | 'pool-hit-tag';
  readonly port: number;
  readonly baud: number;
  readonly out?: string;
  readonly bootIni?: string;
  readonly description?: string;
  readonly force?: true;
  readonly json?: true;
  readonly dryRun?: true;
}

/** Rates of the kernel debugger's serial link. Source: bcdedit /dbgsettings and boot.ini documentation. */
export const BAUDS = ['9600', '19200', '38400', '57600', '115200'];

export function baudOption(): Option {
  return new Option(
    '--baud <rate>',
    `rate of both ends of the cable (default: ${DEFAULT_BAUD}; 115200 makes every halt six times shorter)`,
  ).argParser(readBaud);
}

function readBaud(text: string): number {
  if (!BAUDS.includes(text)) throw new InvalidArgumentError(`The debugger's serial link knows ${BAUDS.join(', ')}.`);
  return Number(text);
}

export function osOption(): Option {
  return new Option(
    '--os <version>',
    'which Windows the target has, or a release of it: win10-1903. vista+ is any with a BCD store, 11-24h2+ any without a function for a breakpoint',
  )
    .choices(WINDOWS_NAMES)
    .argParser(readWindows);
}

export function strategyOption(): Option {
  return new Option(
    '--strategy <name>',
    'how the session will catch hits. pool-hit-tag: no PoolTag in the registry (default for 11-24h2+); breakpoint: special pool',
  ).choices(['breakpoint', 'pool-hit-tag']);
}

export function addKitOptions(command: Command): Command {
  return addNetOptions(command)
    .option('--tag <tag>', 'the pool tag, as PoolMon shows it')
    .option(
      '--all-tags',
      "take --tag '*' as it is meant: every allocation from special pool, which slows the target down",
    )
    .addOption(osOption())
    .addOption(strategyOption())
    .addOption(portOption())
    .addOption(baudOption())
    .option('--out <dir>', 'where to write (default: livedebug-kit-TAG)')
    .option('--boot-ini <file>', "a copy of the target's boot.ini, to be edited here instead of by bootcfg there")
    .option('--description <text>', 'name of the entry in the boot menu')
    .option('--force', 'replace another kit in that folder')
    .option('--dry-run', 'print the files instead of writing them')
    .option('--json', JSON_HELP)
    .option('--config <file>', CONFIG_HELP)
    .option('--profile <name>', PROFILE_HELP)
    .addOption(olderProfile());
}

/** Flags as they were given: what is missing may be in the environment or in livedebug.toml. */
export type GivenKitFlags = Omit<KitFlags, 'tag' | 'os' | 'baud' | 'port'> & {
  readonly tag?: string;
  readonly os?: WindowsVersion;
  readonly port?: number;
  readonly baud?: number;
  readonly config?: string;
  readonly profile?: string;
  readonly target?: string;
};

interface Elsewhere {
  readonly tag?: string;
  readonly os?: string;
  readonly baud?: string | number;
  readonly strategy?: string;
}

/**
 * Flags, with what environment and settings files say. Their port is the host's own, and none of the target's.
 * @throws Fault `no-tag`, `no-os`, `kit-port`, `kit-net`, `kit-net-windows`, and those of `withSettings`
 */
export async function withKitSettings(given: GivenKitFlags): Promise<KitFlags> {
  const { config, profile, target, ...flags } = given;
  const files = { ...(config && { config }), ...(profile && { profile }), ...(target && { target }) };
  const elsewhere = await withSettings<Elsewhere>(files, ['tag', 'os', 'baud', 'strategy']);
  const tag = flags.tag ?? elsewhere.tag;
  const os = flags.os ?? (elsewhere.os === undefined ? undefined : readWindows(elsewhere.os));
  const strategy = flags.strategy ?? (elsewhere.strategy as KitFlags['strategy'] | 'auto' | undefined);
  if (tag === undefined) throw noTag();
  refuseMixed(flags);
  if (os === undefined)
    throw usage('no-os', 'Which Windows the target has was not given.', `Name it: --os ${WINDOWS_NAMES.join(', ')}.`);
  if (flags.net) refuseOldWindows(os);
  return {
    ...flags,
    tag,
    os,
    port: kitPort(flags.port, flags.net === true),
    baud: flags.baud ?? (elsewhere.baud === undefined ? DEFAULT_BAUD : kitBaud(String(elsewhere.baud))),
    ...(strategy !== undefined && strategy !== 'auto' && { strategy }),
  };
}

function kitBaud(text: string): number {
  if (BAUDS.includes(text)) return Number(text);
  throw usage('kit-baud', `The debugger's serial link does not know ${text} baud.`, `Use one of ${BAUDS.join(', ')}.`);
}

/** What the flags ask for. @throws Fault for a tag, description or boot.ini that cannot be used */
export async function settingsOf(flags: KitFlags, doing: 'prepare' | 'undo'): Promise<TargetSettings> {
  const byHitTag = isByHitTag(flags);
  const tag = tagOf(flags, byHitTag, doing);
  const description =
    flags.description ?? `Windows with debugger ${flags.net ? `net ${flags.port}` : `COM${flags.port} ${flags.baud}`}`;
  if (!/^[ !#-~]{1,50}$/.test(description) || description.trim() === '')
    throw usage(
      'bad-description',
      'A description is up to 50 printable ASCII characters, without quotes.',
      'Shorten it, or leave --description out.',
    );
  const base: TargetSettings = {
    tag,
    os: flags.os.family,
    ...(byHitTag && { byHitTag }),
    port: flags.port,
    baud: flags.baud,
    description,
  };
  const notes = doing === 'prepare' ? notesOf(tag, flags, byHitTag) : [];
  if (flags.bootIni === undefined) {
    if (flags.os.name !== '2000') return { ...base, notes };
    throw usage(
      'boot-ini-needed',
      'Windows 2000 has no bootcfg, so a script cannot change its boot.ini there.',
      'Copy C:\\boot.ini from the target and give it: --boot-ini boot.ini.',
    );
  }
  if (flags.os.family !== '2003')
    throw usage(
      'boot-ini-os',
      'boot.ini ended with Server 2003; later Windows boots from a BCD store.',
      'Leave --boot-ini out, or say --os 2003.',
    );
  const text = await readBootFile(flags.bootIni);
  if (doing === 'undo') return { ...base, bootIni: { before: removeDebugEntry(text), after: text } };
  const edit = addDebugEntry(text, base, flags.description);
  const there = edit.changed ? [] : ['boot.ini has this very entry already; it stays as it is.'];
  return {
    ...base,
    bootIni: { before: removeDebugEntry(text), after: edit.text },
    notes: [...notes, ...edit.warnings, ...there],
  };
}

/** Whether hits are to be caught by PoolHitTag: as told, or because this Windows leaves no other way. */
export function isByHitTag({ strategy, os }: Pick<KitFlags, 'strategy'> & { readonly os?: WindowsVersion }): boolean {
  return strategy === undefined ? (os?.byHitTag ?? false) : strategy === 'pool-hit-tag';
}

function tagOf({ tag, allTags }: KitFlags, byHitTag: boolean, doing: 'prepare' | 'undo'): PoolTag {
  if (!isEveryTag(tag)) {
    if (allTags)
      throw usage(
        'all-tags',
        `--all-tags goes with --tag "*"; '${tag}' is one tag, or some.`,
        'Leave --all-tags out, or say --tag "*".',
      );
    return encodeTag(tag);
  }
  if (byHitTag)
    throw usage(
      'all-tags-hit-tag',
      'PoolHitTag watches one tag, and knows no wildcards.',
      'Name the tag that grows: PoolMon shows it, and so does !poolused 4.',
    );
  if (!allTags && doing === 'prepare')
    throw usage(
      'all-tags',
      `--tag '${tag}' is every tag: Windows would serve every allocation from special pool, a page or more for each. That slows the target down heavily and uses much of its memory.`,
      'Name the tag that grows: PoolMon shows it, and so does !poolused 4. If every tag is meant, say --all-tags as well.',
    );
  return everyTag(tag);
}

function notesOf(tag: PoolTag, { os, strategy }: KitFlags, byHitTag: boolean): string[] {
  const ofTag = tag.notes.map((note) => (byHitTag && note === WILDCARD ? LITERAL : note));
  return os.name === 'win11' && strategy === undefined ? [...ofTag, WHICH_11] : ofTag;
}

const LITERAL = 'PoolHitTag knows no wildcards: * and ? in the tag stand for themselves.';
const WHICH_11 =
  'Windows 11 24H2 and later have no function for a breakpoint, and need no PoolTag: for these say --os 11-24h2+. winver shows the release.';

/** A boot file as text, byte by byte. */
export async function readBootFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'latin1');
  } catch (error) {
    const why = systemCode(error) === 'ENOENT' ? 'there is no such file' : messageOf(error);
    throw usage(
      'boot-file-unreadable',
      `'${file}' cannot be read: ${why}.`,
      'boot.ini is hidden: attrib -r -h -s C:\\boot.ini, copy it, attrib +r +h +s C:\\boot.ini.',
    );
  }
}

function usage(code: string, message: string, remedy: string): Fault {
  return new Fault(code, EXIT.usage, message, remedy);
}
