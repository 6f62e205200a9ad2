import type { DebugPort } from './boot-ini-edit.js';
import { echoLine, echoText, endings, preamble, script, stateFolder } from './cmd-text.js';
import { KEY_FILE, type NetSettings } from './kdnet.js';
import { addBcdEntry, bcdRollback, bcdSubroutines, removeBcdEntry } from './kit-bcd.js';
import {
  addBootcfgEntry,
  bootcfgRollback,
  bootcfgSubroutines,
  otherBootIni,
  removeBootcfgEntry,
  replaceBootIni,
} from './kit-bootcfg.js';
import { checkNet, checkNetStart, forgetKey, noKey, readKey } from './kit-net.js';
import { bitLockerNow, lookForProtections, protectionSubroutines } from './kit-protections.js';
import { readme } from './kit-readme.js';
import { earlierPoolTag, keepTag, rememberPoolTag, restorePoolTag, setPoolTag } from './kit-registry.js';
import { MEMORY_MANAGEMENT, MEMORY_MANAGEMENT_LONG, regLine } from './registry.js';
import { hexTag, type PoolTag } from './tag.js';

/** What the kit is to set up. */
export interface TargetSettings extends DebugPort {
  readonly tag: PoolTag;
  /** `2003` stands for XP and Server 2003 (boot.ini), `vista+` for all that have a BCD store. */
  readonly os: '2003' | 'vista+';
  /** Name of the entry in the boot menu, without our mark. */
  readonly description: string;
  /** A boot.ini of the target (Latin-1), before and after the edit; without it the scripts use bootcfg. */
  readonly bootIni?: { readonly before: string; readonly after: string };
  /** Hits are caught by PoolHitTag, which the session sets while Windows runs: the registry has nothing for it. */
  readonly byHitTag?: boolean;
  /** What is to be known of this very target, besides what holds for all. */
  readonly notes?: readonly string[];
  /** The target is reached over its network, and not by a cable: `port` and `baud` say nothing then. */
  readonly net?: NetSettings;
}

/** What puts a target back need not know what it was prepared with. */
export type UndoSettings = Omit<TargetSettings, 'net'> & {
  readonly net?: Pick<NetSettings, 'port'> & Partial<NetSettings>;
};

/** A file of the kit. The content is written as Latin-1. */
export interface KitFile {
  readonly name: string;
  readonly content: string;
  /** It holds the key of KDNET: nobody else may read it. */
  readonly secret?: true;
}

const BEFORE = 'boot.ini.original';
const AFTER = 'boot.ini.new';

/** The whole kit: prepare, check, undo, registry file and a page to read. */
export function prepareKit(settings: TargetSettings): KitFile[] {
  return [
    { name: 'prepare.cmd', content: prepareScript(settings) },
    ...undoKit(settings),
    { name: 'check.cmd', content: checkScript(settings) },
    ...(settings.byHitTag ? [] : [{ name: 'pooltag.reg', content: regFile(regLine(settings.tag.value)) }]),
    ...(settings.net ? [{ name: KEY_FILE, content: script(settings.net.key), secret: true as const }] : []),
  ];
}

/** What puts the target back: for a kit that was lost, or a target that was prepared by hand. */
export function undoKit(settings: UndoSettings): KitFile[] {
  const { bootIni } = settings;
  return [
    { name: 'undo.cmd', content: undoScript(settings) },
    { name: 'README.txt', content: readme(settings) },
    ...(bootIni
      ? [
          { name: BEFORE, content: bootIni.before },
          { name: AFTER, content: bootIni.after },
        ]
      : []),
  ];
}

function top(title: string, { tag }: Pick<TargetSettings, 'tag'>): string[] {
  return preamble(title, hexTag(tag.value), MEMORY_MANAGEMENT);
}

function prepareScript(settings: TargetSettings): string {
  const { os, bootIni, port, baud, byHitTag, net } = settings;
  const way = net ? `network, UDP port ${net.port}` : `COM${port}, ${baud} baud`;
  const entry = bootIni
    ? replaceBootIni(BEFORE, AFTER)
    : os === 'vista+'
      ? addBcdEntry(settings, settings.description)
      : addBootcfgEntry(settings, settings.description);
  const helpers = bootIni
    ? otherBootIni()
    : os === 'vista+'
      ? [...bcdRollback(), '', ...bcdSubroutines(net !== undefined)]
      : [...bootcfgRollback(), '', ...bootcfgSubroutines()];
  return script(
    ...top('prepare this computer for a kernel debugger', settings),
    ...(net ? readKey() : []),
    ...(os === 'vista+' ? lookForProtections() : []),
    ...stateFolder(),
    ...(byHitTag ? [] : rememberPoolTag()),
    ...entry,
    ...(byHitTag
      ? [...echoLine('PoolTag is left alone: this Windows is watched by PoolHitTag.'), ...earlierPoolTag()]
      : setPoolTag()),
    'echo.',
    `echo Done. Restart this computer and choose the debug entry (${way}) in the boot menu.`,
    ...(os === 'vista+' ? ['echo To start it once without the menu:  bcdedit /bootsequence %GUID%'] : []),
    'echo When the job is done:  undo.cmd, and restart.',
    'exit /b 0',
    '',
    ...helpers,
    '',
    ...(os === 'vista+' ? [...protectionSubroutines(), ''] : []),
    ...(byHitTag ? [] : [...keepTag(), '']),
    ...(net ? [...noKey(), ''] : []),
    ...endings('PoolTag was not changed by this run. undo.cmd puts back what was there before.'),
  );
}

function undoScript(settings: UndoSettings): string {
  const { os, bootIni, byHitTag, net } = settings;
  const entry = bootIni ? replaceBootIni(AFTER, BEFORE) : os === 'vista+' ? removeBcdEntry() : removeBootcfgEntry();
  const helpers = bootIni ? otherBootIni() : os === 'vista+' ? bcdSubroutines(net !== undefined) : bootcfgSubroutines();
  return script(
    ...top('put this computer back as it was', settings),
    'set "ROUNDS=0"',
    'set "OPEN="',
    ...stateFolder(),
    ...restorePoolTag(byHitTag ?? false),
    ...entry,
    ...(net ? forgetKey() : []),
    'echo.',
    ...(os === 'vista+' ? bitLockerNow() : []),
    'if defined OPEN echo Not everything is undone, see above.& exit /b 1',
    'echo Done. Restart this computer; until then it runs as it was started.',
    'exit /b 0',
    '',
    ...helpers,
    '',
    ...(os === 'vista+' ? [...protectionSubroutines(), ''] : []),
    ...endings('Run undo.cmd again; what is restored already stays restored.'),
  );
}

function checkScript(settings: TargetSettings): string {
  const { os, port, baud, tag, byHitTag, net } = settings;
  const way = net ? `host ${net.host}, UDP port ${net.port}` : `COM${port}, ${baud} baud`;
  const boot =
    os === 'vista+'
      ? [
          '"%SYS%\\bcdedit.exe" /enum all | "%SYS%\\findstr.exe" /i /l /c:"[livedebug]"',
          'if errorlevel 1 echo The debug entry is NOT there.& set "BAD=1"',
          'echo.',
          ...(net ? checkNet(net) : ['"%SYS%\\bcdedit.exe" /dbgsettings']),
        ]
      : [
          'type "%SystemDrive%\\boot.ini"',
          'type "%SystemDrive%\\boot.ini" | "%SYS%\\findstr.exe" /i /l /c:"[livedebug]" >nul',
          'if errorlevel 1 echo The debug entry is NOT there.& set "BAD=1"',
        ];
  return script(
    ...top('show what is set up on this computer', settings),
    'set "BAD="',
    ...echoLine(`Wanted: tag '${tag.tag}', ${way}.`, ''),
    ...(byHitTag
      ? echoLine('PoolTag in the registry does not matter: the session sets PoolHitTag by itself.')
      : [
          '"%SYS%\\reg.exe" query "%KEY%" /v PoolTag',
          '"%SYS%\\reg.exe" query "%KEY%" /v PoolTag 2>nul | "%SYS%\\find.exe" /i "%TAG%" >nul',
          'if errorlevel 1 echo PoolTag is NOT %TAG%.& set "BAD=1"',
        ]),
    'echo.',
    ...boot,
    'echo.',
    'echo How this Windows was started:',
    ...(net ? checkNetStart() : START),
    'echo.',
    'if defined BAD exit /b 1',
    `echo ${echoText('All is set up.')}`,
    'exit /b 0',
  );
}

const START = [
  '"%SYS%\\reg.exe" query "HKLM\\SYSTEM\\CurrentControlSet\\Control" /v SystemStartOptions',
  '"%SYS%\\reg.exe" query "HKLM\\SYSTEM\\CurrentControlSet\\Control" /v SystemStartOptions | "%SYS%\\findstr.exe" /i /l /c:"DEBUGPORT" >nul',
  'if errorlevel 1 echo It was started WITHOUT debugging: restart and choose the debug entry.& set "BAD=1"',
];

function regFile(line: string): string {
  return script('Windows Registry Editor Version 5.00', '', `[${MEMORY_MANAGEMENT_LONG}]`, line, '');
}
