import { echoLine } from './cmd-text.js';
import { hostWord, KEY_FILE, type NetSettings } from './kdnet.js';

const bcdedit = '"%SYS%\\bcdedit.exe"';

/** Takes the key out of its file. A kit without one changes nothing. */
export function readKey(): string[] {
  return [
    'set "KDKEY="',
    `if exist "%HERE%${KEY_FILE}" for /f "usebackq tokens=1" %%K in ("%HERE%${KEY_FILE}") do set "KDKEY=%%K"`,
    'if not defined KDKEY goto :nokey',
  ];
}

/** What `readKey` jumps to. */
export function noKey(): string[] {
  return [
    ':nokey',
    ...echoLine(
      `${KEY_FILE} is not beside this script: undo.cmd has deleted it, or it was not copied. Nothing was changed.`,
      'On the host: livedebug target prepare --net writes another kit, with another key.',
    ),
    'exit /b 1',
  ];
}

/** The settings of the debugger, which hold for every entry with debugging on. bcdedit would print the key. */
export function setNet({ host, port }: Omit<NetSettings, 'key'>): string[] {
  return [
    // What was listed at a second run has the key in it.
    'if exist "%STATE%\\bcd-now.txt" del "%STATE%\\bcd-now.txt"',
    `${bcdedit} /dbgsettings net ${hostWord(host)} port:${port} key:%KDKEY% >nul || goto :rollback`,
    ...echoLine(`This computer will ask ${host}, UDP port ${port}, for a debugger.`),
  ];
}

/** Takes the key off this computer, once the debugger's settings are what they were. */
export function forgetKey(): string[] {
  return [
    'if exist "%STATE%\\bcd-now.txt" del "%STATE%\\bcd-now.txt"',
    `if not exist "%HERE%${KEY_FILE}" goto :keygone`,
    `del "%HERE%${KEY_FILE}"`,
    `if exist "%HERE%${KEY_FILE}" echo NOTE: ${KEY_FILE} could not be deleted. Delete it, it holds the key.& goto :keygone`,
    `echo ${KEY_FILE} is deleted: the key is no longer on this computer.`,
    ':keygone',
  ];
}

/**
 * Subroutine `:restoredbg` where the settings were those of a network: writes back what differs now, and deletes what was not there.
 * A network debugger of somebody else is set by the documented command, which bcdedit of every version knows.
 */
export function restoreNet(): string[] {
  return [
    ':restoredbg',
    'if not exist "%STATE%\\dbgsettings-before.txt" exit /b 0',
    'set "BAD="',
    'for %%N in (debugtype hostip port key) do call :oldvalue %%N',
    'if /i not "%OLD_debugtype%"=="net" goto :restoreeach',
    'if not defined OLD_hostip goto :restoreeach',
    'if not defined OLD_port goto :restoreeach',
    'if not defined OLD_key goto :restoreeach',
    `${bcdedit} /dbgsettings net hostip:%OLD_hostip% port:%OLD_port% key:%OLD_key% >nul || set "BAD=1"`,
    ':restoreeach',
    `${bcdedit} /enum {dbgsettings} >"%STATE%\\dbgsettings-now.txt" 2>nul`,
    'for %%N in (debugtype hostip hostipv6 port key dhcp debugport baudrate channel targetname busparams noumex debugstart) do call :restoreone %%N',
    'if defined BAD exit /b 1',
    `${bcdedit} /enum {dbgsettings} >"%STATE%\\dbgsettings-now.txt" 2>nul`,
    '"%SYS%\\fc.exe" "%STATE%\\dbgsettings-before.txt" "%STATE%\\dbgsettings-now.txt" >nul || echo NOTE: compare dbgsettings-now.txt with dbgsettings-restored.txt in "%STATE%"',
    'move /y "%STATE%\\dbgsettings-before.txt" "%STATE%\\dbgsettings-restored.txt" >nul',
    'echo The debugger settings are restored.',
    'exit /b 0',
    '',
    ':oldvalue',
    'set "OLD_%~1="',
    'for /f "usebackq tokens=1,*" %%A in ("%STATE%\\dbgsettings-before.txt") do if /i "%%A"=="%~1" set "OLD_%~1=%%B"',
    'exit /b 0',
    '',
    ':restoreone',
    'set "OLD="',
    'set "NOW="',
    'for /f "usebackq tokens=1,*" %%A in ("%STATE%\\dbgsettings-before.txt") do if /i "%%A"=="%~1" set "OLD=%%B"',
    'for /f "usebackq tokens=1,*" %%A in ("%STATE%\\dbgsettings-now.txt") do if /i "%%A"=="%~1" set "NOW=%%B"',
    'if "%OLD%"=="%NOW%" exit /b 0',
    // bcdedit prints yes and no in the language of Windows, and may take them in English only. What we have set is yes.
    'if defined OLD if /i "%~1"=="dhcp" set "OLD=off"',
    `if defined OLD ${bcdedit} /set {dbgsettings} %~1 %OLD% >nul || set "BAD=1"`,
    `if not defined OLD ${bcdedit} /deletevalue {dbgsettings} %~1 >nul || set "BAD=1"`,
    'exit /b 0',
  ];
}

/** What check.cmd says of the network. The key is shown nowhere. */
export function checkNet({ port }: Pick<NetSettings, 'port'>): string[] {
  return [
    `${bcdedit} /dbgsettings | "%SYS%\\findstr.exe" /v /i /l /b /c:"key "`,
    `${bcdedit} /dbgsettings | "%SYS%\\findstr.exe" /i /l /b /c:"port " | "%SYS%\\findstr.exe" /l /c:"${port}" >nul`,
    `if errorlevel 1 echo The debugger's port is NOT ${port}.& set "BAD=1"`,
  ];
}

/** How this Windows was started. Its options may hold the key, so they are not shown. */
export function checkNetStart(): string[] {
  return [
    '"%SYS%\\reg.exe" query "HKLM\\SYSTEM\\CurrentControlSet\\Control" /v SystemStartOptions | "%SYS%\\findstr.exe" /i /l /c:" DEBUG" >nul',
    'if errorlevel 1 (echo It was started WITHOUT debugging: restart and choose the debug entry.& set "BAD=1") else echo With debugging.',
  ];
}
