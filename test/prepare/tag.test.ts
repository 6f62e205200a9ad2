import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../src/fault.js';
import { regAdd, regLine } from '../../src/prepare/registry.js';
import { decodeTag, encodeTag, hexTag, kdForm } from '../../src/prepare/tag.js';

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return undefined;
}

describe('encodeTag', () => {
  it('pads, and keeps the case', () => {
    const tag = encodeTag('Ddk');
    expect(tag).toMatchObject({ tag: 'Ddk ', bytes: [0x44, 0x64, 0x6b, 0x20], value: 0x206b6444, wildcard: false });
    expect(kdForm(tag)).toBe("' kdD'");
    expect(encodeTag('ddK').value).toBe(0x204b6464);
  });

  it('says what a short tag would be if the driver did not pad it', () => {
    expect(encodeTag('Ddk').notes.join()).toContain('0x006b6444');
    expect(encodeTag('Tag1').notes).toEqual([]);
  });

  it('lets wildcards pass, with a note', () => {
    expect(encodeTag('Dd*').wildcard).toBe(true);
    expect(encodeTag('D?k1').notes.join()).toContain('wildcards');
  });

  it.each([
    ['', 'tag-empty'],
    ['   ', 'tag-empty'],
    ['Leaky', 'tag-too-long'],
    ['Dü', 'tag-characters'],
    ['D\t', 'tag-characters'],
    ['\u{1f600}', 'tag-characters'],
  ])('refuses %j with %s', (text, code) => {
    expect(codeOf(() => encodeTag(text))).toBe(code);
  });

  it('writes the registry forms', () => {
    expect(regLine(0x206b6444)).toBe('"PoolTag"=dword:206b6444');
    expect(regAdd(0x0000002a)).toMatch(/^reg add "HKLM\\System.*" \/v PoolTag \/t REG_DWORD \/d 0x0000002a \/f$/);
  });
});

describe('decodeTag', () => {
  it.each([
    '0x206b6444',
    '0X206B6444',
    '206b6444',
    '543908932',
    "' kdD'",
    '" kdD"',
    'dword:206b6444',
    '206b6444h',
    ' kdD',
    '00000000`206b6444',
    '0x00000000`206b6444',
    '0`206b6444',
    '00000000206b6444',
    '0x206b6444UL',
    '0206b6444h',
    '206B6444H',
    '&H206b6444',
    '0n543908932',
    '0t4032662104',
    '543,908,932',
    '543.908.932',
    '44 64 6b 20',
    '44,64,6b,20',
    'hex:44,64,6b,20',
    '0x44 0x64 0x6b 0x20',
    '"0x206b6444"',
    "'206b6444'",
    ` "' kdD'" `,
    " ' kdD' ",
    '\u2018 kdD\u2019',
    '\u201c kdD\u201d',
    "L' kdD'",
    '    PoolTag    REG_DWORD    0x206b6444',
    '"PoolTag"=dword:206b6444',
    '   +0x004 PoolTag          : 0x206b6444',
    "PoolTag = ' kdD'",
    'Evaluate expression: 543908932 = 00000000`206b6444',
    'fffff801`2a3b4c50  206b6444',
    '81f0a1c8  206b6444',
  ])('reads %j as the tag Ddk', (input) => {
    expect(decodeTag(input).tag).toBe('Ddk ');
  });

  it.each([
    ['00000000`57724231', '1BrW'],
    ['ffffffff`e56b6f54', 'Tok\\xe5'],
    ['-445943980', 'Tok\\xe5'],
    ['0n-445943980', 'unreadable'],
  ])('reads %s as %s', (input, tag) => {
    if (tag === 'unreadable') expect(codeOf(() => decodeTag(input))).toBe('tag-unreadable');
    else expect(decodeTag(input).tag).toBe(tag);
  });

  it('states what else an input could mean', () => {
    expect(decodeTag('20202020').notes.join()).toContain('as a decimal number it would be 0x01344224');
    expect(decodeTag('dcba')).toMatchObject({ tag: 'abcd' });
    expect(decodeTag('dcba').notes.join()).toContain('tag encode "dcba"');
    expect(decodeTag("'kdD'").notes.join()).toContain("' kdD'");
    expect(decodeTag('0x206b6444').notes).toEqual([]);
  });

  it.each([
    ['0xfff', 'tag-is-size'],
    ['4095', 'tag-is-size'],
    ['0', 'tag-is-size'],
    ['4294967296', 'tag-too-large'],
    ['0x123456789', 'tag-too-large'],
    ['fffff801`2a3b4c50', 'tag-too-large'],
    ['-9999999999', 'tag-too-large'],
    ['206b64', 'tag-unreadable'],
    ['hello', 'tag-unreadable'],
    ['', 'tag-empty'],
    ["''", 'tag-empty'],
  ])('refuses %j with %s', (input, code) => {
    expect(codeOf(() => decodeTag(input))).toBe(code);
  });

  it('accepts the value that means every tag', () => {
    expect(decodeTag('0x2a')).toMatchObject({ wildcard: true, value: 0x2a });
    expect(codeOf(() => decodeTag('0x2b'))).toBe('tag-is-size');
  });

  it('explains bytes that are no characters', () => {
    expect(decodeTag('0x006b6444')).toMatchObject({ tag: 'Ddk\\x00' });
    expect(decodeTag('0x006b6444').notes.join()).toContain('Zero bytes');
    expect(decodeTag('0xe56b6f54').notes.join()).toContain("'Toke' (0x656b6f54)");
    expect(decodeTag('0x01020304').notes.join()).toContain('really a pool tag');
  });
});

describe('the codec', () => {
  const tagText = fc.stringMatching(/^[!-~][ -~]{0,3}$/);
  it('takes every tag there and back, by number and by the form of kd', () => {
    fc.assert(
      fc.property(tagText, (text) => {
        const tag = encodeTag(text);
        expect(tag.tag).toBe(text.padEnd(4));
        expect(decodeTag(hexTag(tag.value)).bytes).toEqual(tag.bytes);
        expect(decodeTag(hexTag(tag.value).slice(2)).bytes).toEqual(tag.bytes);
        const kd = kdForm(tag);
        const digits = hexTag(tag.value).slice(2);
        for (const form of [
          `00000000\`${digits}`,
          `${digits}h`,
          `0n${tag.value}`,
          tag.bytes.map((b) => b.toString(16)).join(' '),
        ])
          expect(decodeTag(form).bytes).toEqual(tag.bytes);
        if (kd) expect(decodeTag(kd).bytes).toEqual(tag.bytes);
        else expect(text).toContain("'");
      }),
    );
  });

  it('answers any input with a tag or a fault', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12, unit: 'binary' }), (input) => {
        for (const read of [encodeTag, decodeTag])
          codeOf(() => {
            expect(read(input).bytes).toHaveLength(4);
          });
      }),
    );
  });
});
