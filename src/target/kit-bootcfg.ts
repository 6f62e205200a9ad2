import { MARK } from './boot-ini.js';
import type { DebugPort } from './boot-ini-edit.js';
import { quotedText } from './cmd-text.js';

const bootcfg = '"%SYS%\\bootcfg.exe"';

/** XP and Server 2003: a copy of the default entry by `bootcfg`, which numbers entries; the number is found by our mark. */
export function addBootcfgEntry({ port, baud }: DebugPort, description: string): string[] {
  return [
    `set "DESC=${quotedText(`${description} ${MARK}`)}"`,
    `${bootcfg} /query >"%STATE%\\bootcfg-now.txt" || goto :failed`,
    'if not exist "%STATE%\\bootcfg-before.txt" copy /y "%STATE%\\bootcfg-now.txt" "%STATE%\\bootcfg-before.txt" >nul || goto :failed',
    'if exist "%SystemDrive%\\boot.ini" if not exist "%STATE%\\boot.ini.before" type "%SystemDrive%\\boot.ini" >"%STATE%\\boot.ini.before"',
    'set "MADE="',
    'call :find',
    'if defined ID echo The debug entry is there already: number %ID%& goto :haveentry',
    'if not defined SOURCE goto :failed',
    `${bootcfg} /copy /d "%DESC%" /id %SOURCE% || goto :failed`,
    'call :find',
    'if not defined ID goto :failed',
    'set "MADE=1"',
    'echo Copied boot entry %SOURCE%; the copy is number %ID%.',
    ':haveentry',
    // An entry that had debugging on already takes `edit` only.
    `${bootcfg} /debug on /port COM${port} /baud ${baud} /id %ID% || ${bootcfg} /debug edit /port COM${port} /baud ${baud} /id %ID%`,
    'if errorlevel 1 goto :rollback',
  ];
}

export function bootcfgRollback(): string[] {
  return [':rollback', `if defined MADE ${bootcfg} /delete /id %ID%`, 'goto :failed'];
}

export function removeBootcfgEntry(): string[] {
  return [
    ':nextentry',
    'call :find',
    'if not defined ID goto :entriesgone',
    `${bootcfg} /delete /id %ID% || goto :failed`,
    'echo Deleted the debug entry, number %ID%.',
    'set /a ROUNDS+=1',
    'if %ROUNDS% GEQ 20 goto :failed',
    'goto :nextentry',
    ':entriesgone',
    'echo No boot entry of this kit is left.',
  ];
}

/**
 * Subroutine `:find`: ID is the entry with our mark, SOURCE the one that `default:` names. Labels of the listing are
 * translated, so it goes by order: number, name, path; the first line with an ARC path is the default.
 */
export function bootcfgSubroutines(): string[] {
  return [
    ':find',
    'set "ID="',
    'set "SOURCE="',
    `${bootcfg} /query >"%STATE%\\find.txt" 2>nul`,
    'setlocal EnableDelayedExpansion',
    'for %%V in (FOUND SRC DEFAULT ONE TWO) do set "%%V="',
    'for /f "usebackq delims=" %%L in ("!STATE!\\find.txt") do (',
    '  set "LINE=%%L"',
    `  if not defined FOUND if not "!LINE:${MARK}=!"=="!LINE!" for %%W in (!ONE!) do set "FOUND=%%W"`,
    '  if not "!LINE:partition(=!"=="!LINE!" (',
    '    for %%W in (!LINE!) do set "ARC=%%W"',
    '    if not defined DEFAULT (set "DEFAULT=!ARC!") else if not defined SRC if /i "!ARC!"=="!DEFAULT!" for %%W in (!TWO!) do set "SRC=%%W"',
    '  )',
    '  set "TWO=!ONE!"',
    '  set "ONE=!LINE!"',
    ')',
    'endlocal & set "ID=%FOUND%" & set "SOURCE=%SRC%"',
    'exit /b 0',
  ];
}

/**
 * A boot.ini that was edited on the host replaces the target's, if that is still the file it was made from.
 * The file is hidden and a system file: `type` reads it where `copy` and `fc` may not see it.
 */
export function replaceBootIni(from: string, to: string): string[] {
  return [
    'if not exist "%SystemDrive%\\boot.ini" goto :otherbootini',
    'type "%SystemDrive%\\boot.ini" >"%STATE%\\boot.ini.now" || goto :failed',
    `"%SYS%\\fc.exe" /b "%STATE%\\boot.ini.now" "%HERE%${to}" >nul && goto :bootinidone`,
    `"%SYS%\\fc.exe" /b "%STATE%\\boot.ini.now" "%HERE%${from}" >nul || goto :otherbootini`,
    '"%SYS%\\attrib.exe" -r -h -s "%SystemDrive%\\boot.ini" || goto :failed',
    `copy /b /y "%HERE%${to}" "%SystemDrive%\\boot.ini" >nul`,
    'set "COPIED=%ERRORLEVEL%"',
    '"%SYS%\\attrib.exe" +r +h +s "%SystemDrive%\\boot.ini"',
    'if not "%COPIED%"=="0" goto :failed',
    ':bootinidone',
    `echo boot.ini is ${to}.`,
  ];
}

export function otherBootIni(): string[] {
  return [
    ':otherbootini',
    'echo boot.ini of this computer is not the file that this kit was made from. It was left alone.',
    'echo On the host: livedebug target prepare or undo, with --boot-ini and a fresh copy of it.',
    'goto :failed',
  ];
}
