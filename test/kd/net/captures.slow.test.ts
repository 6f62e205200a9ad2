import { describe, expect, it } from 'vitest';
import { seal, unseal } from '../../../src/kd/net/datagram.js';
import { readCapture } from '../../../src/kd/wire/trace/capture.js';
import { recordWriter, traceWriter } from '../../../src/kd/wire/trace/trace.js';
import { explainCapture } from '../../../src/kd/wire/trace/trace-explain.js';
import { udpFrames } from '../wire/pcap-writer.js';
import { CAPTURES, contentOf, datagramsOf, keysOf } from './captures.js';
import { NetBench } from './net-bench.js';
import { KEY } from './net-peer.js';

describe.skipIf(CAPTURES.length === 0)('captures of KDNET (skipped without them, and xz)', () => {
  it.each(CAPTURES)('$name is deciphered and explained to the last packet', ({ name, key, datagrams }) => {
    const lines = [...explainCapture(contentOf(name), keysOf(key))];
    const heads = lines.filter((line) => /^ *\d+\.\d{3} [<>] /.test(line));
    expect(heads).toHaveLength(datagrams);
    expect(lines.filter((line) => /unknown|bad |noise|TYPE_|not authentic|control body/.test(line))).toEqual([]);
  });

  it.each(CAPTURES)('$name: a host’s datagrams say that they are a host’s, a target’s that they are not', (capture) => {
    const [{ entries } = { entries: [] }] = readCapture(contentOf(capture.name), keysOf(capture.key));
    const sent = datagramsOf(capture.name);
    expect(entries.map(({ direction }) => direction)).toEqual(sent.map(({ direction }) => direction));
  });

  it.each(CAPTURES)('$name: what is opened and sealed again is what was captured', ({ name, key }) => {
    const control = keysOf(key);
    let resealed = 0;
    for (const { bytes } of datagramsOf(name)) {
      const sealed = unseal(control, bytes);
      if (!sealed) continue;
      expect(seal(control, sealed)).toEqual(bytes);
      resealed++;
    }
    expect(resealed).toBeGreaterThan(5);
  });

  it.each(CAPTURES)('$name reads the same as a record, as a trace, and as frames of a network', ({ name, key }) => {
    const keys = keysOf(key);
    const content = contentOf(name);
    const [{ entries } = { entries: [] }] = readCapture(content, keys);
    const packets = entries.filter(({ note }) => note === undefined);
    const said = (file: Buffer): string[] =>
      [...explainCapture(file, keys)]
        .filter((line) => !line.startsWith('#') && !/[<>] (?:poke|answer|hello|call)/.test(line))
        .map((line) => line.replace(/^ *[\d.]+ /, ''));
    const expected = said(content);
    for (const writer of [recordWriter, traceWriter]) {
      let text = '';
      const write = writer(
        (more) => (text += more),
        () => 5000,
        true,
      );
      for (const { direction, bytes } of packets) write(direction, bytes);
      expect(said(Buffer.from(text))).toEqual(expected);
    }
    expect(said(udpFrames(datagramsOf(name)))).toEqual(expected);
  });

  it('is refused in words without a key, and with a wrong one', () => {
    const content = contentOf(CAPTURES[0]?.name ?? '');
    expect(() => [...explainCapture(content)]).toThrow(/of KDNET, whose packets are encrypted: add --key/);
    expect(() => [...explainCapture(content, keysOf('8.8.8.9'))]).toThrow(/the key does not fit: none of its \d+/);
  });
});

it('a capture of the two halves here is explained to the last packet, and not without their key', async () => {
  const bench = await new NetBench({ stub: { wakes: { worker: 20 } } }).stand();
  bench.known.breakpoints.add(bench.address('nt!MmAllocateSpecialPool'), 'software');
  for (let hits = 0; hits < 3; hits++) await bench.hit();
  const file = Buffer.from(bench.capture.join(''));
  const lines = [...explainCapture(file, keysOf(KEY))];
  const heads = lines.filter((line) => /^ *\d+\.\d{3} [<>] /.test(line));
  expect(heads).toHaveLength(bench.capture.length);
  expect(lines.filter((line) => /unknown|bad |noise|TYPE_|not authentic/.test(line))).toEqual([]);
  expect(heads.slice(0, 3).map((line) => line.replace(/^ *[\d.]+ /, ''))).toEqual([
    '< poke of 10.0.0.7:50000 to 10.0.0.1:50000, has no session',
    '> answer to a poke: a new key',
    '< hello 00000000000000000100000a',
  ]);
  expect(lines.filter((line) => /^ +Exception \(3030\)/.test(line)).length).toBeGreaterThanOrEqual(4);
  expect(() => [...explainCapture(file)]).toThrow(/add --key/);
});
