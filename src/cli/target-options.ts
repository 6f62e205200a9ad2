import { readFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { EXIT, Fault, messageOf, systemCode } from '../fault.js';
import { addDebugEntry, removeDebugEntry } from '../target/boot-ini-edit.js';
import type { TargetSettings } from '../target/kit.js';
import { encodeTag } from '../target/tag.js';

/** Flags of `target prepare` and `target undo`. */
export interface KitFlags {
  readonly tag: string;
  readonly os: '2003' | 'vista+' | '11-24h2+';
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

export function portOption(): Option {
  return new Option('--port <port>', 'serial port of the target, com1 to com4').default(1, 'com1').argParser((text) => {
    const match = /^(?:\\\\\.\\)?com([1-4])$/i.exec(text);
    if (!match) throw new InvalidArgumentError('The target needs a serial port of its own: com1, com2, com3 or com4.');
    return Number(match[1]);
  });
}

export function baudOption(): Option {
  return new Option('--baud <rate>', 'rate of both ends of the cable').default(19200).argParser((text) => {
    if (!BAUDS.includes(text)) throw new InvalidArgumentError(`The debugger's serial link knows ${BAUDS.join(', ')}.`);
    return Number(text);
  });
}

export function addKitOptions(command: Command): Command {
  return command
    .requiredOption('--tag <tag>', 'the pool tag, as PoolMon shows it')
    .addOption(
      new Option(
        '--os <version>',
        '2003: XP and Server 2003 (2000 with --boot-ini); vista+: all later; 11-24h2+: Windows 11 24H2, Server 2025 and later, which have no function for a breakpoint',
      )
        .choices(['2003', 'vista+', '11-24h2+'])
        .makeOptionMandatory(),
    )
    .addOption(
      new Option(
        '--strategy <name>',
        'how the session will catch hits. pool-hit-tag: no PoolTag in the registry (default with --os 11-24h2+); breakpoint: special pool',
      ).choices(['breakpoint', 'pool-hit-tag']),
    )
    .addOption(portOption())
    .addOption(baudOption())
    .option('--out <dir>', 'where to write (default: livedebug-kit-TAG)')
    .option('--boot-ini <file>', "a copy of the target's boot.ini, to be edited here instead of by bootcfg there")
    .option('--description <text>', 'name of the entry in the boot menu')
    .option('--force', 'replace another kit in that folder')
    .option('--dry-run', 'print the files instead of writing them')
    .option('--json', 'one JSON object');
}

/** What the flags ask for. @throws Fault for a tag, description or boot.ini that cannot be used */
export async function settingsOf(
  flags: KitFlags,
  doing: 'prepare' | 'undo',
): Promise<{ settings: TargetSettings; notes: string[] }> {
  const tag = encodeTag(flags.tag);
  const description = flags.description ?? `Windows with debugger COM${flags.port} ${flags.baud}`;
  if (!/^[ !#-~]{1,50}$/.test(description) || description.trim() === '')
    throw usage(
      'bad-description',
      'A description is up to 50 printable ASCII characters, without quotes.',
      'Shorten it, or leave --description out.',
    );
  const byHitTag = flags.strategy === 'pool-hit-tag' || (flags.strategy === undefined && flags.os === '11-24h2+');
  const os = flags.os === '2003' ? flags.os : 'vista+';
  const base: TargetSettings = {
    tag,
    os,
    ...(byHitTag && { byHitTag }),
    port: flags.port,
    baud: flags.baud,
    description,
  };
  if (flags.bootIni === undefined) return { settings: base, notes: [...tag.notes] };
  if (flags.os !== '2003')
    throw usage(
      'boot-ini-os',
      'boot.ini ended with Server 2003; later Windows boots from a BCD store.',
      'Leave --boot-ini out, or say --os 2003.',
    );
  const text = await readBootFile(flags.bootIni);
  if (doing === 'undo')
    return { settings: { ...base, bootIni: { before: removeDebugEntry(text), after: text } }, notes: [] };
  const edit = addDebugEntry(text, base, flags.description);
  const there = edit.changed ? [] : ['boot.ini has this very entry already; it stays as it is.'];
  const before = removeDebugEntry(text);
  return {
    settings: { ...base, bootIni: { before, after: edit.text } },
    notes: [...tag.notes, ...edit.warnings, ...there],
  };
}

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
