import { EXIT, Fault } from '../fault.js';

/** Ends the name of every entry of ours, in boot.ini and in BCD: how undo knows it. */
export const MARK = '[livedebug]';

/** One line of `[operating systems]`. */
export interface BootEntry {
  /** 1-based. */
  readonly line: number;
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

const ARC = /^(?:multi|scsi|signature)\([0-9a-f]+\)disk\(\d+\)rdisk\(\d+\)partition\(\d+\)(?:\\[^="]*)?$/i;
const DRIVE = /^[a-z]:\\[^="]*$/i;
/** What stands behind `=`: a name in quotes, or one without, and then switches. */
const NAMED = /^(?:"([^"]*)"|([^"/]*))(.*)$/s;

/**
 * Reads a boot.ini of Windows NT 4 to Server 2003.
 * @param text decoded as Latin-1, so that every byte of an OEM code page survives
 * @throws Fault `boot-ini` with the number of the first line that is not understood
 */
export function parseBootIni(text: string): BootIni {
  const lines = [...text.matchAll(/([^\r\n]*)(\r*\n|\r|$)/g)].map(([, text = '', end = '']) => ({ text, end }));
  if (lines.at(-1)?.text === '' && lines.at(-1)?.end === '') lines.pop();
  const entries: BootEntry[] = [];
  const settings = new Map<string, string>();
  const sections = new Set<string>();
  let section = '';
  for (const [index, { text }] of lines.entries()) {
    const line = text.replace(/\x1a.*$/s, '').trim();
    const heading = /^\[([^\]]*)\]$/.exec(line)?.[1]?.trim().toLowerCase();
    if (index === 0 && /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/.test(text)) throw reencoded();
    if (line.includes('\0')) throw strange(index, 'zero bytes: is it saved as Unicode? boot.ini is plain text');
    if (line === '' || line.startsWith(';')) continue;
    if (heading !== undefined) {
      if (sections.has(heading)) throw strange(index, `a second section [${heading}]`);
      sections.add(heading);
      section = heading;
    } else if (section === 'boot loader') {
      const [, key, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? [];
      if (key === undefined || value === undefined) throw strange(index, 'no setting of the form name=value');
      settings.set(key.toLowerCase(), value);
    } else if (section === 'operating systems') entries.push(entryOf(index, line));
    else if (section === '') throw strange(index, 'text before the first section');
  }
  if (!sections.has('operating systems'))
    throw strange(lines.length - 1, 'the end, and no section [operating systems] so far');
  const timeout = Number(settings.get('timeout') || Number.NaN);
  return { lines, entries, default: settings.get('default'), timeout: Number.isNaN(timeout) ? undefined : timeout };
}

function entryOf(index: number, line: string): BootEntry {
  const equals = line.indexOf('=');
  const path = line.slice(0, Math.max(0, equals)).trim();
  const [, quoted, bare = '', behind = ''] = NAMED.exec(line.slice(equals + 1).trim()) ?? [];
  const words = behind.split(/\s/).filter((word) => word !== '');
  if (!(ARC.test(path) || DRIVE.test(path)) || !words.every((word) => /^\/\S/.test(word)))
    throw strange(index, 'no boot entry of the form path="name" /switches');
  const switches = words.flatMap((word) => word.split(/(?=\/)/)).filter((word) => word !== '');
  return { line: index + 1, path, name: quoted ?? bare.trim(), switches };
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
