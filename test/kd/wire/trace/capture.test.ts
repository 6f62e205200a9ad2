import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeAcknowledge, encodeControl, encodeData, INITIAL_ID, PACKET } from '../../../../src/kd/wire/packet.js';
import { readCapture } from '../../../../src/kd/wire/trace/capture.js';
import { type Direction, recordWriter } from '../../../../src/kd/wire/trace/trace.js';
import { explainCapture } from '../../../../src/kd/wire/trace/trace-explain.js';
import { frames, pcap, pcapng, type TcpSegment } from '../pcap-writer.js';
import { debugIo, ID1, manipulate, stateChange } from '../peer.js';

type Passed = readonly (readonly [Direction, Buffer])[];

function request(api: number): Buffer {
  const bytes = manipulate(api, Buffer.alloc(0));
  bytes.writeUInt32LE(0x103, 8);
  return bytes;
}

/** A short session: a stop, a question, a print. */
const SESSION: Passed = [
  ['>', Buffer.from('b')],
  ['<', encodeData(PACKET.stateChange64, (INITIAL_ID | 0x800) >>> 0, stateChange())],
  ['>', encodeAcknowledge(INITIAL_ID)],
  ['>', encodeData(PACKET.stateManipulate, INITIAL_ID, request(0x3146))],
  ['<', encodeAcknowledge(INITIAL_ID)],
  ['<', encodeData(PACKET.stateManipulate, ID1, manipulate(0x3146, Buffer.alloc(0)))],
  ['>', encodeAcknowledge(ID1)],
  ['>', encodeData(PACKET.stateManipulate, ID1, request(0x313c))],
  ['<', encodeAcknowledge(ID1)],
  ['<', encodeData(PACKET.debugIo, INITIAL_ID, debugIo('hello\n'))],
  ['>', encodeControl(PACKET.resend, 0)],
];
const EXPLAINED = [
  '> break-in',
  '< STATE_CHANGE_64 80800800 sync',
  '> ACKNOWLEDGE 80800000',
  '> STATE_MANIPULATE 80800000',
  '< ACKNOWLEDGE 80800000',
  '< STATE_MANIPULATE 80800001',
  '> ACKNOWLEDGE 80800001',
  '> STATE_MANIPULATE 80800001',
  '< ACKNOWLEDGE 80800001',
  '< DEBUG_IO 80800000',
  '> RESEND 00000000',
];

function explained(file: Buffer): string[] {
  const lines = [...explainCapture(file)].filter((line) => /^ *[\d.]+ [<>]/.test(line));
  return lines.map((line) =>
    line
      .trim()
      .replace(/^[\d.]+ /, '')
      .replace(/ \d+ bytes$/, ''),
  );
}

function recordOf(passed: Passed): string {
  let text = '';
  let now = 1_795_923_894_408;
  const write = recordWriter(
    (more) => (text += more),
    () => (now += 1000),
  );
  for (const [direction, bytes] of passed) write(direction, bytes);
  return text;
}

/** The session over TCP. Either end may have been the one that connected. */
function segmentsOf(passed: Passed, host = 1): TcpSegment[] {
  const sent = { '>': 0xffff_ffe0, '<': 1000 };
  const ends = { '>': host, '<': 3 - host } as const;
  return passed.map(([direction, payload]) => {
    const sequence = sent[direction];
    sent[direction] = (sequence + payload.length) >>> 0;
    return { from: ends[direction], to: 3 - ends[direction], sequence, payload };
  });
}

describe('a capture of a line', () => {
  it('is what --record has written, with its times', () => {
    const record = recordOf(SESSION);
    expect(record.split('\n').slice(1, 3)).toEqual([
      '1795923895.408 h2t 62',
      expect.stringMatching(/^1795923896\.408 t2h 30303030/),
    ]);
    expect(explained(Buffer.from(record))).toEqual(EXPLAINED);
    const [{ entries } = { entries: [] }] = readCapture(Buffer.from(record));
    expect(entries.map(({ direction, bytes }) => [direction, bytes])).toEqual(SESSION);
    expect(entries.map(({ ms }) => Math.round(ms))).toEqual(SESSION.map((_, index) => index * 1000));
  });

  it('may be in the words of others', () => {
    const rows = SESSION.map(
      ([way, bytes], at) => `${at / 10}\t${way === '>' ? 'host' : 'target'}\t${bytes.toString('hex')}`,
    );
    expect(explained(Buffer.from(`# of a tool\r\n${rows.join('\r\n')}`))).toEqual(EXPLAINED);
  });

  it('may be the mere bytes of a serial monitor: who sent what follows from what it says', () => {
    expect(explained(Buffer.concat(SESSION.map(([, bytes]) => bytes)))).toEqual(EXPLAINED);
  });

  it.each([
    ['pcap, little-endian', (all: Buffer[], link: number) => pcap(all, link, 'LE')],
    ['pcap, big-endian, nanoseconds', (all: Buffer[], link: number) => pcap(all, link, 'BE', 'ns')],
    ['pcapng, little-endian', (all: Buffer[], link: number) => pcapng(all, link, 'LE')],
    ['pcapng, big-endian', (all: Buffer[], link: number) => pcapng(all, link, 'BE')],
  ])('may be a %s file of KD over TCP', (_, write) => {
    for (const host of [1, 2])
      for (const { link, of } of frames) {
        const file = write(segmentsOf(SESSION, host).map(of), link);
        const [first] = explainCapture(file);
        expect(first).toMatch(host === 1 ? /^# .*1\S*:4001 > .*2\S*:4002$/ : /^# .*2\S*:4002 > .*1\S*:4001$/);
        expect(explained(file)).toEqual(EXPLAINED);
      }
  });

  it('may have segments twice, out of their order, and cut anywhere', () => {
    const { link, of } = frames[0] as (typeof frames)[number];
    const cut: TcpSegment[] = segmentsOf(SESSION).flatMap((each) => {
      const half = each.payload.length >> 1;
      if (half === 0) return [each];
      const first = { ...each, payload: each.payload.subarray(0, half + 1) };
      const second = { ...each, sequence: (each.sequence + half) >>> 0, payload: each.payload.subarray(half) };
      return [second, first, second];
    });
    // The first one of a direction says where that begins.
    const begins = segmentsOf([['>', Buffer.alloc(0)]]).map((each) => ({ ...each, sequence: 0xffff_ffdf, syn: true }));
    const answers = [{ from: 2, to: 1, sequence: 999, payload: Buffer.alloc(0), syn: true }];
    const all = [...begins, ...answers, ...cut];
    expect(explained(pcap(all.map(of), link, 'LE')).sort()).toEqual([...EXPLAINED].sort());
  });

  it.each([
    ['', 'it is empty'],
    ['hello', 'there is no packet of KD in it'],
    ['address 0x00000000`0000000f of 0000 iiii', 'there is no packet of KD in it'],
    ['1.0 h2t 62\n2.0 sideways 62\n', 'line 2: "2.0 sideways 62" is not "seconds direction hex", with h2t or t2h'],
    ['1.0 h2t 62\n2.0 h2t 6\n', 'line 2: "2.0 h2t 6" is not "seconds direction hex", with h2t or t2h'],
  ])('is refused in words where it is none: %j', (text, why) => {
    expect(() => [...explainCapture(Buffer.from(text))]).toThrow(new SyntaxError(why));
  });

  it('is refused where it is packed, encrypted, or of something else', () => {
    const { link, of, udp } = frames[0] as (typeof frames)[number];
    const refusal = (file: Buffer): string => {
      try {
        return `${[...explainCapture(file)].length} lines`;
      } catch (error) {
        return (error as SyntaxError).message;
      }
    };
    expect(refusal(Buffer.from('fd377a585a000004', 'hex'))).toMatch(/unpack it first/);
    const web = [{ from: 1, to: 2, sequence: 1, payload: Buffer.from('GET / HTTP/1.1\r\n') }];
    expect(refusal(pcap(web.map(of), link, 'LE'))).toBe('no TCP connection in it carries packets of KD');
    expect(refusal(pcap([udp(Buffer.from('MDBG\x04\x01'))], link, 'LE'))).toMatch(/KDNET.*encrypted/);
  });

  it('is explained or refused, whatever it is', () => {
    const { link, of } = frames[0] as (typeof frames)[number];
    const good = [
      Buffer.from(recordOf(SESSION)),
      pcap(segmentsOf(SESSION).map(of), link, 'LE'),
      pcapng(segmentsOf(SESSION).map(of), link, 'BE'),
      Buffer.concat(SESSION.map(([, bytes]) => bytes)),
    ];
    const change = fc.record({ at: fc.nat(2000), byte: fc.nat(255), end: fc.nat(4000) });
    fc.assert(
      fc.property(fc.constantFrom(...good), fc.array(change, { minLength: 1, maxLength: 6 }), (file, changes) => {
        let bytes = Buffer.from(file);
        for (const { at, byte, end } of changes) {
          if (at < bytes.length) bytes[at] = byte;
          if (end < 1000) bytes = bytes.subarray(0, (end * bytes.length) / 1000);
        }
        try {
          for (const line of explainCapture(bytes)) expect(typeof line).toBe('string');
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
