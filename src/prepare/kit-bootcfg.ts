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
 * No delayed expansion: names may hold any character, and a wrong number would mean a wrong entry.
 */
export function bootcfgSubroutines(): string[] {
  return [
    ':find',
    'for %%V in (ID SOURCE MARKED DEFLINE DEFPATH SRCLINE) do set "%%V="',
    `${bootcfg} /query >"%STATE%\\find.txt" 2>nul`,
    `"%SYS%\\find.exe" /n "${MARK}" <"%STATE%\\find.txt" >"%STATE%\\marked.txt"`,
    '"%SYS%\\find.exe" /n "partition(" <"%STATE%\\find.txt" >"%STATE%\\paths.txt"',
    '"%SYS%\\find.exe" /n ":" <"%STATE%\\find.txt" >"%STATE%\\numbered.txt"',
    'for /f "usebackq tokens=1 delims=[]" %%N in ("%STATE%\\marked.txt") do if not defined MARKED set "MARKED=%%N"',
    'if defined MARKED call :number ID %MARKED% 1',
    // `[6]default: multi(0)…`: number, label, path.
    'for /f "usebackq tokens=1,2,* delims=[]:" %%N in ("%STATE%\\paths.txt") do if not defined DEFLINE call :default %%N "%%P"',
    'if not defined DEFPATH exit /b 0',
    'for /f "usebackq tokens=1,2,* delims=[]:" %%N in ("%STATE%\\paths.txt") do if %%N GTR %DEFLINE% call :source %%N "%%P"',
    'if defined SRCLINE call :number SOURCE %SRCLINE% 2',
    'exit /b 0',
    '',
    ':default',
    'set "DEFLINE=%~1"',
    'for /f "tokens=*" %%W in ("%~2") do set "DEFPATH=%%W"',
    'exit /b 0',
    '',
    ':source',
    'if defined SRCLINE exit /b 0',
    'for /f "tokens=*" %%W in ("%~2") do if /i "%%W"=="%DEFPATH%" set "SRCLINE=%~1"',
    'exit /b 0',
    '',
    ...numberSubroutine(),
  ];
}

/** `:number NAME LINE BACK` sets NAME to the word behind the colon of the line BACK before LINE, if that is a number. */
function numberSubroutine(): string[] {
  return [
    ':number',
    'set /a WANTED=%~2-%~3',
    'set "WORD="',
    'for /f "usebackq tokens=1,2,* delims=[]:" %%N in ("%STATE%\\numbered.txt") do if "%%N"=="%WANTED%" for /f %%W in ("%%P") do set "WORD=%%W"',
    'set "%~1="',
    'set "CHECK=0"',
    'set /a CHECK=WORD 2>nul',
    'if %CHECK% GTR 0 set "%~1=%CHECK%"',
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
