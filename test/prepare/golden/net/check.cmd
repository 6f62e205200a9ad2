@echo off
rem livedebug: show what is set up on this computer. Runs on the target.
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
set "BAD="
echo Wanted: tag 'Ddk ', host 10.0.0.5, UDP port 50000.
echo.
"%SYS%\reg.exe" query "%KEY%" /v PoolTag
"%SYS%\reg.exe" query "%KEY%" /v PoolTag 2>nul | "%SYS%\find.exe" /i "%TAG%" >nul
if errorlevel 1 echo PoolTag is NOT %TAG%.& set "BAD=1"
echo.
"%SYS%\bcdedit.exe" /enum all | "%SYS%\findstr.exe" /i /l /c:"[livedebug]"
if errorlevel 1 echo The debug entry is NOT there.& set "BAD=1"
echo.
"%SYS%\bcdedit.exe" /dbgsettings | "%SYS%\findstr.exe" /v /i /l /b /c:"key "
"%SYS%\bcdedit.exe" /dbgsettings | "%SYS%\findstr.exe" /i /l /b /c:"port " | "%SYS%\findstr.exe" /l /c:"50000" >nul
if errorlevel 1 echo The debugger's port is NOT 50000.& set "BAD=1"
echo.
echo How this Windows was started:
"%SYS%\reg.exe" query "HKLM\SYSTEM\CurrentControlSet\Control" /v SystemStartOptions | "%SYS%\findstr.exe" /i /l /c:" DEBUG" >nul
if errorlevel 1 (echo It was started WITHOUT debugging: restart and choose the debug entry.& set "BAD=1") else echo With debugging.
echo.
if defined BAD exit /b 1
echo All is set up.
exit /b 0
