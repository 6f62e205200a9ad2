import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBcdListing } from '../../src/prepare/bcd-listing.js';
import { isOn, listingText } from '../../src/prepare/bcd-words.js';
import { addDebugEntry } from '../../src/prepare/boot-ini-edit.js';
import { checkBcdListing } from '../../src/prepare/check-bcd.js';
import { checkBootIni } from '../../src/prepare/check-boot-ini.js';

const fixture = (name: string): Buffer => readFileSync(path.resolve(import.meta.dirname, '../../fixtures/boot', name));
const wanted = { port: 1, baud: 19200 };
const wrong = (findings: readonly { ok: boolean; text: string }[]): string[] =>
  findings.filter((finding) => !finding.ok).map((finding) => finding.text);

describe('checkBootIni', () => {
  const plain = fixture('server2003.ini').toString('latin1');
  const entry = (switches: string): string => plain.replace('/noexecute=optout /fastdetect', switches);

  it('accepts what the editor makes', () => {
    const findings = checkBootIni(addDebugEntry(plain, wanted).text, wanted);
    expect(wrong(findings)).toEqual([]);
    expect(findings).toHaveLength(3);
  });

  it.each([
    ['/fastdetect', 'No Windows entry has /debug'],
    ['/crashdebug /debugport=com1', 'No Windows entry has /debug'],
    ['/debug /nodebug', 'No Windows entry has /debug'],
    ['/debug /baudrate=19200', 'has no /debugport'],
    ['/debugport=com1', 'has no /baudrate'],
    ['/debug /debugport=com2 /baudrate=19200', 'The port is COM2; the session wants COM1'],
    ['/debug /debugport=com1 /baudrate=115200', 'The rate is 115200; the session wants 19200'],
    ['/debug /debugport=com1 /baudrate=19200 /3GB', '/3GB'],
  ])('finds fault with %s', (switches, why) => {
    const faults = wrong(checkBootIni(entry(switches), wanted));
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(why);
  });
});

describe('checkBcdListing', () => {
  const prepared = fixture('bcdedit-prepared.txt').toString();

  it('accepts a prepared target', () => {
    const findings = checkBcdListing(prepared, wanted);
    expect(wrong(findings)).toEqual([]);
    expect(findings[0]?.text).toContain('{6f2c1a34-0000-11ee-9a51-001122334455}');
  });

  it('reads other languages, and finds the local debugger', () => {
    const german = fixture('bcdedit-local-german-utf16.txt').subarray(2).toString('utf16le');
    expect(wrong(checkBcdListing(german, wanted))).toEqual([expect.stringContaining('debugtype is Local, not Serial')]);
  });

  it.each([
    [
      prepared.replace('debug                   Yes', 'debug                   No'),
      'No entry of Windows has debug Yes',
    ],
    [prepared.replace('debug                   Yes', 'debug                   Qua'), "debug is 'Qua'"],
    [prepared.replace('19200\r\n', '115200\r\n').replace('COM1 115200', 'COM1 19200'), 'The rate is'],
    [prepared.replace('baudrate                19200', ''), 'The rate is 115200'],
    [prepared.replace('debugport               1', 'debugport               2'), 'The port is COM2'],
    [prepared.slice(0, prepared.indexOf('Debugger Settings')), 'has no {dbgsettings}'],
    ['no listing', 'not a bcdedit listing'],
  ])('finds fault %#', (listing, why) => {
    expect(wrong(checkBcdListing(listing, wanted)).join('\n')).toContain(why);
  });

  it('does not take values that go on in the next line for elements', () => {
    expect(parseBcdListing(prepared)[0]?.get('displayorder')).toBe('{current}');
    expect(parseBcdListing(prepared)).toHaveLength(4);
  });

  it('knows yes, no, and what it does not know', () => {
    expect([isOn('Yes'), isOn('Oui'), isOn('Nein'), isOn('はい'), isOn(undefined), isOn('quizás')]).toEqual([
      true,
      true,
      false,
      true,
      false,
      undefined,
    ]);
  });

  it('holds the settings of one entry against no other', () => {
    const other =
      '\r\nWindows Boot Loader\r\n-------------------\r\nidentifier {aa}\r\nosdevice partition=D:\r\ndebug No\r\ndebugtype Usb\r\n\r\n';
    expect(wrong(checkBcdListing(other + prepared, wanted))).toEqual([]);
    const own = prepared.replace('debug                   Yes', '$&\r\ndebugtype               Usb');
    expect(wrong(checkBcdListing(own, wanted)).join()).toMatch(/debugtype is Usb, not Serial, in '.*' \{6f2c/);
    const right = prepared.replace('debug                   Yes', '$&\r\ndebugtype Serial\r\nbaudrate 115200');
    expect(wrong(checkBcdListing(right, wanted)).join()).toContain('The rate is 115200');
  });

  describe('of a target on a network', () => {
    const listing = (more = '', less = /^$/): string =>
      [
        'C:\\WINDOWS\\system32>bcdedit /dbgsettings',
        'key                     1a.2b.3c.4d',
        'debugtype               NET',
        'hostip                  192.168.1.10',
        'port                    50000',
        'dhcp                    Yes',
        more,
        'The operation completed successfully.',
      ]
        .filter((line) => !less.test(line))
        .join('\r\n');
    const over = (net: object) => ({ ...wanted, net });
    const all = { host: '192.168.1.10', port: 50_000, key: '1a.2b.3c.4d' };

    it('accepts what leads to this host, and never shows the key', () => {
      const findings = checkBcdListing(listing('busparams               0.25.0'), over(all));
      expect(wrong(findings)).toEqual([]);
      const texts = findings.map(({ text }) => text).join('\n');
      for (const words of ['192.168.1.10', 'is 50000', 'key is that of the session', '0.25.0', 'localport=50000'])
        expect(texts).toContain(words);
      expect(texts).not.toContain('1a.2b');
      expect(wrong(checkBcdListing(listing(), over({})))).toEqual([]);
    });

    it.each([
      [listing(), { host: '10.0.0.5' }, 'is 192.168.1.10; the session wants 10.0.0.5'],
      [listing(), { port: 50_001 }, 'UDP port is 50000; the session wants 50001'],
      [listing(), { key: '1a.2b.3c.4e' }, 'another one than that of the session'],
      [listing('', /^hostip/), all, 'There is no hostip'],
      [listing('', /^port/), all, 'There is no port'],
      [listing('', /^key/), all, 'There is no key'],
      [listing().replace('1a.2b.3c.4d', '1a.2b'), {}, 'not four words'],
      [
        listing().replace(/NET/, 'Serial'),
        { port: 50_000 },
        'bcdedit /dbgsettings net hostip:ADDRESS-OF-THE-HOST port:50000 key:W.X.Y.Z',
      ],
    ])('finds fault %#', (text, net, why) => {
      const faults = wrong(checkBcdListing(text, over(net)));
      expect(faults).toHaveLength(1);
      expect(faults[0]).toContain(why);
    });

    it('says where the address comes from, and what the other flag is for', () => {
      const off = checkBcdListing(listing().replace('Yes', 'Nein'), over(all)).map(({ text }) => text);
      expect(off.join('\n')).toContain('169.254.0.0/16');
      expect(wrong(checkBcdListing(listing(), wanted)).join()).toContain('For a target on a network say --net');
    });
  });

  const shared = path.resolve(import.meta.dirname, '../../../shared/cases/k12-bcdedit-two-debug-types.txt');
  it.skipIf(!existsSync(shared))('accepts a listing with two debug types', () => {
    expect(wrong(checkBcdListing(readFileSync(shared, 'utf8'), { port: 1, baud: 115_200 }))).toEqual([]);
  });

  const settings = prepared.slice(prepared.indexOf('debugtype'));
  it.each([
    ['alone', settings],
    [
      'behind a prompt',
      `C:\\Windows\\system32>bcdedit /dbgsettings\r\n${settings}The operation completed successfully.\r\n\r\nC:\\Windows\\system32>`,
    ],
    ['of PowerShell', `PS C:\\> bcdedit /dbgsettings\n${settings.replaceAll('\r', '')}`],
    ['with single blanks', settings.replace(/ +/g, ' ')],
    ['with tabs', settings.replace(/ +/g, '\t')],
    ['in a quotation', settings.replace(/^(?=.)/gm, '> ')],
  ])('reads bcdedit /dbgsettings %s, and says what it does not show', (_what, text) => {
    const findings = checkBcdListing(text, wanted);
    expect(findings.map(({ ok, open }) => (open ? 'open' : ok))).toEqual(['open', true, true]);
    expect(wrong(checkBcdListing(text, { port: 2, baud: 9600 }))).toHaveLength(2);
  });

  it('reads the same from every kind of paste', () => {
    const paste: readonly ((text: string) => string)[] = [
      (text) => `C:\\Windows\\system32>bcdedit  /enum all\r\n${text}\r\nC:\\Windows\\system32>`,
      (text) => text.replace(/^(?=.)/gm, '    '),
      (text) => text.replace(/^/gm, '> '),
      (text) => text.replace(/\r\n/g, '\n\n'),
      (text) => text.replaceAll('\r\n', '\r'),
      (text) => text.replace(/(?<=\S) +(?=\S)/g, ' '),
      (text) => text.replaceAll('  ', '\u00a0 '),
      (text) => text.replace(/^-+$/gm, (dashes) => '\u2014'.repeat(dashes.length)),
      (text) => text.replaceAll('identifier ', 'идентификатор ').replaceAll('Yes', 'Да').replaceAll(' No', ' Нет'),
      (text) => text.replaceAll('identifier ', '識別子 ').replaceAll('Yes', 'はい').replaceAll(' No', ' いいえ'),
      (text) => text.replaceAll('{dbgsettings}', '{4636856e-540f-4170-a130-a84776f4c654}'),
      (text) => `${text.slice(0, text.indexOf('Debugger Settings'))}\r\n${settings}`,
      (text) => text.toUpperCase().replace('[LIVEDEBUG]', '[livedebug]'),
    ];
    for (const [index, change] of paste.entries())
      expect(wrong(checkBcdListing(change(prepared), wanted)), `paste ${index}`).toEqual([]);
  });

  const ems = (...lines: string[]): string =>
    `\r\nEMS Settings\r\n------------\r\nidentifier {emssettings}\r\n${lines.join('\r\n')}\r\n`;
  const on = prepared.replace('debug                   Yes', '$&\r\nems                     Yes');
  it.each([
    [prepared + ems('bootems Yes'), undefined],
    [prepared + ems('bootems Yes', 'emsport 2', 'emsbaudrate 115200'), undefined],
    [prepared + ems('bootems No', 'emsport 1'), undefined],
    [prepared + ems('bootems Yes', 'emsport 1'), 'bootems is on, and Emergency Management Services use COM1'],
    [on + ems('emsport 1'), "ems is on in 'Windows with debugger"],
    [on + ems('emsport 2'), undefined],
    [on, 'does not say on which port'],
  ])('says where EMS has the port of the debugger: %#', (listing, why) => {
    const faults = wrong(checkBcdListing(listing, wanted));
    if (why === undefined) expect(faults).toEqual([]);
    else expect(faults.join('\n')).toContain(why);
  });

  it('reads words in the code page of a command prompt', () => {
    for (const [page, yes] of [
      ['ibm866', [0x84, 0xa0]],
      ['shift_jis', [0x82, 0xcd, 0x82, 0xa2]],
      ['gbk', [0xca, 0xc7]],
      ['850', [0x53, 0xa1]],
    ] as const)
      expect(isOn(listingText(Buffer.from(yes).toString('latin1'))), page).toBe(true);
    for (const no of [
      [0x8d, 0xa5, 0xe2],
      [0x4e, 0xc6, 0x6f],
    ])
      expect(isOn(listingText(Buffer.from(no).toString('latin1')))).toBe(false);
  });

  it('takes any text, and nothing else for a listing', () => {
    const piece = fc.constantFrom(
      '---',
      'debug Yes',
      'osdevice x',
      '{a}',
      'identifier {b}',
      '',
      ' ',
      'C:\\>bcdedit',
      'debugtype Serial',
      'x   y',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const objects = parseBcdListing(pieces.join('\n'));
        expect(objects.every((object) => object.size > 0)).toBe(true);
        checkBcdListing(pieces.join('\n'), wanted);
      }),
    );
    for (const text of [
      '',
      'hello   world',
      'The boot configuration data store could not be opened.\r\nAccess is denied.',
    ])
      expect(parseBcdListing(text)).toEqual([]);
  });
});
