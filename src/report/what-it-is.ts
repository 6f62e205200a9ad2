import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** What a file is that holds no stack as text, and what to do with it: two sentences without their subject. */
export interface OtherFile {
  readonly is: string;
  readonly remedy: string;
}

const HEAD_BYTES = 64 * 1024;

const UNPACK = 'Unpack it first, and give the log that is in it.';
const DUMP: OtherFile = {
  is: 'a crash dump',
  remedy: 'Open it with kd -z FILE -logo LOG -c "!analyze -v; kb; q", then: livedebug report LOG',
};
const TRACE = 'It has bytes of a line or a network, and no text of kd. Record what kd prints: .logopen FILE.';

/** Beginnings of files, as Latin-1. */
const MAGIC: readonly (readonly [RegExp, OtherFile])[] = [
  [/^PAGEDU(?:MP|64)|^MDMP/, DUMP],
  [/^\x1f\x8b/, { is: 'compressed by gzip', remedy: 'Unpack it on the way: gzip -dc FILE | livedebug report -' }],
  [/^PK\x03\x04/, { is: 'a zip archive', remedy: UNPACK }],
  [/^7z\xbc\xaf\x27\x1c/, { is: 'a 7z archive', remedy: UNPACK }],
  [/^\xfd7zXZ\0/, { is: 'compressed by xz', remedy: 'Unpack it on the way: xz -dc FILE | livedebug report -' }],
  [
    /^\x28\xb5\x2f\xfd/,
    { is: 'compressed by zstd', remedy: 'Unpack it on the way: zstd -dc FILE | livedebug report -' },
  ],
  [/^BZh\d/, { is: 'compressed by bzip2', remedy: 'Unpack it on the way: bzip2 -dc FILE | livedebug report -' }],
  [/^MSCF/, { is: 'a cabinet archive', remedy: UNPACK }],
  [/^(?:\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4|\x4d\x3c\xb2\xa1|\x0a\x0d\x0d\x0a)/, { is: 'a packet trace', remedy: TRACE }],
  [/^ElfFile\0/, { is: 'an event log of Windows', remedy: TRACE }],
  [
    /^Microsoft C\/C\+\+ (?:MSF|program database)/,
    { is: 'a symbol file (PDB)', remedy: 'Give it with --symbols, beside a log.' },
  ],
  [/^MZ/, { is: 'a program or driver', remedy: 'Give its folder with --symbols, beside a log.' }],
  [
    /^(?:\x89PNG|\xff\xd8\xff|GIF8|BM..\0\0)/s,
    { is: 'a picture', remedy: 'Only text can be read: copy the text of the window, not its picture.' },
  ],
  [/^%PDF-/, { is: 'a PDF document', remedy: 'Copy its text to a file, and give that.' }],
];

const NO_ROW =
  'No row of it could be read. Give it as the program printed it: .logopen FILE and !poolused 2 in kd, poolmon /n FILE on the target.';
/** Tables and lists that people mean when they look for a leak. */
const TABLES: readonly (readonly [RegExp, OtherFile])[] = [
  [/^ *Pool Used:|^ *Sorting by +(?:Tag|(?:NonPaged|Paged) Pool)/m, { is: 'a table of !poolused', remedy: NO_ROW }],
  [/^ *Tag +Type +Allocs/m, { is: 'a table of PoolMon', remedy: NO_ROW }],
  [/^ *(?:>?[\w?* ]{4}) +(?:Nonp|Paged) +\d+/m, { is: 'a table of PoolMon', remedy: NO_ROW }],
  [
    /^Windows Registry Editor|^REGEDIT4/,
    { is: 'a registry file', remedy: 'A log of kd is wanted: debug.log of a run directory.' },
  ],
  [/^\[boot loader\]/im, { is: 'a boot.ini', remedy: 'Check it so: livedebug target check --boot-ini FILE' }],
];

/** @returns undefined for a file that is none of these, or cannot be read */
export function whatItIs(file: string): OtherFile | undefined {
  const head = headOf(file);
  if (head === undefined) return undefined;
  const magic = MAGIC.find(([pattern]) => pattern.test(head));
  if (magic) return magic[1];
  const text = head.replaceAll('\0', '');
  const table = TABLES.find(([pattern]) => pattern.test(text));
  if (table) return table[1];
  // Hardly any line of a text has a byte that is no character of any.
  const odd = head.slice(0, 4096).match(/[\x01-\x06\x0e-\x1a\x1c-\x1f]/g)?.length ?? 0;
  return odd > 64 ? { is: 'no text', remedy: 'Record what kd prints (.logopen FILE), and give that file.' } : undefined;
}

function headOf(file: string): string | undefined {
  let descriptor: number;
  try {
    if (!statSync(file).isFile()) return undefined;
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.toString('latin1', 0, readSync(descriptor, head, 0, HEAD_BYTES, 0));
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}
