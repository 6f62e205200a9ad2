import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasAddress, mayTell } from '../../src/stacks/telling.js';

const ADDRESS = /[0-9a-f]{8}/i;
const TELLING =
  /[0-9a-f]{8}|[!+]|RetAddr|Call Site|kd(?::x86)?>|Breakpoint \d|break instruction|threads? \[|Pool block|Waiting to|Shutdown|onnected to|Kernel Version|session time|established|\*\*\*|&gt;/i;

const pieces = fc.array(
  fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.stringMatching(/^[0-9a-fA-F]{0,10}$/),
    fc.constantFrom(
      '!',
      '+',
      '***',
      '**',
      'KD:x86>',
      'kd>',
      '&GT;',
      'breakpoint 1',
      'CALL SITE',
      'Reconnected to',
      ' ',
    ),
  ),
  { maxLength: 12 },
);

describe('a line that may tell something', () => {
  it('is what the pattern of all that tells finds', () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        const text = parts.join('');
        expect(hasAddress(text)).toBe(ADDRESS.test(text));
        expect(mayTell(text)).toBe(TELLING.test(text));
      }),
      { numRuns: 5000 },
    );
  });
});
