import { describe, expect, it } from 'vitest';
import { formatModuleTail, parseModuleRow } from '../../../src/kd-text/listings/modules.js';

describe('rows of lm', () => {
  // Columns of 6.12 and 10.0.29507.
  it.each([
    ['kdcom', {}, 'kdcom      (deferred)             '],
    ['filterdrv', {}, 'filterdrv   (deferred)             '],
    [
      'nt',
      { symbols: 'private pdb', file: 'c:\\s\\ntkrnlmp.pdb' },
      'nt         (private pdb symbols)  c:\\s\\ntkrnlmp.pdb',
    ],
    ['hal', { symbols: 'export', file: 'hal.dll' }, 'hal        (export symbols)       hal.dll'],
  ] as const)('%s %o', (name, of, text) => {
    expect(formatModuleTail(name, of)).toBe(text);
    const row = { name, ...of };
    expect(parseModuleRow(`fffff800\`02a0d000 fffff800\`02a18000   ${text}`)).toEqual({
      start: 'fffff80002a0d000',
      end: 'fffff80002a18000',
      ...row,
    });
    expect(parseModuleRow(`80800000 80809000   ${text}`)).toEqual({
      start: '0000000080800000',
      end: '0000000080809000',
      ...row,
    });
  });

  it('are no other lines', () => {
    for (const line of [
      'start             end                 module name',
      '',
      '80800000 80809000',
      'kd> lm',
      ' 0 e 808014c0     0001 (0001) nt!X',
    ])
      expect(parseModuleRow(line)).toBeUndefined();
  });
});
