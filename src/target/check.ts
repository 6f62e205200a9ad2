import { type BcdObject, isOn, parseBcdListing } from './bcd-listing.js';
import { type BootEntry, isOurs, MARK, parseBootIni, startsWindows, switchOf } from './boot-ini.js';
import type { DebugPort } from './boot-ini-edit.js';

/** One thing looked at. */
export interface Finding {
  readonly ok: boolean;
  readonly text: string;
}

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
      ? bad(`It names no /debugport: older Windows takes COM2 if there is one. Wanted: /debugport=COM${wanted.port}.`)
      : compare('port', port.toUpperCase(), `COM${wanted.port}`),
    baud === undefined
      ? bad(`It names no /baudrate, and the default differs by Windows version. Wanted: /baudrate=${wanted.baud}.`)
      : compare('rate', baud, String(wanted.baud)),
    ...(switchOf(entry, '3gb') === undefined ? [] : [bad('It has /3GB: special pool does not work with that.')]),
  ];
}

function hasDebug(entry: BootEntry): boolean {
  const has = (name: string): boolean => switchOf(entry, name) !== undefined;
  // /debugport and /baudrate imply /debug; /crashdebug connects at a bug check only.
  return !has('nodebug') && !has('crashdebug') && (has('debug') || has('debugport') || has('baudrate'));
}

/** Looks in a saved `bcdedit /enum all` for the debug entry and its serial settings. */
export function checkBcdListing(text: string, wanted: DebugPort): Finding[] {
  const objects = parseBcdListing(text);
  if (objects.length === 0) return [bad('This is no listing of bcdedit. Save one with: bcdedit /enum all > bcd.txt')];
  return [...entryFindings(objects), ...settingsFindings(objects, wanted)];
}

function entryFindings(objects: readonly BcdObject[]): Finding[] {
  const debugged = objects.filter((object) => object.has('osdevice') && isOn(object.get('debug')) === true);
  const unclear = objects.find((object) => object.has('debug') && isOn(object.get('debug')) === undefined);
  const entry = debugged.find((object) => object.get('description')?.endsWith(MARK)) ?? debugged[0];
  if (entry) return [good(`'${entry.get('description')}' ${entry.get('identifier')} starts with debugging.`)];
  if (unclear)
    return [
      bad(`debug is '${unclear.get('debug')}' in '${unclear.get('description')}': a word this program does not know.`),
    ];
  return [bad('No entry of Windows has debug Yes: the target starts without a kernel debugger.')];
}

function settingsFindings(objects: readonly BcdObject[], wanted: DebugPort): Finding[] {
  const settings = objects.find(
    (object) => object.get('identifier')?.toLowerCase() === '{dbgsettings}' || object.has('debugtype'),
  );
  if (!settings) return [bad('The listing has no {dbgsettings}. Save all of it: bcdedit /enum all > bcd.txt')];
  const type = settings.get('debugtype') ?? 'nothing';
  if (type.toLowerCase() !== 'serial')
    return [
      bad(
        `debugtype is ${type}, not Serial: run bcdedit /dbgsettings serial debugport:${wanted.port} baudrate:${wanted.baud}`,
      ),
    ];
  return [
    compare('port', `COM${settings.get('debugport') ?? '1'}`, `COM${wanted.port}`),
    compare('rate', settings.get('baudrate') ?? '115200', String(wanted.baud)),
  ];
}

function compare(what: string, found: string, wanted: string): Finding {
  return found === wanted
    ? good(`The ${what} is ${found}.`)
    : bad(`The ${what} is ${found}; the session wants ${wanted}.`);
}

function good(text: string): Finding {
  return { ok: true, text };
}

function bad(text: string): Finding {
  return { ok: false, text };
}
