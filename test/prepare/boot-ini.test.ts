import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.js';
import { isOurs, MARK, parseBootIni, switchOf } from '../../src/prepare/boot-ini.js';
import { addDebugEntry, removeDebugEntry } from '../../src/prepare/boot-ini-edit.js';

const boot = path.resolve(import.meta.dirname, '../../fixtures/boot');
const files = readdirSync(boot).filter((name) => name.endsWith('.ini'));
const fixture = (name: string): string => readFileSync(path.join(boot, name), 'latin1');
const com1 = { port: 1, baud: 19200 };

function refusal(text: string): string {
  try {
    addDebugEntry(text, com1);
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the boot.ini editor', () => {
  it('adds a copy of the default entry behind it, and nothing else', () => {
    const before = fixture('server2003.ini');
    const { text, changed, source } = addDebugEntry(before, com1);
    const lines = text.split('\r\n');
    expect(changed).toBe(true);
    expect(lines[source.line]).toBe(
      'multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS="Windows Server 2003, Standard debug COM1 19200 [livedebug]" /noexecute=optout /fastdetect /debug /debugport=COM1 /baudrate=19200',
    );
    expect([...lines.slice(0, source.line), ...lines.slice(source.line + 1)].join('\r\n')).toBe(before);
  });

  it('adds the same entry once, and changes it when it is to differ', () => {
    const once = addDebugEntry(fixture('server2003.ini'), com1);
    expect(addDebugEntry(once.text, com1)).toMatchObject({ text: once.text, changed: false });
    const other = addDebugEntry(once.text, { port: 2, baud: 115200 });
    const ours = parseBootIni(other.text).entries.filter(isOurs);
    expect(ours.map((entry) => [switchOf(entry, 'debugport'), switchOf(entry, 'baudrate')])).toEqual([
      ['COM2', '115200'],
    ]);
  });

  it('replaces debug switches that the copied entry has, in whatever case', () => {
    const [entry] = parseBootIni(addDebugEntry(fixture('xp-debug.ini'), com1).text).entries.filter(isOurs);
    expect(entry?.switches).toEqual(['/FASTDETECT', '/PAE', '/debug', '/debugport=COM1', '/baudrate=19200']);
  });

  it('copies a Windows entry where the default is another system', () => {
    const { source, warnings } = addDebugEntry(fixture('windows2000-dual.ini'), com1);
    expect(source.path).toBe('scsi(0)disk(1)rdisk(0)partition(2)\\WINNT');
    expect(warnings.join('\n')).toMatch(/default= does not name a Windows entry/);
  });

  it('warns of /3GB, of no menu, of EMS on the port and of a full menu', () => {
    const base = fixture('server2003.ini');
    const warnings = (text: string): string => addDebugEntry(text, com1).warnings.join('\n');
    expect(warnings(base)).toBe('');
    expect(warnings(base.replace('/fastdetect', '/fastdetect /3GB'))).toContain('/3GB');
    expect(warnings(base.replace('/fastdetect', '/fastdetect /USERVA=2900'))).toContain('/userva');
    expect(warnings(base.replace('timeout=30', 'timeout=0'))).toContain('timeout=0');
    expect(warnings(base.replace('/fastdetect', '/redirect'))).toContain('/redirect');
    expect(warnings(base + 'C:\\="DOS"\r\n'.repeat(9))).toContain('10 entries');
  });

  it.each([
    ['', 'line 0'],
    ['hello\r\n', 'no section [operating systems]'],
    ['[boot loader]\r\ntimeout 30\r\n', 'no section [operating systems]'],
    ['[boot loader]\r\ntimeout=30\r\n', 'no section [operating systems]'],
    ['[operating systems]\r\nmulti(0)disk(0)="x"\r\n', 'line 2: no boot entry'],
    ['[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(1)\\W="x\r\n', 'line 2: no boot entry'],
    ['[operating systems]\r\nmulti(0)disk(0)rdisk(0)partition(1)\\W="x" fast\r\n', 'line 2: no boot entry'],
    ['[operating systems]\n[Operating Systems]\n', 'line 2: a second section'],
    ['\xff\xfe[\0b\0o\0', 'mark of Unicode'],
    ['\xef\xbb\xbf[operating systems]\r\n', 'mark of Unicode'],
    ['[\0b\0o\0', 'line 1: zero bytes'],
    ['[operating systems]\r\nC:\\="MS-DOS"\r\n', 'no entry that starts Windows'],
  ])('refuses %j', (text, why) => {
    expect(refusal(text)).toContain(why.replace('line 0', 'no section'));
  });

  it.each(files)('gives %s back byte for byte', (name) => {
    const before = fixture(name);
    const { text } = addDebugEntry(before, com1, 'my own name');
    expect(text).not.toBe(before);
    expect(text).toContain(`"my own name ${MARK}"`);
    expect(removeDebugEntry(text)).toBe(before);
    expect(removeDebugEntry(before)).toBe(before);
  });

  const end = fc.constantFrom('\r\n', '\n', '\r\r\n');
  const name = fc.stringMatching(/^[ !#-Z^-~\xa1-\xff]{0,20}$/);
  const windows = fc.constantFrom(
    'multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS',
    'scsi(1)disk(0)rdisk(0)partition(2)\\WINNT',
    'signature(8b467c12)disk(1)rdisk(0)partition(2)\\W2K3',
  );
  const entry = fc
    .tuple(
      fc.oneof(windows, fc.constantFrom('C:\\', 'C:\\CMDCONS\\BOOTSECT.DAT')),
      name,
      fc.subarray(['/fastdetect', '/3GB', '/DEBUG', '/debugport=com2', '/baudrate=9600', '/NOEXECUTE=optin', '/sos']),
      fc.constantFrom(' ', '  ', '\t'),
    )
    .map(([path, name, switches, gap]) => `${path}="${name}"${switches.map((word) => gap + word).join('')}`);
  const other = fc.constantFrom('', '; comment', ' ', '[spybotsd]', 'timeout.old=30');

  it('undoes what it does, whatever the file', () => {
    fc.assert(
      fc.property(
        windows,
        fc.array(entry, { maxLength: 6 }),
        fc.array(other, { maxLength: 3 }),
        fc.array(end, { minLength: 30, maxLength: 30 }),
        fc.boolean(),
        (first, entries, others, ends, complete) => {
          const body = ['[boot loader]', 'timeout=5', `default=${first}`, ';', '[operating systems]', ...entries];
          // Sections of other programs follow; their lines are theirs.
          const rest = others.includes('[spybotsd]') ? ['[spybotsd]', ...others.filter((l) => l !== '[spybotsd]')] : [];
          const lines = [...body, `${first}="Windows" /fastdetect`, ...rest];
          const before = lines.map((line, i) => line + (i < lines.length - 1 || complete ? ends[i] : '')).join('');
          const added = addDebugEntry(before, com1);
          expect(parseBootIni(added.text).entries).toHaveLength(parseBootIni(before).entries.length + 1);
          expect(parseBootIni(added.text).default).toBe(first);
          // The default must still start the entry that it started before.
          const chosen = (text: string) => parseBootIni(text).entries.find((e) => e.path === first)?.name;
          expect(chosen(added.text)).toBe(chosen(before));
          expect(addDebugEntry(added.text, com1).text).toBe(added.text);
          expect(removeDebugEntry(added.text)).toBe(before);
        },
      ),
    );
  });
});

const ARC = 'multi(0)disk(0)rdisk(0)partition(1)\\WINDOWS';

describe('a boot.ini as people have it', () => {
  const body = `[boot loader]\r\ntimeout=30\r\ndefault=${ARC}\r\n[operating systems]\r\n`;
  const entry = `${ARC}="Windows Server 2003" /fastdetect\r\n`;
  it.each([
    ['a line of a tool', `${body}${entry}VendorTool="started by a tool" /debug\r\n`],
    ['a line that is nothing', `${body}${entry}something\r\nC:\\="unfinished\r\nC:\\x="y" trailing words\r\n`],
    ['a device of another kind', `${body}ramdisk(0)\\WINDOWS="Setup" /rdpath=x\r\n${entry}`],
    ['words behind a heading', `${body.replace('systems]', 'systems] the menu')}${entry}`],
    ['a prompt before it', `C:\\>type c:\\boot.ini\r\n${body}${entry}\r\nC:\\>`],
    ['comments and blank lines', `; made by hand\r\n\r\n${body}\r\n# note\r\n// note\r\n${entry}`],
    ['settings of others', `${body.replace('timeout=30', 'timeout=30\r\nredirect\r\nredirect=COM1')}${entry}`],
    ['a name in typographic quotes', `${body}${entry.replaceAll('"', '\x93')}`],
    ['a name without quotes', `${body}${ARC}=Windows 2003 /fastdetect\r\n`],
    ['blanks around the equals sign', `${body}${ARC} = "Windows" /fastdetect\r\n`],
    ['forward slashes', `${body}${entry.replace('\\', '/')}`],
  ])('is accepted with %s, and every line of it stays', (_what, before) => {
    const { text } = addDebugEntry(before, com1);
    expect(text).toContain('/fastdetect /debug /debugport=COM1 /baudrate=19200');
    expect(
      text
        .split('\r\n')
        .filter((line) => !line.includes(MARK))
        .join('\r\n'),
    ).toBe(before);
    expect(removeDebugEntry(text)).toBe(before);
  });

  it('has switches that stand in lines of their own', () => {
    const before = `${body}${ARC}="Windows"\r\n/noexecute=optout\r\n/fastdetect /3GB\r\nC:\\="DOS"\r\n`;
    const { text, warnings } = addDebugEntry(before, com1);
    expect(text.split('\r\n')[7]).toContain('/noexecute=optout /fastdetect /3GB /debug');
    expect(warnings.join()).toContain('/3GB');
    expect(removeDebugEntry(text)).toBe(before);
  });

  const shared = path.resolve(import.meta.dirname, '../../../shared/cases/k10-boot.ini');
  it.skipIf(!existsSync(shared))('is the one of a vendor', () => {
    const before = readFileSync(shared, 'latin1');
    const { text } = addDebugEntry(before, { port: 1, baud: 115_200 });
    expect(text).toContain('/noexecute=optout /fastdetect /debug /debugport=COM1 /baudrate=115200');
    expect(removeDebugEntry(text)).toBe(before);
  });
});

describe('a file that is made to be slow to read', () => {
  it.each([
    ['carriage returns', '\r'.repeat(400_000)],
    ['entries of ours', `\r\n${ARC}="x ${MARK}" /debug`.repeat(20_000)],
    ['entries', `${ARC}="x" /debug\r\n`.repeat(20_000)],
    ['switches in lines', `\r\n${ARC}="x"${'\r\n/a'.repeat(5000)}`],
  ])('is read in a time that grows with its length: %s', (_what, more) => {
    const began = performance.now();
    removeDebugEntry(addDebugEntry(`[operating systems]\r\n${ARC}="x"\r\n${more}`, com1).text);
    expect(performance.now() - began).toBeLessThan(4000);
  });
});

describe('a line that is made to be slow to read', () => {
  it.each([
    ['switches without an end', `${ARC}="y"${' /a/a'.repeat(20_000)} "`],
    ['slashes', `${ARC}=${'//'.repeat(20_000)} "`],
    ['blanks', `${ARC} = ${' '.repeat(50_000)}"`],
  ])('is refused at once: %s', (_what, line) => {
    const began = performance.now();
    expect(() => parseBootIni(`[operating systems]\n${line}\n`)).toThrow(/no boot entry/);
    expect(performance.now() - began).toBeLessThan(2000);
  });
});
