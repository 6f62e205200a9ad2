import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeAcknowledge, encodeData, INITIAL_ID, PACKET } from '../../../../src/kd/wire/packet.js';
import { type Direction, readTrace, traceWriter } from '../../../../src/kd/wire/trace/trace.js';
import { explainTrace } from '../../../../src/kd/wire/trace/trace-explain.js';

function traceOf(passed: readonly (readonly [Direction, Uint8Array])[]): string {
  let text = '';
  let now = 1000;
  const write = traceWriter(
    (more) => (text += more),
    () => now,
  );
  for (const [direction, bytes] of passed) {
    now += 1.5;
    write(direction, bytes);
  }
  return text;
}

describe('a packet trace', () => {
  it('says what passed in lines that a person reads', () => {
    const print = Buffer.alloc(16 + 4);
    print.writeUInt32LE(0x3230, 0);
    print.writeUInt32LE(4, 8);
    print.write('hi!\n', 16);
    const packet = encodeData(PACKET.debugIo, INITIAL_ID, print);
    const text = traceOf([
      ['>', Buffer.from('b')],
      ['<', packet.subarray(0, 5)],
      ['<', packet.subarray(5)],
      ['>', encodeAcknowledge(INITIAL_ID)],
    ]);
    expect(text.split('\n').filter((line) => /^ +\d/.test(line) && / [<>] /.test(line))).toEqual([
      '      1.500 > break-in',
      '      3.000 < …',
      '      4.500 < DEBUG_IO 80800000 20 bytes',
      '      6.000 > ACKNOWLEDGE 80800000',
    ]);
    expect([...explainTrace(text)].join('\n')).toContain('Text "hi!\\n"');
  });

  it('loses no byte and no order', () => {
    const entry = fc.tuple(fc.constantFrom<Direction>('>', '<'), fc.uint8Array({ minLength: 1, maxLength: 150 }));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 20 }), (passed) => {
        const read = readTrace(traceOf(passed));
        expect(read.map(({ direction, bytes }) => [direction, bytes.toString('hex')])).toEqual(
          passed.map(([direction, bytes]) => [direction, Buffer.from(bytes).toString('hex')]),
        );
      }),
    );
  });

  it('explains anything without falling over it', () => {
    const types = Object.values(PACKET).filter((type) => ![4, 5, 6].includes(type));
    fc.assert(
      fc.property(
        fc.constantFrom(...types),
        fc.integer({ min: 0x3030, max: 0x4400 }),
        fc.uint8Array({ maxLength: 300 }),
        (type, api, rest) => {
          const payload = Buffer.concat([Buffer.alloc(4), rest]);
          payload.writeUInt32LE(api, 0);
          expect([...explainTrace(traceOf([['<', encodeData(type, INITIAL_ID, payload)]]))].length).toBeGreaterThan(1);
        },
      ),
    );
  });

  it('names the line that is none of a trace', () => {
    expect(() => readTrace('nonsense')).toThrow('line 1');
    expect(() => readTrace(`${traceOf([['>', Buffer.from('b')]])}what is this\n`)).toThrow('line 5');
  });

  // The pattern of a line of bytes tries every way to split it: 44 digits and one wrong character take five seconds, 64 for ever.
  it('names the line of bytes that has a wrong character, however long it is', () => {
    const head = traceOf([['>', Buffer.from('b')]]);
    expect(() => readTrace(`${head}              ${'00'.repeat(3000)}x\n`)).toThrow('line 5');
  });
});
