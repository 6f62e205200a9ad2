import { EXIT, Fault } from '../fault.js';

/** Ends the name of every entry of ours, in boot.ini and in BCD: how undo knows it. */
export const MARK = '[livedebug]';

/** One line of `[operating systems]`. */
export interface BootEntry {
  /** 1-based. */
  readonly line: number;
  /** The last line of it: a page or a mailer has put switches into lines of their own. */
  readonly last: number;
  /** ARC path or drive path, as written. */
  readonly path: string;
  /** What the boot menu shows; the quotes are not part of it. */
  readonly name: string;
  /** `/fastdetect`, `/debugport=COM1`, as written. */
  readonly switches: readonly string[];
}

/** A boot.ini that was understood. Lines keep their ends, so that they join to the very text. */
export interface BootIni {
  readonly lines: readonly { readonly text: string; readonly end: string }[];
  readonly entries: readonly BootEntry[];
  readonly default: string | undefined;
  readonly timeout: number | undefined;
}

const ARC = /^(?:multi|scsi|signature)\([0-9a-f]+\)disk\(\d+\)rdisk\(\d+\)partition\(\d+\)(?:[\\/][^="]*)?$/i;
/** Meant as the path of a Windows, right or not. */
const ARC_LIKE = /^(?:multi|scsi|signature)\s*\(/i;
const SYSTEMS = 'operating systems';
/** NT 4 on a multiprocessor machine of some vendors has the second name. */
const LOADER = new Set(['boot loader', 'flexboot']);
/** What stands behind `=`: a name in quotes, or one without, and then switches. */
const NAMED = /^(?:"([^"]*)"|([^"/]*))(.*)$/s;

/**
 * Reads a boot.ini of Windows NT 4 to Server 2003. Lines that are no setting and no entry of Windows are somebody else's: NTLDR passes
 * over them, and so does this.
 * @param text decoded as Latin-1, so that every byte of an OEM code page survives
 * @throws Fault `boot-ini` for a text that is no boot.ini, and for an entry of Windows that is damaged, with the number of its line
 */
export function parseBootIni(text: string): BootIni {
  const lines = linesOf(text);
  const entries: BootEntry[] = [];
  const settings = new Map<string, string>();
  const sections = new Set<string>();
  let section = '';
  for (const [index, { text }] of lines.entries()) {
    const line = text.replace(/\x1a.*$/s, '').trim();
    // Words behind a heading do it no harm; a setting there would be lost.
    const heading = /^\[([^\]]*)\][^=]*$/.exec(line)?.[1]?.trim().toLowerCase();
    if (index === 0 && /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(text)) throw reencoded();
    if (line.includes('\0')) throw strange(index, 'zero bytes: is it saved as Unicode? boot.ini is plain text');
    if (line === '' || line.startsWith(';')) continue;
    if (heading !== undefined) {
      if (sections.has(heading) && heading === SYSTEMS) throw strange(index, `a second section [${heading}]`);
      sections.add(heading);
      section = heading;
    } else if (LOADER.has(section)) setting(line, settings);
    else if (section === SYSTEMS) {
      const before = entries.at(-1);
      const entry = entryOf(index, line);
      if (before?.last === index && /^\/[a-z]/i.test(line)) entries.splice(-1, 1, withSwitches(before, line));
      else if (entry) entries.push(entry);
    }
  }
  if (!sections.has(SYSTEMS)) throw strange(lines.length - 1, 'the end, and no section [operating systems] so far');
  const timeout = Number(settings.get('timeout') || Number.NaN);
  return { lines, entries, default: settings.get('default'), timeout: Number.isNaN(timeout) ? undefined : timeout };
}

/**
 * Carriage returns before a line feed belong to it; without one each ends a line. One after the other: a pattern that looks for line
 * ends from every place takes a quadratic time over a run of carriage returns.
 */
function linesOf(text: string): { text: string; end: string }[] {
  const lines: { text: string; end: string }[] = [];
  for (let from = 0; from < text.length; ) {
    let at = from;
    while (at < text.length && text[at] !== '\r' && text[at] !== '\n') at++;
    let end = at;
    while (text[end] === '\r') end++;
    const line = text.slice(from, at);
    if (text[end] === '\n' || end === at) lines.push({ text: line, end: text.slice(at, ++end) });
    else for (let i = at; i < end; i++) lines.push({ text: i === at ? line : '', end: '\r' });
    from = end;
  }
  return lines;
}

function setting(line: string, settings: Map<string, string>): void {
  const equals = line.indexOf('=');
  const key = line.slice(0, Math.max(0, equals)).trim().toLowerCase();
  if (key !== '') settings.set(key, line.slice(equals + 1).trim());
}

/** @returns undefined for a line that is no boot entry */
function entryOf(index: number, line: string): BootEntry | undefined {
  const equals = line.indexOf('=');
  if (equals < 1) return undefined;
  const path = line.slice(0, equals).trim();
  const [, quoted, bare = '', behind = ''] = NAMED.exec(line.slice(equals + 1).trim()) ?? [];
  const words = behind.split(/\s/).filter((word) => word !== '');
  // An entry of Windows that cannot be read must not be copied half; of any other the line stays as it is.
  if (ARC_LIKE.test(path) && (!ARC.test(path) || !words.every((word) => /^\/\S/.test(word))))
    throw strange(index, 'no boot entry of the form path="name" /switches');
  return { line: index + 1, last: index + 1, path, name: quoted ?? bare.trim(), switches: switchesOf(behind) };
}

function withSwitches(entry: BootEntry, line: string): BootEntry {
  return { ...entry, last: entry.last + 1, switches: [...entry.switches, ...switchesOf(line)] };
}

function switchesOf(text: string): string[] {
  return text.split(/\s+|(?=\/)/).filter((word) => word !== '');
}

/** Whether an entry starts Windows NT itself, not another system's boot sector. */
export function startsWindows(entry: BootEntry): boolean {
  return ARC.test(entry.path);
}

/** Whether the entry is one that this program added. */
export function isOurs(entry: BootEntry): boolean {
  return entry.name.endsWith(MARK);
}

/** The value of a switch, compared without case: `''` if it has none, undefined if it is not there. */
export function switchOf(entry: BootEntry, name: string): string | undefined {
  const found = entry.switches.find((word) => word.toLowerCase().split(/[=:]/)[0] === `/${name}`);
  return found?.slice(name.length + 1).replace(/^[=:]/, '');
}

// NTLDR reads bytes: a file that begins with such a mark cannot be the target's own.
function reencoded(): Fault {
  return new Fault(
    'boot-ini',
    EXIT.usage,
    'boot.ini begins with the mark of Unicode: an editor has saved it anew, and NTLDR reads plain bytes.',
    'Nothing was changed. Copy the file itself from the target, or save it as ANSI.',
  );
}

function strange(index: number, what: string): Fault {
  return new Fault(
    'boot-ini',
    EXIT.usage,
    `boot.ini, line ${index + 1}: ${what}.`,
    'Nothing was changed. Give the file as it is on the target, or add the entry there with bootcfg.',
  );
}
