/** Text as `echo` of a batch file prints it: what cmd would act on is escaped. Control characters are not for echo. */
export function echoText(text: string): string {
  return text.replaceAll('%', '%%').replace(/[\^&|<>()"]/g, '^$&');
}

/** Text within `set "NAME=…"` of a batch file, where only the percent sign acts. It must hold no quote. */
export function quotedText(text: string): string {
  return text.replaceAll('%', '%%');
}

/** A batch file: lines joined by CRLF, without which cmd loses labels. */
export function script(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join('');
}

/** `echo` lines; an empty text is an empty line. */
export function echoLine(...texts: readonly string[]): string[] {
  return texts.map((text) => (text === '' ? 'echo.' : `echo ${echoText(text)}`));
}

/**
 * The top of every script: names, the real System32 (a 32-bit cmd sees another), and the administrator check.
 * `STATE` is one folder per computer beside the script, so that one USB stick can serve several.
 */
export function preamble(title: string, dword: string, key: string): string[] {
  return [
    '@echo off',
    `rem livedebug: ${title}. Runs on the target.`,
    'setlocal EnableExtensions DisableDelayedExpansion',
    'set "HERE=%~dp0"',
    'set "STATE=%~dp0state-%COMPUTERNAME%"',
    `set "KEY=${key}"`,
    `set "TAG=${dword}"`,
    'set "SYS=%SystemRoot%\\System32"',
    'if defined PROCESSOR_ARCHITEW6432 if exist "%SystemRoot%\\Sysnative\\cmd.exe" set "SYS=%SystemRoot%\\Sysnative"',
    '"%SYS%\\reg.exe" query "HKU\\S-1-5-19" >nul 2>&1 || "%SYS%\\fsutil.exe" dirty query %SystemDrive% >nul 2>&1',
    'if errorlevel 1 (',
    '  echo This needs an administrator: open a command prompt with "Run as administrator",',
    '  echo and start this script there. Nothing was changed.',
    '  exit /b 2',
    ')',
  ];
}

/** Makes the state folder, and proves that it can be written. */
export function stateFolder(): string[] {
  return [
    'if not exist "%STATE%\\" mkdir "%STATE%"',
    '>"%STATE%\\writable.tmp" echo yes || goto :nowrite',
    'if not exist "%STATE%\\writable.tmp" goto :nowrite',
    'del "%STATE%\\writable.tmp"',
  ];
}

/** The endings that scripts jump to. `undone` says what a failure leaves. */
export function endings(undone: string): string[] {
  return [
    ':nowrite',
    'echo The folder of this script cannot be written, so what was there before could not be remembered.',
    'echo Copy the whole kit to a local disk of this computer. Nothing was changed.',
    'exit /b 1',
    '',
    ':failed',
    'echo.',
    ...echoLine(`FAILED. ${undone}`),
    'exit /b 1',
  ];
}
