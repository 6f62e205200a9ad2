import { describe, expect, it } from 'vitest';
import { encodeData, PACKET } from '../../../../src/kd/wire/packet.js';
import { createRandom } from '../../../../src/simulator/random.js';
import { parseFaults } from '../../../../src/simulator/stub/line/fault-words.js';
import { afflict, type Faults, noFaults, noLineFaults } from '../../../../src/simulator/stub/line/faults.js';
import { FaultyLine } from '../../../../src/simulator/stub/line/line.js';
import { VirtualClock } from '../../../../src/simulator/stub/virtual-clock.js';
import { Bench, memory, request } from '../host-end.js';

describe('a line', () => {
  function line(
    baud: number,
    faults = noLineFaults,
  ): { clock: VirtualClock; it: FaultyLine; came: { at: number; bytes: string }[] } {
    const clock = new VirtualClock();
    const came: { at: number; bytes: string }[] = [];
    const it = new FaultyLine(clock, baud, faults, createRandom(1), (bytes) =>
      came.push({ at: clock.now(), bytes: bytes.toString('latin1') }),
    );
    return { clock, it, came };
  }

  it('takes a tenth of the baud rate per second', () => {
    const { clock, it: cable, came } = line(9600);
    cable.send(Buffer.alloc(960, 'x'));
    clock.advance(500);
    const half = came.reduce((sum, { bytes }) => sum + bytes.length, 0);
    expect(half).toBeGreaterThan(460);
    expect(half).toBeLessThanOrEqual(480);
    clock.advance(500.1);
    expect(came.reduce((sum, { bytes }) => sum + bytes.length, 0)).toBe(960);
    expect(Math.max(...came.map(({ bytes }) => bytes.length))).toBeLessThanOrEqual(16);
  });

  it('does not catch up on time that nobody used', () => {
    const { clock, it: cable, came } = line(10_000);
    clock.advance(1000);
    cable.send(Buffer.from('ab'));
    clock.advance(0.5);
    expect(came).toEqual([]);
    clock.advance(1.6);
    expect(came).toEqual([{ at: 1002, bytes: 'ab' }]);
  });

  it('passes all at once without a rate', () => {
    const { it: cable, came } = line(0);
    cable.send(Buffer.alloc(5000, 'x'));
    expect(came.map(({ bytes }) => bytes.length)).toEqual([5000]);
  });

  it('loses what is under way when the cable comes out, and nothing afterwards', () => {
    const { clock, it: cable, came } = line(9600);
    cable.send(Buffer.alloc(100, 'x'));
    cable.out = true;
    cable.send(Buffer.from('y'));
    clock.advance(1000);
    expect(came).toEqual([]);
    cable.out = false;
    cable.send(Buffer.from('z'));
    clock.advance(1000);
    expect(came.map(({ bytes }) => bytes)).toEqual(['z']);
  });

  it('delays late bytes, and those behind them, in their order', () => {
    const { clock, it: cable, came } = line(0, { ...noLineFaults, late: 0.5, lateMs: 10 });
    cable.send(Buffer.from('abcdefgh'));
    clock.advance(1000);
    expect(came.map(({ bytes }) => bytes).join('')).toBe('abcdefgh');
    expect(came.at(-1)?.at).toBeGreaterThan(0);
  });

  it('holds no more than its bound', () => {
    const { it: cable } = line(9600);
    for (let count = 0; count < 40; count++) cable.send(Buffer.alloc(16_384));
    expect(cable.underWay).toBeLessThanOrEqual(256 * 1024);
  });
});

describe('what happens to a byte', () => {
  it.each([
    ['lose', 0],
    ['double', 2],
  ] as const)('%s', (name, length) => {
    expect(afflict({ ...noLineFaults, [name]: 1 }, createRandom(1), 0x30).bytes.length).toBe(length);
  });

  it('flips one bit', () => {
    const [byte = 0] = afflict({ ...noLineFaults, flip: 1 }, createRandom(1), 0).bytes;
    expect(byte.toString(2).replaceAll('0', '')).toBe('1');
  });

  it('is the same for the same seed', () => {
    const faults = { ...noLineFaults, lose: 0.3, flip: 0.3, double: 0.3 };
    const run = (seed: number): unknown[] => {
      const random = createRandom(seed);
      return Array.from({ length: 100 }, (_, index) => afflict(faults, random, index));
    };
    expect(run(7)).toEqual(run(7));
    expect(run(7)).not.toEqual(run(8));
  });
});

describe('a faulty target', () => {
  const noisy = (change: Partial<Faults>): Bench => {
    const bench = new Bench({
      stub: { faults: { ...noFaults, ...change }, ids: { target: 0x80800000, host: 0x80800000 } },
    });
    return bench;
  };

  it('thinks before it replies', () => {
    const bench = noisy({ replyDelayMs: 700 });
    bench.breakIn();
    const from = bench.clock.now();
    bench.ask(0x3146);
    expect(bench.clock.now() - from).toBe(700);
  });

  it('sends packets with stale ids, and the right one after them', () => {
    const bench = noisy({ staleId: 0.5 });
    bench.breakIn();
    for (let count = 0; count < 20; count++) {
      bench.ask(0x3146);
      bench.clock.advance(1000);
    }
    const ids = bench.replies.map(({ id }) => id);
    const changes = ids.filter((id, index) => index > 0 && id !== ids[index - 1]).length;
    expect(ids.length).toBeGreaterThan(20);
    expect(changes).toBeGreaterThan(10);
  });

  it('gets a stop through a line that loses bytes in both directions', () => {
    const faulty = { ...noLineFaults, lose: 0.01, flip: 0.01 };
    const bench = noisy({ toTarget: faulty, toHost: faulty });
    for (let tries = 0; tries < 50 && bench.stops.length === 0; tries++) {
      bench.types('b');
      bench.clock.advance(200);
    }
    expect(bench.stops.length).toBeGreaterThan(0);
    const packet = encodeData(PACKET.stateManipulate, bench.id, request(0x3130, memory(0x80401000n, 4)));
    for (let tries = 0; tries < 50 && bench.replies.length === 0; tries++) {
      bench.types(packet);
      bench.clock.advance(500);
    }
    expect(bench.replies[0]?.payload.toString('hex', 56)).toBe('90919293');
  });

  it('dies in the middle of a packet', () => {
    const bench = noisy({});
    bench.breakIn();
    bench.stub.die('in-packet');
    bench.send(0x3130, memory(0x80400000n, 1000));
    bench.clock.advance(60_000);
    bench.types('b');
    bench.clock.advance(60_000);
    expect(bench.received.map(({ kind }) => kind)).toEqual(['control']);
    expect(bench.raw.at(-1)?.length).toBe(536);
    expect(bench.stub.books.target.state).toBe('dead');
    bench.stub.power();
    bench.clock.advance(2000);
    expect(bench.data.length).toBeGreaterThan(0);
  });

  it('goes on where it was when the cable is in again', () => {
    const bench = noisy({});
    bench.breakIn();
    bench.stub.cable(false);
    bench.send(0x3146);
    bench.clock.advance(5000);
    expect(bench.received).toEqual([]);
    expect(bench.stub.books.target.unreachable).toBe(true);
    bench.stub.cable(true);
    bench.id = 0x80800000;
    expect(bench.ask(0x3146).status).toBe(0);
  });

  it('is as slow as its line, and waits for acknowledgements from the last byte on', () => {
    const bench = new Bench({ stub: { baud: 19_200, ids: { target: 0x80800000, host: 0x80800000 } } });
    bench.types('b');
    bench.clock.runUntil(() => bench.stops.length > 0, 1000);
    bench.clock.advance(20);
    bench.forget();
    const from = bench.clock.now();
    bench.ask(0x3130, memory(0x80400000n, 3944));
    const bytes = 73 + 16 + 16 + 56 + 3944 + 1;
    expect(bench.clock.now() - from).toBeGreaterThan((bytes * 10_000) / 19_200 - 10);
    bench.clock.advance(100);
    expect(bench.replies.length).toBe(1);
  });
});

describe('faults in words', () => {
  it('are for both directions, or for one', () => {
    const { toTarget, toHost, staleId, replyDelayMs } = parseFaults(
      'lose=0.01,in.flip=0.5,out.late=1,late-ms=7,stale=0.2,delay=50',
    );
    expect(toTarget).toEqual({ ...noLineFaults, lose: 0.01, flip: 0.5, lateMs: 7 });
    expect(toHost).toEqual({ ...noLineFaults, lose: 0.01, late: 1, lateMs: 7 });
    expect([staleId, replyDelayMs]).toEqual([0.2, 50]);
  });

  it.each(['lose', 'lose=', 'lose=2', 'up.lose=0.1', 'in.stale=0.1', 'eat=0.1', 'stale=3'])('are not %j', (text) => {
    expect(() => parseFaults(text)).toThrow(expect.objectContaining({ code: 'fault-unknown', exitCode: 2 }));
  });
});
