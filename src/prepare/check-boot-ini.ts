import { type BootEntry, isOurs, parseBootIni, startsWindows, switchOf } from './boot-ini.js';
import type { DebugPort } from './boot-ini-edit.js';
import { bad, compare, type Finding, good } from './findings.js';

/** Looks in a boot.ini for an entry with which the session can work. @throws Fault `boot-ini` */
export function checkBootIni(text: string, wanted: DebugPort): Finding[] {
  const windows = parseBootIni(text).entries.filter(startsWindows);
  const debugged = windows.filter(hasDebug);
  if (debugged.length === 0) return [bad('No Windows entry has /debug: the target starts without a kernel debugger.')];
  const marked = debugged.filter(isOurs);
  const [entry = debugged[0] as BootEntry] = marked;
  const port = switchOf(entry, 'debugport');
  const baud = switchOf(entry, 'baudrate');
  return [
    good(
      `Line ${entry.line} starts '${entry.name}' with debugging${marked.length > 0 ? '' : ', though not added by this program'}.`,
    ),
    port === undefined
      ? bad(`It has no /debugport: older Windows takes COM2 if there is one. Wanted: /debugport=COM${wanted.port}.`)
      : compare('port', port.toUpperCase(), `COM${wanted.port}`),
    baud === undefined
      ? bad(`It has no /baudrate, and the default differs by Windows version. Wanted: /baudrate=${wanted.baud}.`)
      : compare('rate', baud, String(wanted.baud)),
    ...(switchOf(entry, '3gb') === undefined ? [] : [bad('It has /3GB: special pool does not work with that.')]),
  ];
}

function hasDebug(entry: BootEntry): boolean {
  const has = (name: string): boolean => switchOf(entry, name) !== undefined;
  // /debugport and /baudrate imply /debug; /crashdebug connects at a bug check only.
  return !has('nodebug') && !has('crashdebug') && (has('debug') || has('debugport') || has('baudrate'));
}
