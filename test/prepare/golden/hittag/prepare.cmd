@echo off
rem livedebug: prepare this computer for a kernel debugger. Runs on the target.
setlocal EnableExtensions DisableDelayedExpansion
set "HERE=%~dp0"
set "STATE=%~dp0state-%COMPUTERNAME%"
set "KEY=HKLM\System\CurrentControlSet\Control\Session Manager\Memory Management"
set "TAG=0x206b6444"
set "SYS=%SystemRoot%\System32"
if defined PROCESSOR_ARCHITEW6432 if exist "%SystemRoot%\Sysnative\cmd.exe" set "SYS=%SystemRoot%\Sysnative"
"%SYS%\reg.exe" query "HKU\S-1-5-19" >nul 2>&1 || "%SYS%\fsutil.exe" dirty query %SystemDrive% >nul 2>&1
if errorlevel 1 (
  echo This needs an administrator: open a command prompt with "Run as administrator",
  echo and start this script there. Nothing was changed.
  exit /b 2
)
set "STOP="
set "KEEP="
if /i "%~1"=="/keep-bitlocker" set "KEEP=1"
call :bitlocker
if "%BITLOCKER%%KEEP%"=="on" set "STOP=1"
if "%BITLOCKER%%KEEP%"=="on1" echo BitLocker stays on: have the recovery key at hand at the next start.
if "%BITLOCKER%"=="unknown" echo NOTE: manage-bde does not say whether BitLocker protects %SystemDrive%. If it does, suspend it first.
if not defined STOP goto :bitlockerdone
echo STOPPED: BitLocker protects %SystemDrive%, and asks for the recovery key at the next start
echo when the boot configuration has changed. Suspend it until undo.cmd has run:
echo   manage-bde -protectors -disable %SystemDrive% -RebootCount 0
echo On Windows 7 and Server 2008 R2 leave -RebootCount 0 out. Then start prepare.cmd again.
echo To go on all the same, with the recovery key at hand:  prepare.cmd /keep-bitlocker
echo.
:bitlockerdone
"%SYS%\reg.exe" query "HKLM\SYSTEM\CurrentControlSet\Control\SecureBoot\State" /v UEFISecureBootEnabled 2>nul | "%SYS%\find.exe" "0x1" >nul
if errorlevel 1 goto :securebootdone
set "STOP=1"
echo STOPPED: Secure Boot is on, and Windows refuses kernel debugging while it is.
echo Switch it off in the firmware, or in the settings of the virtual machine, start Windows, and start
echo prepare.cmd again. After undo.cmd switch it on again.
if "%BITLOCKER%"=="on" echo BitLocker sees that change as well: suspend BitLocker before.
echo.
:securebootdone
if defined STOP echo Nothing was changed.& exit /b 3
if not exist "%STATE%\" mkdir "%STATE%"
>"%STATE%\writable.tmp" echo yes || goto :nowrite
if not exist "%STATE%\writable.tmp" goto :nowrite
del "%STATE%\writable.tmp"
set "DESC=Windows with debugger COM1 19200 [livedebug]"
"%SYS%\bcdedit.exe" /enum all /v >"%STATE%\bcd-now.txt" || goto :failed
if not exist "%STATE%\bcd-before.txt" copy /y "%STATE%\bcd-now.txt" "%STATE%\bcd-before.txt" >nul || goto :failed
if not exist "%STATE%\bcd-backup" "%SYS%\bcdedit.exe" /export "%STATE%\bcd-backup" >nul || goto :failed
if exist "%STATE%\dbgsettings-before.txt" goto :dbgremembered
"%SYS%\bcdedit.exe" /enum {dbgsettings} >"%STATE%\dbgsettings-before.tmp" 2>nul
move /y "%STATE%\dbgsettings-before.tmp" "%STATE%\dbgsettings-before.txt" >nul || goto :failed
:dbgremembered
set "MADE="
call :find
if defined GUID echo The debug entry is there already: %GUID%& goto :haveentry
"%SYS%\bcdedit.exe" /copy {current} /d "%DESC%" >"%STATE%\copy.txt" || goto :failed
for /f "usebackq tokens=2 delims={}" %%G in ("%STATE%\copy.txt") do set "GUID={%%G}"
if not defined GUID call :find
if not defined GUID goto :failed
set "MADE=1"
echo Copied the boot entry of this Windows: %GUID%
:haveentry
>"%STATE%\entry.txt" echo %GUID%
"%SYS%\bcdedit.exe" /debug %GUID% on || goto :rollback
"%SYS%\bcdedit.exe" /dbgsettings serial debugport:1 baudrate:19200 || goto :rollback
echo PoolTag is left alone: this Windows is watched by PoolHitTag.
if exist "%STATE%\pooltag-before.txt" echo NOTE: PoolTag stays as an earlier kit in this folder has set it; undo.cmd puts it back.
echo.
echo Done. Restart this computer and choose the debug entry (COM1, 19200 baud) in the boot menu.
echo To start it once without the menu:  bcdedit /bootsequence %GUID%
echo When the job is done:  undo.cmd, and restart.
exit /b 0

:rollback
if defined MADE "%SYS%\bcdedit.exe" /delete %GUID%
call :restoredbg
echo.
echo If bcdedit says "The value is protected by Secure Boot policy and cannot be modified or deleted":
echo switch Secure Boot off in the firmware for this job, and on again after undo.cmd.
goto :failed

:find
set "GUID="
set "MARKED="
"%SYS%\bcdedit.exe" /enum osloader /v >"%STATE%\find.txt" 2>nul
"%SYS%\find.exe" /n "[livedebug]" <"%STATE%\find.txt" >"%STATE%\marked.txt"
"%SYS%\find.exe" /n "{" <"%STATE%\find.txt" >"%STATE%\guids.txt"
for /f "usebackq tokens=1 delims=[]" %%N in ("%STATE%\marked.txt") do if not defined MARKED set "MARKED=%%N"
if not defined MARKED exit /b 0
for /f "usebackq tokens=1,3 delims=[]{}" %%N in ("%STATE%\guids.txt") do if %%N LSS %MARKED% set "GUID={%%O}"
exit /b 0

:restoredbg
if not exist "%STATE%\dbgsettings-before.txt" exit /b 0
set "BAD="
for %%N in (debugtype debugport baudrate) do call :restoreone %%N delete
for %%N in (channel targetname hostip port key dhcp busparams noumex debugstart) do call :restoreone %%N keep
if defined BAD exit /b 1
"%SYS%\bcdedit.exe" /enum {dbgsettings} >"%STATE%\dbgsettings-now.txt" 2>nul
"%SYS%\fc.exe" "%STATE%\dbgsettings-before.txt" "%STATE%\dbgsettings-now.txt" >nul || echo NOTE: compare dbgsettings-now.txt with dbgsettings-restored.txt in "%STATE%"
move /y "%STATE%\dbgsettings-before.txt" "%STATE%\dbgsettings-restored.txt" >nul
echo The debugger settings are restored.
exit /b 0

:restoreone
set "OLD="
for /f "usebackq tokens=1,*" %%A in ("%STATE%\dbgsettings-before.txt") do if /i "%%A"=="%~1" set "OLD=%%B"
if defined OLD "%SYS%\bcdedit.exe" /set {dbgsettings} %~1 %OLD% >nul || set "BAD=1"
if not defined OLD if "%~2"=="delete" "%SYS%\bcdedit.exe" /deletevalue {dbgsettings} %~1 >nul 2>nul
exit /b 0

:bitlocker
set "BITLOCKER="
if not exist "%SYS%\manage-bde.exe" goto :scriptonly
"%SYS%\manage-bde.exe" -status %SystemDrive% -protectionaserrorlevel >nul 2>&1
set "FOUND=%ERRORLEVEL%"
if "%FOUND%"=="0" set "BITLOCKER=on"& exit /b 0
if not "%FOUND%"=="1" set "BITLOCKER=unknown"& exit /b 0
"%SYS%\manage-bde.exe" -protectors -get %SystemDrive% >nul 2>&1
set "FOUND=%ERRORLEVEL%"
if "%FOUND%"=="0" set "BITLOCKER=suspended"
exit /b 0
:scriptonly
if not exist "%SYS%\manage-bde.wsf" exit /b 0
echo NOTE: if BitLocker protects %SystemDrive%, disable its protectors first, or have the recovery key at hand:
echo   cscript "%SYS%\manage-bde.wsf" -status %SystemDrive%
exit /b 0

:nowrite
echo The folder of this script cannot be written, so what was there before could not be remembered.
echo Copy the whole kit to a local disk of this computer. Nothing was changed.
exit /b 1

:failed
echo.
echo FAILED. PoolTag was not changed by this run. undo.cmd puts back what was there before.
exit /b 1
