/** Remembers PoolTag as it was, once: a second run of prepare must not take our own value for the original. */
export function rememberPoolTag(): string[] {
  return [
    'if exist "%STATE%\\pooltag-before.txt" goto :tagremembered',
    '"%SYS%\\reg.exe" query "%KEY%" >nul || goto :failed',
    'if not exist "%STATE%\\memory-management-before.reg" "%SYS%\\reg.exe" export "%KEY%" "%STATE%\\memory-management-before.reg" >nul',
    'if exist "%STATE%\\pooltag-before.tmp" del "%STATE%\\pooltag-before.tmp"',
    '"%SYS%\\reg.exe" query "%KEY%" /v PoolTag >"%STATE%\\pooltag-query.txt" 2>nul',
    'if errorlevel 1 (>"%STATE%\\pooltag-before.tmp" echo absent) else call :keeptag',
    'if not exist "%STATE%\\pooltag-before.tmp" goto :failed',
    'move /y "%STATE%\\pooltag-before.tmp" "%STATE%\\pooltag-before.txt" >nul || goto :failed',
    ':tagremembered',
  ];
}

/** Subroutine of the above. */
export function keepTag(): string[] {
  return [
    ':keeptag',
    'for /f "usebackq tokens=1,2,*" %%A in ("%STATE%\\pooltag-query.txt") do if /i "%%A"=="PoolTag" >"%STATE%\\pooltag-before.tmp" echo %%B %%C',
    'exit /b 0',
  ];
}

/** Sets PoolTag. */
export function setPoolTag(): string[] {
  return [
    '"%SYS%\\reg.exe" add "%KEY%" /v PoolTag /t REG_DWORD /d %TAG% /f >nul || goto :failed',
    'echo PoolTag is set to %TAG%.',
  ];
}

/** What a kit that needs no PoolTag says where an earlier one in the same folder has set it. */
export function earlierPoolTag(): string[] {
  return [
    'if exist "%STATE%\\pooltag-before.txt" echo NOTE: PoolTag stays as an earlier kit in this folder has set it; undo.cmd puts it back.',
  ];
}

/**
 * Puts PoolTag back: the old value, or none. Without a memory it is only removed on demand (`undo.cmd /delete`).
 * @param foreign this kit sets no PoolTag: what one in the same folder has set is put back, of any other it is said that it is there
 */
export function restorePoolTag(foreign: boolean): string[] {
  return [
    'set "TYPE="',
    'set "DATA="',
    'if not exist "%STATE%\\pooltag-before.txt" goto :notagmemory',
    'for /f "usebackq tokens=1,*" %%A in ("%STATE%\\pooltag-before.txt") do (set "TYPE=%%A"& set "DATA=%%B")',
    'if not defined TYPE goto :failed',
    'if "%TYPE%"=="absent" goto :tagwasabsent',
    '"%SYS%\\reg.exe" add "%KEY%" /v PoolTag /t %TYPE% /d "%DATA%" /f >nul || goto :failed',
    'echo PoolTag is %DATA% again.',
    'goto :tagrestored',
    ':tagwasabsent',
    '"%SYS%\\reg.exe" query "%KEY%" /v PoolTag >nul 2>&1 || goto :tagisabsent',
    '"%SYS%\\reg.exe" delete "%KEY%" /v PoolTag /f >nul || goto :failed',
    ':tagisabsent',
    'echo PoolTag is removed; it was not there before.',
    ':tagrestored',
    'move /y "%STATE%\\pooltag-before.txt" "%STATE%\\pooltag-restored.txt" >nul || goto :failed',
    'goto :tagdone',
    ':notagmemory',
    '"%SYS%\\reg.exe" query "%KEY%" /v PoolTag 2>nul | "%SYS%\\find.exe" /i "%TAG%" >nul',
    foreign
      ? 'if errorlevel 1 goto :tagdone'
      : 'if errorlevel 1 echo PoolTag: nothing of this kit is there. & goto :tagdone',
    'if /i "%~1"=="/delete" (',
    '  "%SYS%\\reg.exe" delete "%KEY%" /v PoolTag /f >nul || goto :failed',
    '  echo PoolTag is removed.',
    '  goto :tagdone',
    ')',
    'echo PoolTag is %TAG%, but this folder does not remember what was there before on this computer.',
    'echo If prepare.cmd has run from another folder, run undo.cmd there. To remove the value:  undo.cmd /delete',
    ...(foreign ? [] : ['set "OPEN=1"']),
    ':tagdone',
  ];
}
