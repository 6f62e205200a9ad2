import { EXIT, Fault } from '../fault.js';
import { type BootEntry, type BootIni, isOurs, MARK, parseBootIni, startsWindows, switchOf } from './boot-ini.js';

/** How the target's debugger port is set up. */
export interface DebugPort {
  /** 1 for COM1. */
  readonly port: number;
  readonly baud: number;
}

/** A boot.ini with the debug entry in it. */
export interface BootIniEdit {
  readonly text: string;
  /** False where the very entry was there before: then the text is unchanged. */
  readonly changed: boolean;
  /** The entry that was copied. */
  readonly source: BootEntry;
  readonly warnings: readonly string[];
}

/** NTLDR reads no more than ten entries. Source: MAX_SELECTIONS of its menu. */
const MENU_LIMIT = 10;
const DEBUG_SWITCHES = ['debug', 'nodebug', 'crashdebug', 'debugport', 'baudrate'];

/**
 * Adds a copy of the default entry with debugging on, right behind it: the default names a path, and the first entry
 * with that path is what it starts. Every other byte stays. An entry of ours with other settings is replaced.
 * @param text decoded as Latin-1
 * @param description what the menu shows; the mark is put behind it
 * @throws Fault `boot-ini…`
 */
export function addDebugEntry(text: string, { port, baud }: DebugPort, description?: string): BootIniEdit {
  const bare = removeDebugEntry(text);
  const ini = parseBootIni(bare);
  const source = sourceOf(ini);
  const name = `${description ?? `${source.name.trim()} debug COM${port} ${baud}`} ${MARK}`;
  const kept = source.switches.filter(
    (word) => !DEBUG_SWITCHES.includes(word.slice(1).toLowerCase().split(/[=:]/)[0] ?? ''),
  );
  const switches = [...kept, '/debug', `/debugport=COM${port}`, `/baudrate=${baud}`];
  const added = `${source.path}="${name}" ${switches.join(' ')}`;
  const end = ini.lines.find((line) => line.end !== '')?.end ?? '\r\n';
  const edited = ini.lines
    .map((line, i) => `${line.text}${i === source.last - 1 ? `${end}${added}` : ''}${line.end}`)
    .join('');
  return { text: edited, changed: edited !== text, source, warnings: warningsOf(ini, source, port) };
}

/** Takes every entry of ours out; the text is then what it was before `addDebugEntry`. @throws Fault `boot-ini` */
export function removeDebugEntry(text: string): string {
  const { lines, entries } = parseBootIni(text);
  const ours = new Set(entries.filter(isOurs).map((entry) => entry.line - 1));
  const kept: { text: string; end: string }[] = [];
  for (const [index, line] of lines.entries()) {
    const before = kept.at(-1);
    // What was put in is a line end and our line, behind the text of the line before: that is what goes.
    if (ours.has(index) && before) before.end = line.end;
    else kept.push({ text: ours.has(index) ? '' : line.text, end: line.end });
  }
  return kept.map(({ text, end }) => text + end).join('');
}

function sourceOf(ini: BootIni): BootEntry {
  const wanted = ini.default?.toLowerCase();
  const windows = ini.entries.filter(startsWindows);
  const source = windows.find((entry) => entry.path.toLowerCase() === wanted) ?? windows[0];
  if (source) return source;
  throw new Fault(
    'boot-ini-no-windows',
    EXIT.usage,
    'boot.ini has no entry that starts Windows NT, 2000, XP or Server 2003.',
    'Nothing was changed. Give the boot.ini of the target itself.',
  );
}

function warningsOf(ini: BootIni, source: BootEntry, port: number): string[] {
  const warnings: string[] = [];
  if (source.path.toLowerCase() !== ini.default?.toLowerCase())
    warnings.push(
      `default= does not name a Windows entry of this file; the entry in line ${source.line} was copied instead.`,
    );
  if (switchOf(source, '3gb') !== undefined || switchOf(source, 'userva') !== undefined)
    warnings.push(
      'The entry has /3GB or /userva: special pool does not work with them. Remove them from the copy for this job.',
    );
  if (switchOf(source, 'redirect') !== undefined)
    warnings.push(`The entry has /redirect: Emergency Management Services must not use COM${port} too.`);
  if (ini.timeout === 0)
    warnings.push('timeout=0: the boot menu is not shown. Raise it, or the copy cannot be chosen.');
  if (ini.entries.length >= MENU_LIMIT)
    warnings.push(`The file has ${ini.entries.length} entries already; the boot menu shows the first ${MENU_LIMIT}.`);
  return warnings;
}
