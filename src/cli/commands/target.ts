import type { Command } from 'commander';
import { DEFAULT_BAUD } from '../../debugger/transport.js';
import { EXIT } from '../../fault.js';
import { shellWord } from '../../platform/shell-word.js';
import { listingText } from '../../prepare/bcd-words.js';
import { checkBcdListing } from '../../prepare/check-bcd.js';
import { checkBootIni } from '../../prepare/check-boot-ini.js';
import { checkPoolTag } from '../../prepare/check-pool-tag.js';
import type { Finding } from '../../prepare/findings.js';
import { type KitFile, prepareKit, type UndoSettings, undoKit } from '../../prepare/kit.js';
import { kitFolderName, writeKit } from '../../prepare/kit-folder.js';
import { hexTag } from '../../prepare/tag.js';
import { warningsFor } from '../../prepare/warnings.js';
import type { WindowsVersion } from '../../prepare/windows-version.js';
import { JSON_HELP, printResult } from '../json-records.js';
import { printText } from '../terminal-text.js';
import {
  addNetOptions,
  type ChosenKey,
  chooseKey,
  kitPort,
  type NetFlags,
  netSettings,
  portOption,
  refuseMixed,
  wantedNet,
} from './target-net-options.js';
import { keyText, netSessionText } from './target-net-text.js';
import {
  addKitOptions,
  baudOption,
  type GivenKitFlags,
  isByHitTag,
  type KitFlags,
  osOption,
  readBootFile,
  settingsOf,
  strategyOption,
  withKitSettings,
} from './target-options.js';

const examples = `
Examples:
  livedebug target prepare --tag Ddk --os vista+ --port com1 --baud 115200
  livedebug target prepare --tag Ddk --os 2008r2 --out kit
  livedebug target prepare --tag Ddk --os 2003 --boot-ini boot.ini --out kit
  livedebug target prepare --tag Ddk --os win11 --net --host 10.0.0.5    over the network, this host has that address
  livedebug target check --bcdedit bcd.txt          a saved: bcdedit /enum all
  livedebug target undo --tag Ddk --os vista+       if the kit was lost
`;

interface CheckFlags extends NetFlags {
  readonly port?: number;
  readonly baud?: number;
  readonly bootIni?: string;
  readonly bcdedit?: string;
  readonly os?: WindowsVersion;
  readonly strategy?: 'breakpoint' | 'pool-hit-tag';
  readonly json?: true;
}

/** `livedebug target prepare|check|undo` */
export function define(program: Command): void {
  const target = program
    .command('target')
    .description('scripts that prepare the target, check it, and undo it')
    .addHelpText('after', examples);
  addKitOptions(target.command('prepare'))
    .description('write a kit of scripts that run on the target')
    .addHelpText('after', examples)
    .action(async (flags: GivenKitFlags) => prepare(await withKitSettings(flags)));
  addKitOptions(target.command('undo'))
    .description('write only the scripts that put the target back')
    .addHelpText('after', examples)
    .action(async (flags: GivenKitFlags) => undo(await withKitSettings(flags)));
  addNetOptions(target.command('check'))
    .description("look whether a target's boot configuration is right")
    .addOption(portOption())
    .addOption(baudOption())
    .option('--boot-ini <file>', 'a boot.ini to look at')
    .addOption(osOption())
    .addOption(strategyOption())
    .option('--bcdedit <file>', 'a saved listing of bcdedit /enum all, or of bcdedit /dbgsettings')
    .option('--json', JSON_HELP)
    .addHelpText('after', examples)
    .action(check);
}

async function prepare(flags: KitFlags): Promise<void> {
  const settings = await settingsOf(flags, 'prepare');
  const out = flags.out ?? kitFolderName(settings.tag);
  if (!flags.net) return deliver(flags, out, prepareKit(settings), settings, 'prepare');
  const key = await chooseKey(flags, out, process.env);
  const whole = { ...settings, net: netSettings(flags, key.key) };
  return deliver(flags, out, prepareKit(whole), whole, 'prepare', key);
}

async function undo(flags: KitFlags): Promise<void> {
  const settings = await settingsOf(flags, 'undo');
  const whole = { ...settings, ...(flags.net && { net: { port: flags.port } }) };
  return deliver(flags, flags.out ?? `${kitFolderName(settings.tag)}-undo`, undoKit(whole), whole, 'undo');
}

async function deliver(
  flags: KitFlags,
  out: string,
  kit: readonly KitFile[],
  settings: UndoSettings,
  doing: 'prepare' | 'undo',
  key?: ChosenKey,
): Promise<void> {
  // What a dry run shows may be kept by anybody.
  const files = flags.dryRun ? kit.map((file) => (file.secret ? { ...file, content: '***\r\n' } : file)) : kit;
  const written = flags.dryRun ? [] : await writeKit(out, files, flags.force ?? false);
  const warnings = doing === 'prepare' ? warningsFor(settings) : [];
  if (key && !flags.dryRun) process.stderr.write(`${keyText(key)}\n`);
  if (flags.json) {
    const { tag, value } = settings.tag;
    const listed = flags.dryRun ? files : files.map(({ name }) => ({ name }));
    const record = {
      out,
      tag,
      dword: hexTag(value),
      files: listed,
      written,
      dryRun: flags.dryRun ?? false,
      warnings,
    };
    printResult(EXIT.done, record);
    return;
  }
  if (flags.dryRun) {
    // README.txt, which is among them, has the warnings.
    for (const { name, content } of files) process.stdout.write(`==> ${name}\n${content.replaceAll('\r\n', '\n')}\n`);
    return;
  }
  process.stdout.write(`${summary(out, files, written, doing)}\n`);
  if (doing === 'prepare') process.stdout.write(sessionText(settings, out));
  for (const warning of warnings) printText(`warning: ${warning}`);
}

function summary(
  out: string,
  files: readonly KitFile[],
  written: readonly string[],
  doing: 'prepare' | 'undo',
): string {
  const state = written.length === 0 ? 'is there already, unchanged' : 'is written';
  return [
    `The kit ${state}: ${out} (${files.map((file) => file.name).join(', ')})`,
    'Copy the folder to a local disk of the target. There, as an administrator:',
    doing === 'prepare'
      ? '  prepare.cmd, then restart and choose the debug entry; at the end undo.cmd'
      : '  undo.cmd, then restart',
  ].join('\n');
}

/** What is typed here while the target restarts; the port of this host may be another one. */
function sessionText({ tag, port, baud, net }: UndoSettings, out: string): string {
  const start = `livedebug start --tag ${shellWord(tag.tag.trimEnd())}`;
  if (net) return netSessionText(`${start} --port net:port=${net.port}`, out, net);
  const slow =
    baud < 115_200
      ? `With --baud 115200 at both ends every halt is ${Math.round(115_200 / baud)} times shorter.\n`
      : '';
  return `Then here, with the port of this host: ${start} --port com${port} --baud ${baud}\n${slow}`;
}

async function check(given: CheckFlags): Promise<void> {
  refuseMixed(given);
  const { net, ...others } = given;
  const flags = {
    ...others,
    port: kitPort(given.port, net === true),
    baud: given.baud ?? DEFAULT_BAUD,
    ...(net && { net: wantedNet(given, process.env) }),
  };
  if (flags.bootIni === undefined && flags.bcdedit === undefined) {
    process.stdout.write(WHAT_TO_LOOK_AT);
    return;
  }
  const findings: Finding[] = [];
  if (flags.bootIni !== undefined)
    findings.push(...checkBootIni(listingText(await readBootFile(flags.bootIni)), flags));
  if (flags.bcdedit !== undefined)
    findings.push(...checkBcdListing(listingText(await readBootFile(flags.bcdedit)), flags));
  findings.push(...checkPoolTag(flags.os, isByHitTag(flags)));
  const ok = findings.every((finding) => finding.ok);
  if (flags.json) printResult(ok ? EXIT.done : EXIT.missing, { ok, findings });
  else for (const finding of findings) process.stdout.write(`${wordFor(finding)}  ${finding.text}\n`);
  if (!ok) process.exitCode = EXIT.missing;
}

function wordFor({ ok, open }: Finding): string {
  return open ? 'OPEN ' : ok ? 'ok   ' : 'WRONG';
}

const WHAT_TO_LOOK_AT = `On the target, in a command prompt of an administrator:

  check.cmd                      of the kit: everything at once
Or by hand:
  reg query "HKLM\\System\\CurrentControlSet\\Control\\Session Manager\\Memory Management" /v PoolTag
                                 the tag's value, see livedebug tag encode. Windows 11 24H2, Server 2025 and later
                                 need none: the session sets PoolHitTag by itself
  reg query HKLM\\SYSTEM\\CurrentControlSet\\Control /v SystemStartOptions
                                 how this Windows was started: DEBUG DEBUGPORT=COM1 BAUDRATE=19200
  bcdedit /enum all > bcd.txt    Vista and later: an entry with debug Yes; {dbgsettings} with
                                 debugtype Serial, debugport and baudrate; over the network debugtype NET, hostip,
                                 port and key
  manage-bde -status C:          Windows 7 and later: where protection is on, a changed boot configuration asks for the
                                 recovery key
  reg query HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State /v UEFISecureBootEnabled
                                 0x1: Windows refuses kernel debugging until Secure Boot is off in the firmware
  type C:\\boot.ini               XP, Server 2003: an entry with /debug /debugport=COM1 /baudrate=19200
Then here: livedebug target check --bcdedit bcd.txt   or   --boot-ini boot.ini   or   --net --bcdedit bcd.txt
`;
