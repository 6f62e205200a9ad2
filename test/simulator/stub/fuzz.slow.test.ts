import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeAcknowledge, encodeControl, encodeData, INITIAL_ID, PACKET } from '../../../src/kd/wire/packet.js';
import { kdVariants } from '../../../src/simulator/stub/kd-variant.js';
import { Bench, request } from './host-end.js';

const anyBytes = fc.uint8Array({ maxLength: 200 });
const id = fc.constantFrom(INITIAL_ID, INITIAL_ID + 1, INITIAL_ID + 0x800);
const packet = fc
  .record({ id, api: fc.integer({ min: 0x3130, max: 0x3162 }), rest: fc.uint8Array({ minLength: 40, maxLength: 120 }) })
  .map(({ id: given, api, rest }) =>
    encodeData(
      PACKET.stateManipulate,
      given,
      request(api, (header) => header.set(rest.subarray(0, 40), 16), rest.subarray(40)),
    ),
  );
const control = fc
  .record({ id, type: fc.constantFrom(PACKET.acknowledge, PACKET.resend, PACKET.reset) })
  .map(({ id: given, type }) => encodeControl(type, given));
const piece = fc.oneof(anyBytes, packet, control, fc.constant(Buffer.from('b')), id.map(encodeAcknowledge));

describe('any bytes', () => {
  it.each(Object.keys(kdVariants))('neither end nor hang the %s target, and a boot brings it back', (name) => {
    const personality = kdVariants[name];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(piece, fc.integer({ min: 0, max: 300 })), { maxLength: 25 }),
        fc.boolean(),
        (pieces, wide) => {
          const bench = new Bench({ architecture: wide ? 'x64' : 'x86', ...(personality && { personality }) });
          for (const [bytes, ms] of pieces) {
            bench.types(bytes);
            bench.clock.advance(ms);
          }
          bench.stub.power();
          bench.clock.advance(5000);
          expect(bench.data.length).toBeGreaterThan(0);
          bench.stub.stop();
          expect(bench.clock.pending).toBe(0);
        },
      ),
      { numRuns: 60, seed: 4711 },
    );
  });

  it('take no more memory than a port has, however many there are', () => {
    const bench = new Bench();
    const flood = Buffer.alloc(64 * 1024, 'x');
    for (let count = 0; count < 50; count++) bench.types(flood);
    bench.clock.advance(20 * 1000);
    bench.types('b');
    // The port is emptied at one byte per tick, and holds 64 KiB: what came first is still in front.
    expect(bench.stops).toEqual([]);
    expect(bench.stub.books.bytes_in).toBe(50 * 64 * 1024 + 1);
    bench.stub.power();
    bench.clock.advance(5000);
    expect(bench.data.length).toBeGreaterThan(0);
  });
});
