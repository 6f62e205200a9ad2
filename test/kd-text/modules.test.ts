import { describe, expect, it } from 'vitest';
import { formatModuleTail, parseModuleRow } from '../../src/kd-text/modules.js';

describe('rows of lm', () => {
  // Columns of 6.12 and 10.0.29507.
  it.each([
    ['kdcom', {}, 'kdcom      (deferred)             ', 'deferred'],
    ['filterdrv', {}, 'filterdrv   (deferred)             ', 'deferred'],
    [
      'nt',
      { symbols: 'private pdb', file: 'c:\\s\\ntkrnlmp.pdb' },
      'nt         (private pdb symbols)  c:\\s\\ntkrnlmp.pdb',
      'private pdb symbols',
    ],
    ['hal', { symbols: 'export', file: 'hal.dll' }, 'hal        (export symbols)       hal.dll', 'export symbols'],
  ] as const)('%s %o', (name, of, text, symbols) => {
    expect(formatModuleTail(name, of)).toBe(text);
    expect(parseModuleRow(`fffff800\`02a0d000 fffff800\`02a18000   ${text}`)).toEqual({
      ...{ name, symbols, start: 'fffff80002a0d000', end: 'fffff80002a18000' },
    });
    expect(parseModuleRow(`80800000 80809000   ${text}`)).toEqual({
      ...{ name, symbols, start: '0000000080800000', end: '0000000080809000' },
    });
  });
});
