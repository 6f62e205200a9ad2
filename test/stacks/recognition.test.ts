import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { notHexDigits } from '../../src/stacks/hex-digits.js';
import { spellingOf, viewOf } from '../../src/stacks/spelling.js';

describe('four digits at once', () => {
  it('tells every byte at every place from a digit, whatever its neighbours are', () => {
    const neighbour = fc.oneof(fc.constantFrom(...Buffer.from('09af/:@`gG ')), fc.nat(255));
    fc.assert(
      fc.property(fc.tuple(neighbour, neighbour, neighbour), fc.nat(3), (others, place) => {
        for (let byte = 0; byte < 256; byte++) {
          const four = Buffer.from([...others.slice(0, place), byte, ...others.slice(place)]);
          expect(notHexDigits(four.readInt32LE()) === 0).toBe(/^[0-9a-f]{4}$/.test(four.toString('latin1')));
        }
      }),
    );
  });
});

describe('a spelling', () => {
  it('stands where its bytes are, and nowhere else', () => {
    const bytes = fc.uint8Array({ min: 0x61, max: 0x63, minLength: 4, maxLength: 24 });
    fc.assert(
      fc.property(bytes, bytes, fc.nat(20), (line, text, at) => {
        const spelling = spellingOf(line, 0, line.length);
        const stands = Buffer.from(text.subarray(at)).indexOf(line) === 0;
        expect(spelling?.standsAt(viewOf(text), at, text.length)).toBe(stands);
        const inside = Buffer.concat([text, line, text]);
        expect(spelling?.standsAt(viewOf(inside), text.length, inside.length)).toBe(true);
        expect(spelling?.standsAt(viewOf(inside), text.length, text.length + line.length - 1)).toBe(false);
      }),
    );
  });

  it('has at least four bytes', () => {
    expect(spellingOf(Buffer.from('a!b'), 0, 3)).toBeUndefined();
  });
});
