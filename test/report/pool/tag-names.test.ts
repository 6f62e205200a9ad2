import { describe, expect, it } from 'vitest';
import { parsePoolTags } from '../../../src/report/build/pool-tags.js';
import { ownerOf, ownerText } from '../../../src/report/pool/tag-names.js';

describe('whose a tag is', () => {
  const poolTags = parsePoolTags('Tape - tapedrv.sys - Tape driver\nDdk - <unknown> - Default of drivers\n');

  it('is told by pooltag.txt, else by the table itself', () => {
    expect(ownerText(ownerOf('Tape', 'Something else', poolTags))).toBe('tapedrv.sys: Tape driver');
    expect(ownerText(ownerOf('Thre', 'Thread objects , Binary: nt!ps', poolTags))).toBe('nt!ps: Thread objects');
    expect(ownerOf('Zzz1', undefined, poolTags)).toBeNull();
  });

  it('is nobody’s where any driver may bear it', () => {
    expect(ownerOf('Ddk ', undefined, poolTags)).toEqual({ driver: '', description: 'Default of drivers' });
    expect(ownerOf('Abcd', 'Default of drivers , Binary: <unknown>', undefined)).toEqual({
      driver: '',
      description: 'Default of drivers',
    });
  });
});
