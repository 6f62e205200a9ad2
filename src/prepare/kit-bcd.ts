import { MARK } from './boot-ini.js';
import type { DebugPort } from './boot-ini-edit.js';
import { quotedText } from './cmd-text.js';
import type { NetSettings } from './kdnet.js';
import { restoreNet, setNet } from './kit-net.js';

const bcdedit = '"%SYS%\\bcdedit.exe"';

/** The port of a kit, or how its target reaches a host over the network. */
export type BcdPort = DebugPort & { readonly net?: Omit<NetSettings, 'key'> };

/**
 * Adds a copy of the running entry with debugging on. `/debug on` alone may mean a local debugger on current
 * Windows, so the settings of the debugger are always given. Undoes its own half when a step fails.
 */
export function addBcdEntry({ port, baud, net }: BcdPort, description: string): string[] {
  return [
    `set "DESC=${quotedText(`${description} ${MARK}`)}"`,
    `${bcdedit} /enum all /v >"%STATE%\\bcd-now.txt" || goto :failed`,
    'if not exist "%STATE%\\bcd-before.txt" copy /y "%STATE%\\bcd-now.txt" "%STATE%\\bcd-before.txt" >nul || goto :failed',
    `if not exist "%STATE%\\bcd-backup" ${bcdedit} /export "%STATE%\\bcd-backup" >nul || goto :failed`,
    'if exist "%STATE%\\dbgsettings-before.txt" goto :dbgremembered',
    `${bcdedit} /enum {dbgsettings} >"%STATE%\\dbgsettings-before.tmp" 2>nul`,
    'move /y "%STATE%\\dbgsettings-before.tmp" "%STATE%\\dbgsettings-before.txt" >nul || goto :failed',
    ':dbgremembered',
    'set "MADE="',
    'call :find',
    'if defined GUID echo The debug entry is there already: %GUID%& goto :haveentry',
    `${bcdedit} /copy {current} /d "%DESC%" >"%STATE%\\copy.txt" || goto :failed`,
    'for /f "usebackq tokens=2 delims={}" %%G in ("%STATE%\\copy.txt") do set "GUID={%%G}"',
    'if not defined GUID call :find',
    'if not defined GUID goto :failed',
    'set "MADE=1"',
    'echo Copied the boot entry of this Windows: %GUID%',
    ':haveentry',
    '>"%STATE%\\entry.txt" echo %GUID%',
    `${bcdedit} /debug %GUID% on || goto :rollback`,
    ...(net ? setNet(net) : [`${bcdedit} /dbgsettings serial debugport:${port} baudrate:${baud} || goto :rollback`]),
  ];
}

/** What `addBcdEntry` jumps to: takes the new entry away again, and says what usually is in the way. */
export function bcdRollback(): string[] {
  return [
    ':rollback',
    `if defined MADE ${bcdedit} /delete %GUID%`,
    'call :restoredbg',
    'echo.',
    'echo If bcdedit says "The value is protected by Secure Boot policy and cannot be modified or deleted":',
    'echo switch Secure Boot off in the firmware for this job, and on again after undo.cmd.',
    'goto :failed',
  ];
}

/** Deletes every entry of ours and restores the debugger settings, as far as this folder remembers them. */
export function removeBcdEntry(): string[] {
  return [
    ':nextentry',
    'call :find',
    'if not defined GUID goto :entriesgone',
    `${bcdedit} /delete %GUID% || goto :failed`,
    'echo Deleted the debug entry %GUID%.',
    'set /a ROUNDS+=1',
    'if %ROUNDS% GEQ 20 goto :failed',
    'goto :nextentry',
    ':entriesgone',
    'echo No boot entry of this kit is left.',
    'call :restoredbg || goto :failed',
    'if exist "%STATE%\\entry.txt" del "%STATE%\\entry.txt"',
  ];
}

/**
 * Subroutines: `:find` sets GUID to the first entry whose description carries the mark; `:restoredbg` writes
 * `{dbgsettings}` back element by element. Element names are the same in every language of Windows.
 * @param byNet the settings of a network were set
 */
export function bcdSubroutines(byNet: boolean): string[] {
  return [
    ':find',
    'set "GUID="',
    'set "MARKED="',
    `${bcdedit} /enum osloader /v >"%STATE%\\find.txt" 2>nul`,
    `"%SYS%\\find.exe" /n "${MARK}" <"%STATE%\\find.txt" >"%STATE%\\marked.txt"`,
    // `[12]identifier   {guid}`: with /v every brace is a GUID, and the last before our description is our identifier.
    '"%SYS%\\find.exe" /n "{" <"%STATE%\\find.txt" >"%STATE%\\guids.txt"',
    'for /f "usebackq tokens=1 delims=[]" %%N in ("%STATE%\\marked.txt") do if not defined MARKED set "MARKED=%%N"',
    'if not defined MARKED exit /b 0',
    'for /f "usebackq tokens=1,3 delims=[]{}" %%N in ("%STATE%\\guids.txt") do if %%N LSS %MARKED% set "GUID={%%O}"',
    'exit /b 0',
    '',
    ...(byNet ? restoreNet() : restoreSerial()),
  ];
}

function restoreSerial(): string[] {
  return [
    ':restoredbg',
    'if not exist "%STATE%\\dbgsettings-before.txt" exit /b 0',
    'set "BAD="',
    'for %%N in (debugtype debugport baudrate) do call :restoreone %%N delete',
    'for %%N in (channel targetname hostip port key dhcp busparams noumex debugstart) do call :restoreone %%N keep',
    'if defined BAD exit /b 1',
    `${bcdedit} /enum {dbgsettings} >"%STATE%\\dbgsettings-now.txt" 2>nul`,
    '"%SYS%\\fc.exe" "%STATE%\\dbgsettings-before.txt" "%STATE%\\dbgsettings-now.txt" >nul || echo NOTE: compare dbgsettings-now.txt with dbgsettings-restored.txt in "%STATE%"',
    'move /y "%STATE%\\dbgsettings-before.txt" "%STATE%\\dbgsettings-restored.txt" >nul',
    'echo The debugger settings are restored.',
    'exit /b 0',
    '',
    ':restoreone',
    'set "OLD="',
    'for /f "usebackq tokens=1,*" %%A in ("%STATE%\\dbgsettings-before.txt") do if /i "%%A"=="%~1" set "OLD=%%B"',
    `if defined OLD ${bcdedit} /set {dbgsettings} %~1 %OLD% >nul || set "BAD=1"`,
    `if not defined OLD if "%~2"=="delete" ${bcdedit} /deletevalue {dbgsettings} %~1 >nul 2>nul`,
    'exit /b 0',
  ];
}
