import { describe, expect, it } from 'vitest';
import { parseKey } from '../../../src/kd/net/key.js';

const hexOf = (text: string): string | undefined => parseKey(text)?.cipher.toString('hex');

describe('a key of KDNET', () => {
  it('is four numbers in base 36, little-endian', () => {
    expect(hexOf('1.z.10.2n9c')).toBe(
      ['0100000000000000', '2300000000000000', '2400000000000000', '40e2010000000000'].join(''),
    );
    expect(hexOf(' 1.Z.10.2N9C ')).toBe(hexOf('1.z.10.2n9c'));
  });

  it('has parts of up to 64 bits, beyond which Microsoft’s engine takes the largest', () => {
    expect(hexOf('3w5e11264sgsf.3w5e11264sgsg.0.zzzzzzzzzzzzzzzzzzzzzzzz')).toBe(
      ['ffffffffffffffff', 'ffffffffffffffff', '0000000000000000', 'ffffffffffffffff'].join(''),
    );
  });

  it('authenticates by the opposite of its bits', () => {
    const keys = parseKey('1.2.3.4');
    expect(keys?.authentication.every((byte, at) => byte === 255 - (keys.cipher[at] ?? 0))).toBe(true);
  });

  it.each(['', '1.2.3', '1..3.4', '1.2.3.-', '1.2.3.4.5', 'a b.2.3.4', '1,2,3,4'])('is not %j', (text) => {
    expect(parseKey(text)).toBeUndefined();
  });
});
