import { describe, expect, it } from 'vitest';
import { encodeAcknowledge, encodeControl, encodeData, PACKET } from '../../../../src/kd/wire/packet.js';
import { readCapture } from '../../../../src/kd/wire/trace/capture.js';
import { Replay } from '../../../../src/kd/wire/trace/replay.js';
import { type Direction, recordWriter, type TraceEntry } from '../../../../src/kd/wire/trace/trace.js';
import { debugIo, ID0, ID1, manipulate, Peer } from '../peer.js';

const request = encodeData(PACKET.stateManipulate, ID0, manipulate(0x3146));
const other = encodeData(PACKET.stateManipulate, ID0, manipulate(0x3130));
const print = encodeData(PACKET.debugIo, ID0, debugIo('hello'));

function traceOf(...entries: readonly (readonly [ms: number, way: Direction, bytes: Buffer])[]): TraceEntry[] {
  return entries.map(([ms, direction, bytes]) => ({ ms, direction, bytes }));
}

function play(trace: readonly TraceEntry[]) {
  const { clock } = new Peer();
  const came: { at: number; bytes: Buffer }[] = [];
  const replay = new Replay(trace, clock, (bytes) => came.push({ at: clock.now(), bytes }));
  replay.start();
  return { clock, came, replay };
}

describe('a trace that is played', () => {
  it('may be a record of the line', () => {
    let text = '';
    let now = 1_795_923_894_408;
    const write = recordWriter(
      (more) => {
        text += more;
      },
      () => (now += 10),
    );
    write('>', request);
    write('<', encodeAcknowledge(ID0));
    const { clock, came, replay } = play(readCapture(Buffer.from(text))[0]?.entries ?? []);
    replay.receive(request);
    clock.advance(20);
    expect(came.map(({ bytes }) => bytes)).toEqual([encodeAcknowledge(ID0)]);
    expect(replay.finished).toBe(true);
  });

  it('gives the target’s bytes when they came, and not before the host has sent what came before', () => {
    const { clock, came, replay } = play(
      traceOf(
        [10, '<', print],
        [20, '>', encodeAcknowledge(ID0)],
        [20, '>', request],
        [30, '<', encodeAcknowledge(ID0)],
      ),
    );
    clock.advance(9);
    expect(came).toEqual([]);
    clock.advance(1);
    expect(came).toEqual([{ at: 10, bytes: print }]);
    replay.receive(encodeAcknowledge(ID0));
    clock.advance(100);
    expect(came).toHaveLength(1);
    replay.receive(request);
    expect(came.at(-1)).toEqual({ at: 110, bytes: encodeAcknowledge(ID0) });
    expect(replay.finished).toBe(true);
    expect(replay.end()).toBeUndefined();
  });

  it('takes the host’s bytes in other pieces than it has', () => {
    const { replay } = play(traceOf([0, '>', request], [0, '>', print]));
    const all = Buffer.concat([request, print]);
    for (const [from, to] of [
      [0, 5],
      [5, 80],
      [80, all.length],
    ] as const)
      replay.receive(all.subarray(from, to));
    expect(replay.finished).toBe(true);
  });

  it('says at which entry the host sent something else, and what', () => {
    const { replay, came, clock } = play(
      traceOf([0, '<', print], [0, '>', encodeAcknowledge(ID0)], [0, '>', request], [0, '<', print]),
    );
    replay.receive(encodeAcknowledge(ID0));
    replay.receive(other);
    expect(replay.difference).toMatchObject({ entry: 3, expected: request, actual: other });
    const { text } = replay.difference as NonNullable<typeof replay.difference>;
    expect(text).toMatch(
      /^entry 3 of 4 differs\nthe trace has\n {2}0\.000 > STATE_MANIPULATE 80800000.*\n {2}GetVersion/,
    );
    expect(text).toMatch(/the host sent\n.*\n {2}ReadVirtualMemory \(3130\)/);
    replay.receive(request);
    clock.advance(1000);
    expect(came).toHaveLength(1);
    expect(replay.finished).toBe(false);
  });

  it('says that the host spoke out of turn', () => {
    const { replay } = play(traceOf([500, '<', print]));
    replay.receive(encodeControl(PACKET.reset, 0));
    expect(replay.difference).toMatchObject({ entry: 1, expected: Buffer.alloc(0) });
    expect(replay.difference?.text).toContain('it is the target’s turn');
  });

  it('says that the host spoke behind its end', () => {
    const { replay } = play(traceOf([0, '>', request]));
    replay.receive(Buffer.concat([request, Buffer.from('b')]));
    expect(replay.difference).toMatchObject({ entry: 2, actual: Buffer.from('b') });
    expect(replay.difference?.text).toContain('it is over');
    expect(replay.difference?.text).toContain('break-in');
  });

  it('says what the host has left out', () => {
    const { replay } = play(traceOf([0, '>', request]));
    replay.receive(request.subarray(0, 40));
    expect(replay.end()).toMatchObject({ entry: 1, expected: request, actual: Buffer.alloc(0) });
    expect(replay.difference?.text).toContain('the host sent\n  nothing');
  });

  it('goes through a link that behaves, and shows one that does not', async () => {
    const trace = traceOf(
      [0, '>', request],
      [5, '<', encodeAcknowledge(ID0)],
      [5, '<', encodeData(PACKET.stateManipulate, ID0, manipulate(0x3146, Buffer.from('yes')))],
      [5, '>', encodeAcknowledge(ID0)],
      [5, '>', encodeData(PACKET.stateManipulate, ID1, manipulate(0x3130))],
    );
    for (const [api, entry] of [
      [0x3130, undefined],
      [0x3132, 5],
    ] as const) {
      const peer = new Peer();
      const replay = new Replay(trace, peer.clock, (bytes) => peer.link.receive(bytes));
      peer.onSend = (bytes) => replay.receive(bytes);
      const asked = peer.ask(0x3146);
      await peer.pass(10);
      expect(asked.value?.reply.toString('latin1', 56)).toBe('yes');
      peer.ask(api);
      expect(replay.end()?.entry).toBe(entry);
    }
  });
});
