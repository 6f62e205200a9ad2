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
set "KDKEY="
if exist "%HERE%kdnet-key.txt" for /f "usebackq tokens=1" %%K in ("%HERE%kdnet-key.txt") do set "KDKEY=%%K"
if not defined KDKEY goto :nokey
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
if exist "%STATE%\pooltag-before.txt" goto :tagremembered
"%SYS%\reg.exe" query "%KEY%" >nul || goto :failed
if not exist "%STATE%\memory-management-before.reg" "%SYS%\reg.exe" export "%KEY%" "%STATE%\memory-management-before.reg" >nul
if exist "%STATE%\pooltag-before.tmp" del "%STATE%\pooltag-before.tmp"
"%SYS%\reg.exe" query "%KEY%" /v PoolTag >"%STATE%\pooltag-query.txt" 2>nul
if errorlevel 1 (>"%STATE%\pooltag-before.tmp" echo absent) else call :keeptag
if not exist "%STATE%\pooltag-before.tmp" goto :failed
move /y "%STATE%\pooltag-before.tmp" "%STATE%\pooltag-before.txt" >nul || goto :failed
:tagremembered
set "DESC=Windows with debugger net 50000 [livedebug]"
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
if exist "%STATE%\bcd-now.txt" del "%STATE%\bcd-now.txt"
"%SYS%\bcdedit.exe" /dbgsettings net hostip:10.0.0.5 port:50000 key:%KDKEY% >nul || goto :rollback
echo This computer will ask 10.0.0.5, UDP port 50000, for a debugger.
"%SYS%\reg.exe" add "%KEY%" /v PoolTag /t REG_DWORD /d %TAG% /f >nul || goto :failed
echo PoolTag is set to %TAG%.
echo.
echo Done. Restart this computer and choose the debug entry (network, UDP port 50000) in the boot menu.
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
for %%N in (debugtype hostip port key) do call :oldvalue %%N
if /i not "%OLD_debugtype%"=="net" goto :restoreeach
if not defined OLD_hostip goto :restoreeach
if not defined OLD_port goto :restoreeach
if not defined OLD_key goto :restoreeach
"%SYS%\bcdedit.exe" /dbgsettings net hostip:%OLD_hostip% port:%OLD_port% key:%OLD_key% >nul || set "BAD=1"
:restoreeach
"%SYS%\bcdedit.exe" /enum {dbgsettings} >"%STATE%\dbgsettings-now.txt" 2>nul
for %%N in (debugtype hostip hostipv6 port key dhcp debugport baudrate channel targetname busparams noumex debugstart) do call :restoreone %%N
if defined BAD exit /b 1
"%SYS%\bcdedit.exe" /enum {dbgsettings} >"%STATE%\dbgsettings-now.txt" 2>nul
"%SYS%\fc.exe" "%STATE%\dbgsettings-before.txt" "%STATE%\dbgsettings-now.txt" >nul || echo NOTE: compare dbgsettings-now.txt with dbgsettings-restored.txt in "%STATE%"
move /y "%STATE%\dbgsettings-before.txt" "%STATE%\dbgsettings-restored.txt" >nul
echo The debugger settings are restored.
exit /b 0

:oldvalue
set "OLD_%~1="
for /f "usebackq tokens=1,*" %%A in ("%STATE%\dbgsettings-before.txt") do if /i "%%A"=="%~1" set "OLD_%~1=%%B"
exit /b 0

:restoreone
set "OLD="
set "NOW="
for /f "usebackq tokens=1,*" %%A in ("%STATE%\dbgsettings-before.txt") do if /i "%%A"=="%~1" set "OLD=%%B"
for /f "usebackq tokens=1,*" %%A in ("%STATE%\dbgsettings-now.txt") do if /i "%%A"=="%~1" set "NOW=%%B"
if "%OLD%"=="%NOW%" exit /b 0
if defined OLD if /i "%~1"=="dhcp" set "OLD=off"
if defined OLD "%SYS%\bcdedit.exe" /set {dbgsettings} %~1 %OLD% >nul || set "BAD=1"
if not defined OLD "%SYS%\bcdedit.exe" /deletevalue {dbgsettings} %~1 >nul || set "BAD=1"
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

:keeptag
for /f "usebackq tokens=1,2,*" %%A in ("%STATE%\pooltag-query.txt") do if /i "%%A"=="PoolTag" >"%STATE%\pooltag-before.tmp" echo %%B %%C
exit /b 0

:nokey
echo kdnet-key.txt is not beside this script: undo.cmd has deleted it, or it was not copied. Nothing was changed.
echo On the host: livedebug target prepare --net writes another kit, with another key.
exit /b 1

:nowrite
echo The folder of this script cannot be written, so what was there before could not be remembered.
echo Copy the whole kit to a local disk of this computer. Nothing was changed.
exit /b 1

:failed
echo.
echo FAILED. PoolTag was not changed by this run. undo.cmd puts back what was there before.
exit /b 1
