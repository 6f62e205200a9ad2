@echo off
rem livedebug: put this computer back as it was. Runs on the target.
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
set "ROUNDS=0"
set "OPEN="
if not exist "%STATE%\" mkdir "%STATE%"
>"%STATE%\writable.tmp" echo yes || goto :nowrite
if not exist "%STATE%\writable.tmp" goto :nowrite
del "%STATE%\writable.tmp"
set "TYPE="
set "DATA="
if not exist "%STATE%\pooltag-before.txt" goto :notagmemory
for /f "usebackq tokens=1,*" %%A in ("%STATE%\pooltag-before.txt") do (set "TYPE=%%A"& set "DATA=%%B")
if not defined TYPE goto :failed
if "%TYPE%"=="absent" goto :tagwasabsent
"%SYS%\reg.exe" add "%KEY%" /v PoolTag /t %TYPE% /d "%DATA%" /f >nul || goto :failed
echo PoolTag is %DATA% again.
goto :tagrestored
:tagwasabsent
"%SYS%\reg.exe" query "%KEY%" /v PoolTag >nul 2>&1 || goto :tagisabsent
"%SYS%\reg.exe" delete "%KEY%" /v PoolTag /f >nul || goto :failed
:tagisabsent
echo PoolTag is removed; it was not there before.
:tagrestored
move /y "%STATE%\pooltag-before.txt" "%STATE%\pooltag-restored.txt" >nul || goto :failed
goto :tagdone
:notagmemory
"%SYS%\reg.exe" query "%KEY%" /v PoolTag 2>nul | "%SYS%\find.exe" /i "%TAG%" >nul
if errorlevel 1 echo PoolTag: nothing of this kit is there. & goto :tagdone
if /i "%~1"=="/delete" (
  "%SYS%\reg.exe" delete "%KEY%" /v PoolTag /f >nul || goto :failed
  echo PoolTag is removed.
  goto :tagdone
)
echo PoolTag is %TAG%, but this folder does not remember what was there before on this computer.
echo If prepare.cmd has run from another folder, run undo.cmd there. To remove the value:  undo.cmd /delete
set "OPEN=1"
:tagdone
:nextentry
call :find
if not defined GUID goto :entriesgone
"%SYS%\bcdedit.exe" /delete %GUID% || goto :failed
echo Deleted the debug entry %GUID%.
set /a ROUNDS+=1
if %ROUNDS% GEQ 20 goto :failed
goto :nextentry
:entriesgone
echo No boot entry of this kit is left.
call :restoredbg || goto :failed
if exist "%STATE%\entry.txt" del "%STATE%\entry.txt"
if exist "%STATE%\bcd-now.txt" del "%STATE%\bcd-now.txt"
if not exist "%HERE%kdnet-key.txt" goto :keygone
del "%HERE%kdnet-key.txt"
if exist "%HERE%kdnet-key.txt" echo NOTE: kdnet-key.txt could not be deleted. Delete it, it holds the key.& goto :keygone
echo kdnet-key.txt is deleted: the key is no longer on this computer.
:keygone
echo.
call :bitlocker
if "%BITLOCKER%"=="on" echo BitLocker protects %SystemDrive%. If it was resumed while the debug entry ran, it may ask for the recovery key now: to be safe, before the restart:  manage-bde -protectors -disable %SystemDrive%
if "%BITLOCKER%"=="suspended" echo BitLocker is suspended. After the restart:  manage-bde -protectors -enable %SystemDrive%
if defined OPEN echo Not everything is undone, see above.& exit /b 1
echo Done. Restart this computer; until then it runs as it was started.
exit /b 0

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

:nowrite
echo The folder of this script cannot be written, so what was there before could not be remembered.
echo Copy the whole kit to a local disk of this computer. Nothing was changed.
exit /b 1

:failed
echo.
echo FAILED. Run undo.cmd again; what is restored already stays restored.
exit /b 1
