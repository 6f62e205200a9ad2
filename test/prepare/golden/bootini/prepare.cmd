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
if not exist "%SystemDrive%\boot.ini" goto :otherbootini
type "%SystemDrive%\boot.ini" >"%STATE%\boot.ini.now" || goto :failed
"%SYS%\fc.exe" /b "%STATE%\boot.ini.now" "%HERE%boot.ini.new" >nul && goto :bootinidone
"%SYS%\fc.exe" /b "%STATE%\boot.ini.now" "%HERE%boot.ini.original" >nul || goto :otherbootini
"%SYS%\attrib.exe" -r -h -s "%SystemDrive%\boot.ini" || goto :failed
copy /b /y "%HERE%boot.ini.new" "%SystemDrive%\boot.ini" >nul
set "COPIED=%ERRORLEVEL%"
"%SYS%\attrib.exe" +r +h +s "%SystemDrive%\boot.ini"
if not "%COPIED%"=="0" goto :failed
:bootinidone
echo boot.ini is boot.ini.new.
"%SYS%\reg.exe" add "%KEY%" /v PoolTag /t REG_DWORD /d %TAG% /f >nul || goto :failed
echo PoolTag is set to %TAG%.
echo.
echo Done. Restart this computer and choose the debug entry (COM1, 19200 baud) in the boot menu.
echo When the job is done:  undo.cmd, and restart.
exit /b 0

:otherbootini
echo boot.ini of this computer is not the file that this kit was made from. It was left alone.
echo On the host: livedebug target prepare or undo, with --boot-ini and a fresh copy of it.
goto :failed

:keeptag
for /f "usebackq tokens=1,2,*" %%A in ("%STATE%\pooltag-query.txt") do if /i "%%A"=="PoolTag" >"%STATE%\pooltag-before.tmp" echo %%B %%C
exit /b 0

:nowrite
echo The folder of this script cannot be written, so what was there before could not be remembered.
echo Copy the whole kit to a local disk of this computer. Nothing was changed.
exit /b 1

:failed
echo.
echo FAILED. PoolTag was not changed by this run. undo.cmd puts back what was there before.
exit /b 1
