/** What the firmware's Secure Boot was at the start of Windows. Source: "Secure Boot", UEFISecureBootEnabled. */
export const SECURE_BOOT = 'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecureBoot\\State';

const manageBde = '"%SYS%\\manage-bde.exe"';

/**
 * Stops a script before it changes anything, where BitLocker would ask for the recovery key at the next start, or Secure Boot
 * keeps kernel debugging off. Both are said at once: a change of Secure Boot is one that BitLocker sees, too.
 */
export function lookForProtections(): string[] {
  return [
    'set "STOP="',
    'set "KEEP="',
    'if /i "%~1"=="/keep-bitlocker" set "KEEP=1"',
    'call :bitlocker',
    'if "%BITLOCKER%%KEEP%"=="on" set "STOP=1"',
    'if "%BITLOCKER%%KEEP%"=="on1" echo BitLocker stays on: have the recovery key at hand at the next start.',
    'if "%BITLOCKER%"=="unknown" echo NOTE: manage-bde does not say whether BitLocker protects %SystemDrive%. If it does, suspend it first.',
    'if not defined STOP goto :bitlockerdone',
    'echo STOPPED: BitLocker protects %SystemDrive%, and asks for the recovery key at the next start',
    'echo when the boot configuration has changed. Suspend it until undo.cmd has run:',
    'echo   manage-bde -protectors -disable %SystemDrive% -RebootCount 0',
    'echo On Windows 7 and Server 2008 R2 leave -RebootCount 0 out. Then start prepare.cmd again.',
    'echo To go on all the same, with the recovery key at hand:  prepare.cmd /keep-bitlocker',
    'echo.',
    ':bitlockerdone',
    `"%SYS%\\reg.exe" query "${SECURE_BOOT}" /v UEFISecureBootEnabled 2>nul | "%SYS%\\find.exe" "0x1" >nul`,
    'if errorlevel 1 goto :securebootdone',
    'set "STOP=1"',
    'echo STOPPED: Secure Boot is on, and Windows refuses kernel debugging while it is.',
    'echo Switch it off in the firmware, or in the settings of the virtual machine, start Windows, and start',
    'echo prepare.cmd again. After undo.cmd switch it on again.',
    'if "%BITLOCKER%"=="on" echo BitLocker sees that change as well: suspend BitLocker before.',
    'echo.',
    ':securebootdone',
    'if defined STOP echo Nothing was changed.& exit /b 3',
  ];
}

/** What undo says of BitLocker: it is still suspended, or it will not know the configuration that is back. */
export function bitLockerNow(): string[] {
  return [
    'call :bitlocker',
    'if "%BITLOCKER%"=="on" echo BitLocker protects %SystemDrive%. If it was resumed while the debug entry ran, it may ask for the recovery key now: to be safe, before the restart:  manage-bde -protectors -disable %SystemDrive%',
    'if "%BITLOCKER%"=="suspended" echo BitLocker is suspended. After the restart:  manage-bde -protectors -enable %SystemDrive%',
  ];
}

/**
 * Subroutine `:bitlocker` sets BITLOCKER to `on`, `suspended`, `unknown`, or nothing. Exit codes tell it in every language of Windows.
 * Source: "manage-bde status", -protectionaserrorlevel: 0 is protected, 1 is not.
 */
export function protectionSubroutines(): string[] {
  return [
    ':bitlocker',
    'set "BITLOCKER="',
    `if not exist ${manageBde} goto :scriptonly`,
    `${manageBde} -status %SystemDrive% -protectionaserrorlevel >nul 2>&1`,
    'set "FOUND=%ERRORLEVEL%"',
    'if "%FOUND%"=="0" set "BITLOCKER=on"& exit /b 0',
    'if not "%FOUND%"=="1" set "BITLOCKER=unknown"& exit /b 0',
    `${manageBde} -protectors -get %SystemDrive% >nul 2>&1`,
    'set "FOUND=%ERRORLEVEL%"',
    'if "%FOUND%"=="0" set "BITLOCKER=suspended"',
    'exit /b 0',
    ':scriptonly',
    // Vista and Server 2008 have it as a script, whose exit codes are not documented.
    'if not exist "%SYS%\\manage-bde.wsf" exit /b 0',
    'echo NOTE: if BitLocker protects %SystemDrive%, disable its protectors first, or have the recovery key at hand:',
    'echo   cscript "%SYS%\\manage-bde.wsf" -status %SystemDrive%',
    'exit /b 0',
  ];
}
