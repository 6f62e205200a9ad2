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
set "DESC=Windows with debugger COM1 19200 [livedebug]"
"%SYS%\bootcfg.exe" /query >"%STATE%\bootcfg-now.txt" || goto :failed
if not exist "%STATE%\bootcfg-before.txt" copy /y "%STATE%\bootcfg-now.txt" "%STATE%\bootcfg-before.txt" >nul || goto :failed
if exist "%SystemDrive%\boot.ini" if not exist "%STATE%\boot.ini.before" type "%SystemDrive%\boot.ini" >"%STATE%\boot.ini.before"
set "MADE="
call :find
if defined ID echo The debug entry is there already: number %ID%& goto :haveentry
if not defined SOURCE goto :failed
"%SYS%\bootcfg.exe" /copy /d "%DESC%" /id %SOURCE% || goto :failed
call :find
if not defined ID goto :failed
set "MADE=1"
echo Copied boot entry %SOURCE%; the copy is number %ID%.
:haveentry
"%SYS%\bootcfg.exe" /debug on /port COM2 /baud 115200 /id %ID% || "%SYS%\bootcfg.exe" /debug edit /port COM2 /baud 115200 /id %ID%
if errorlevel 1 goto :rollback
"%SYS%\reg.exe" add "%KEY%" /v PoolTag /t REG_DWORD /d %TAG% /f >nul || goto :failed
echo PoolTag is set to %TAG%.
echo.
echo Done. Restart this computer and choose the debug entry (COM2, 115200 baud) in the boot menu.
echo When the job is done:  undo.cmd, and restart.
exit /b 0

:rollback
if defined MADE "%SYS%\bootcfg.exe" /delete /id %ID%
goto :failed

:find
for %%V in (ID SOURCE MARKED DEFLINE DEFPATH SRCLINE) do set "%%V="
"%SYS%\bootcfg.exe" /query >"%STATE%\find.txt" 2>nul
"%SYS%\find.exe" /n "[livedebug]" <"%STATE%\find.txt" >"%STATE%\marked.txt"
"%SYS%\find.exe" /n "partition(" <"%STATE%\find.txt" >"%STATE%\paths.txt"
"%SYS%\find.exe" /n ":" <"%STATE%\find.txt" >"%STATE%\numbered.txt"
for /f "usebackq tokens=1 delims=[]" %%N in ("%STATE%\marked.txt") do if not defined MARKED set "MARKED=%%N"
if defined MARKED call :number ID %MARKED% 1
for /f "usebackq tokens=1,2,* delims=[]:" %%N in ("%STATE%\paths.txt") do if not defined DEFLINE call :default %%N "%%P"
if not defined DEFPATH exit /b 0
for /f "usebackq tokens=1,2,* delims=[]:" %%N in ("%STATE%\paths.txt") do if %%N GTR %DEFLINE% call :source %%N "%%P"
if defined SRCLINE call :number SOURCE %SRCLINE% 2
exit /b 0

:default
set "DEFLINE=%~1"
for /f "tokens=*" %%W in ("%~2") do set "DEFPATH=%%W"
exit /b 0

:source
if defined SRCLINE exit /b 0
for /f "tokens=*" %%W in ("%~2") do if /i "%%W"=="%DEFPATH%" set "SRCLINE=%~1"
exit /b 0

:number
set /a WANTED=%~2-%~3
set "WORD="
for /f "usebackq tokens=1,2,* delims=[]:" %%N in ("%STATE%\numbered.txt") do if "%%N"=="%WANTED%" for /f %%W in ("%%P") do set "WORD=%%W"
set "%~1="
set "CHECK=0"
set /a CHECK=WORD 2>nul
if %CHECK% GTR 0 set "%~1=%CHECK%"
exit /b 0

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
