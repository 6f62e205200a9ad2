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
if not exist "%SystemDrive%\boot.ini" goto :otherbootini
type "%SystemDrive%\boot.ini" >"%STATE%\boot.ini.now" || goto :failed
"%SYS%\fc.exe" /b "%STATE%\boot.ini.now" "%HERE%boot.ini.original" >nul && goto :bootinidone
"%SYS%\fc.exe" /b "%STATE%\boot.ini.now" "%HERE%boot.ini.new" >nul || goto :otherbootini
"%SYS%\attrib.exe" -r -h -s "%SystemDrive%\boot.ini" || goto :failed
copy /b /y "%HERE%boot.ini.original" "%SystemDrive%\boot.ini" >nul
set "COPIED=%ERRORLEVEL%"
"%SYS%\attrib.exe" +r +h +s "%SystemDrive%\boot.ini"
if not "%COPIED%"=="0" goto :failed
:bootinidone
echo boot.ini is boot.ini.original.
echo.
if defined OPEN echo Not everything is undone, see above.& exit /b 1
echo Done. Restart this computer; until then it runs as it was started.
exit /b 0

:otherbootini
echo boot.ini of this computer is not the file that this kit was made from. It was left alone.
echo On the host: livedebug target prepare or undo, with --boot-ini and a fresh copy of it.
goto :failed

:nowrite
echo The folder of this script cannot be written, so what was there before could not be remembered.
echo Copy the whole kit to a local disk of this computer. Nothing was changed.
exit /b 1

:failed
echo.
echo FAILED. Run undo.cmd again; what is restored already stays restored.
exit /b 1
