import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOn, parseBcdListing } from '../../src/target/bcd-listing.js';
import { addDebugEntry } from '../../src/target/boot-ini-edit.js';
import { checkBcdListing, checkBootIni } from '../../src/target/check.js';

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
    ['/debug /baudrate=19200', 'names no /debugport'],
    ['/debugport=com1', 'names no /baudrate'],
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
    ['no listing', 'no listing of bcdedit'],
  ])('finds fault %#', (listing, why) => {
    expect(wrong(checkBcdListing(listing, wanted)).join('\n')).toContain(why);
  });

  it('does not take values that go on in the next line for elements', () => {
    expect(parseBcdListing(prepared)[0]?.get('displayorder')).toBe('{current}');
    expect(parseBcdListing(prepared)).toHaveLength(4);
  });

  it('knows yes, no, and what it does not know', () => {
    expect([isOn('Yes'), isOn('Oui'), isOn('Nein'), isOn('はい'), isOn(undefined), isOn('quizás')]).toEqual([
      ...[true, true, false, true, false, undefined],
    ]);
  });
});
