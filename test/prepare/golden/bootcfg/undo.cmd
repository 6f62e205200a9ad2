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
if not defined ID goto :entriesgone
"%SYS%\bootcfg.exe" /delete /id %ID% || goto :failed
echo Deleted the debug entry, number %ID%.
set /a ROUNDS+=1
if %ROUNDS% GEQ 20 goto :failed
goto :nextentry
:entriesgone
echo No boot entry of this kit is left.
echo.
if defined OPEN echo Not everything is undone, see above.& exit /b 1
echo Done. Restart this computer; until then it runs as it was started.
exit /b 0

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

:nowrite
echo The folder of this script cannot be written, so what was there before could not be remembered.
echo Copy the whole kit to a local disk of this computer. Nothing was changed.
exit /b 1

:failed
echo.
echo FAILED. Run undo.cmd again; what is restored already stays restored.
exit /b 1
