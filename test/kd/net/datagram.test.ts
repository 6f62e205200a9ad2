import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Sealed, seal, unseal } from '../../../src/kd/net/datagram.js';
import { type Keys, parseKey } from '../../../src/kd/net/key.js';

const keys = parseKey('1.2.3.4') as Keys;
/** What Microsoft's engine says to find a target: always the same bytes, an empty body of version 2. */
const call: Sealed = { version: 2, channel: 1, sequence: 0n, fromHost: true, body: Buffer.alloc(0) };

const sealed = fc.record({
  version: fc.constantFrom(2, 3, 4, 5),
  channel: fc.constantFrom(0, 1),
  sequence: fc.bigInt(0n, 2n ** 56n - 1n),
  fromHost: fc.boolean(),
  body: fc.uint8Array({ maxLength: 1424 }).map((bytes) => Buffer.from(bytes)),
});

describe('a datagram of KDNET', () => {
  it('is opened as it was sealed, whatever is in it', () => {
    fc.assert(
      fc.property(sealed, (each) => {
        const bytes = seal(keys, each);
        expect((bytes.length - 22) % 16).toBe(0);
        expect(unseal(keys, bytes)).toEqual(each);
      }),
    );
  });

  it('is 38 bytes long without a body', () => {
    expect(seal(keys, call)).toHaveLength(38);
  });

  it('is refused when a bit of it is another one, or it is cut', () => {
    fc.assert(
      fc.property(sealed, fc.nat(), fc.nat(7), (each, place, bit) => {
        const bytes = seal(keys, each);
        const at = place % bytes.length;
        expect(unseal(keys, bytes.subarray(0, at))).toBeUndefined();
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        expect(unseal(keys, bytes)).toBeUndefined();
      }),
    );
  });

  it('is refused with another key, and where it is none at all', () => {
    expect(unseal(parseKey('1.2.3.5') as Keys, seal(keys, call))).toBeUndefined();
    fc.assert(fc.property(fc.uint8Array(), (bytes) => unseal(keys, Buffer.from(bytes)) === undefined));
  });
});
