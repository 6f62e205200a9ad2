import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EXIT, Fault } from '../../../src/fault.js';
import type { ByteListener, ByteStream } from '../../../src/kd/stream/byte-stream.js';
import { ReconnectingStream } from '../../../src/kd/stream/reconnecting-stream.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';

/** A stream that does what the test says. */
class FakeStream implements ByteStream {
  readonly bytesPerSecond = undefined;
  readonly written: string[] = [];
  closed = 0;
  /** Closing waits for this. */
  leaving: Promise<void> | undefined;

  constructor(readonly listener: ByteListener) {}

  write(bytes: Uint8Array): void {
    this.written.push(Buffer.from(bytes).toString());
  }

  async drain(): Promise<void> {}

  async close(): Promise<void> {
    this.closed++;
    await this.leaving;
  }
}

const missing = (what: string): Fault => new Fault('pipe-missing', EXIT.missing, `${what} is not there.`, 'Start it.');

describe('a line', () => {
  let clock: VirtualClock;
  let told: string[];
  let streams: FakeStream[];
  /** What stands in the way of opening; undefined for nothing. */
  let trouble: Error | undefined;
  let openings: number;
  /** Openings wait for this. */
  let gate: Promise<void> | undefined;
  let onUp: () => void;

  function lineOf(reconnect: boolean): ReconnectingStream {
    return new ReconnectingStream(
      async (listener, signal) => {
        openings++;
        await gate;
        signal?.throwIfAborted();
        if (trouble) throw trouble;
        const stream = new FakeStream(listener);
        streams.push(stream);
        return stream;
      },
      reconnect,
      {
        bytes: (chunk) => told.push(`bytes ${chunk}`),
        up: () => {
          told.push('up');
          onUp();
        },
        down: (why, final) => told.push(`down ${why}${final ? ' for good' : ''}`),
      },
      clock,
    );
  }

  beforeEach(() => {
    clock = new VirtualClock();
    [told, streams, trouble, openings, gate] = [[], [], undefined, 0, undefined];
    onUp = () => undefined;
  });
  afterEach(() => expect(clock.pending, 'timers').toBe(0));

  it('opens, carries bytes both ways, and closes', async () => {
    const line = lineOf(true);
    expect(line.isUp).toBe(false);
    line.write(Buffer.from('too early'));
    expect(await line.start(false)).toBe(true);
    expect(line.isUp).toBe(true);
    line.write(Buffer.from('out'));
    streams[0]?.listener.bytes(Buffer.from('in'));
    await Promise.all([line.close(), line.close()]);
    streams[0]?.listener.bytes(Buffer.from('too late'));
    streams[0]?.listener.gone('too late');
    line.write(Buffer.from('too late'));
    expect(line.isUp).toBe(false);
    expect(streams.map(({ written }) => written)).toEqual([['out']]);
    expect(streams[0]?.closed).toBeGreaterThan(0);
    expect(told).toEqual(['up', 'bytes in']);
  });

  it('says why its first stream does not open', async () => {
    trouble = missing('com1');
    await expect(lineOf(true).start(false)).rejects.toBe(trouble);
    expect(told).toEqual([]);
  });

  it('waits for its first stream without a word', async () => {
    trouble = missing('com1');
    const line = lineOf(true);
    const starting = line.start(true);
    await clock.advanceAsync(10_000);
    expect(openings).toBeGreaterThan(10);
    trouble = undefined;
    expect(await clock.settle(starting)).toBe(true);
    expect(told).toEqual(['up']);
    await line.close();
  });

  it('gives up waiting when it is closed', async () => {
    trouble = missing('com1');
    const line = lineOf(true);
    const starting = line.start(true);
    await clock.advanceAsync(1000);
    const before = openings;
    trouble = undefined;
    await line.close();
    expect(await starting).toBe(false);
    await clock.advanceAsync(10_000);
    expect(openings).toBe(before);
    expect(told).toEqual([]);
  });

  it('that is closed is not started', async () => {
    const line = lineOf(true);
    await line.close();
    expect(await line.start(true)).toBe(false);
    expect(openings).toBe(0);
  });

  it('leaves no stream behind that opens while it is being closed', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const line = new ReconnectingStream(
      async (listener) => {
        await gate;
        const stream = new FakeStream(listener);
        streams.push(stream);
        return stream;
      },
      true,
      { bytes: () => undefined, up: () => told.push('up'), down: (why) => told.push(why) },
      clock,
    );
    const starting = line.start(true);
    const closing = line.close();
    open();
    await closing;
    expect(streams.map(({ closed }) => closed)).toEqual([1]);
    expect(await starting).toBe(false);
    expect(told).toEqual([]);
  });

  it('says nothing of an opening that it gave up itself', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const first = lineOf(true);
    const starting = first.start(false);
    const closing = first.close();
    open();
    await closing;
    expect(await starting).toBe(false);

    const second = lineOf(true);
    await second.start(false);
    gate = new Promise((resolve) => (open = resolve));
    streams[0]?.listener.gone('pulled out');
    await clock.advanceAsync(5000);
    expect(openings).toBe(3);
    const closingAgain = second.close();
    open();
    await closingAgain;
    await clock.advanceAsync(5000);
    expect(openings).toBe(3);
    expect(told).toEqual(['up', 'down pulled out']);
  });

  it('comes back after a loss, and says the same reason once', async () => {
    const line = lineOf(true);
    await line.start(false);
    trouble = missing('com1');
    streams[0]?.listener.gone('pulled out');
    streams[0]?.listener.gone('pulled out');
    expect(line.isUp).toBe(false);
    line.write(Buffer.from('lost'));
    await clock.advanceAsync(5000);
    trouble = missing('its hub');
    await clock.advanceAsync(5000);
    trouble = undefined;
    await clock.runUntilAsync(() => line.isUp, 1000);
    streams[0]?.listener.bytes(Buffer.from('of the old stream'));
    streams[0]?.listener.gone('of the old stream');
    streams[1]?.listener.bytes(Buffer.from('new'));
    expect(told).toEqual([
      'up',
      'down pulled out',
      'down com1 is not there.',
      'down its hub is not there.',
      'up',
      'bytes new',
    ]);
    expect(streams.map(({ written }) => written)).toEqual([[], []]);
    expect(streams[0]?.closed).toBe(1);
    await line.close();
  });

  it('opens the next stream when the last one is closed, which may hold the port', async () => {
    let leave = (): void => undefined;
    const line = lineOf(true);
    await line.start(false);
    if (streams[0]) streams[0].leaving = new Promise((resolve) => (leave = resolve));
    streams[0]?.listener.gone('broken');
    await clock.advanceAsync(5000);
    expect(openings).toBe(1);
    leave();
    await clock.advanceAsync(5000);
    expect(openings).toBe(2);
    await line.close();
  });

  it('that does not reconnect is down for good', async () => {
    const line = lineOf(false);
    await line.start(false);
    streams[0]?.listener.gone('pulled out');
    await clock.advanceAsync(5000);
    expect(openings).toBe(1);
    expect(told).toEqual(['up', 'down pulled out for good']);
    await line.close();
  });

  it('has one stream at a time, also when one is gone as soon as it is there', async () => {
    const line = lineOf(true);
    onUp = () => {
      if (streams.length < 4) streams.at(-1)?.listener.gone(`gone ${streams.length}`);
    };
    await line.start(false);
    await clock.advanceAsync(10_000);
    expect(told).toEqual(['up', 'down gone 1', 'up', 'down gone 2', 'up', 'down gone 3', 'up']);
    expect(openings).toBe(4);
    expect(streams.map(({ closed }) => closed)).toEqual([1, 1, 1, 0]);
    await line.close();
  });

  it('hears of an end that comes with the opening', async () => {
    const line = new ReconnectingStream(
      async (listener) => {
        const stream = new FakeStream(listener);
        streams.push(stream);
        if (streams.length === 1) listener.gone('at once');
        return stream;
      },
      true,
      { bytes: () => undefined, up: () => told.push('up'), down: (why) => told.push(`down ${why}`) },
      clock,
    );
    await line.start(false);
    await clock.advanceAsync(2000);
    expect(told).toEqual(['up', 'down at once', 'up']);
    await line.close();
  });

  it('stops coming back when it is closed', async () => {
    const line = lineOf(true);
    await line.start(false);
    trouble = missing('com1');
    streams[0]?.listener.gone('pulled out');
    await clock.advanceAsync(2000);
    const before = openings;
    await line.close();
    trouble = undefined;
    await clock.advanceAsync(10_000);
    expect(openings).toBe(before);
    expect(told.at(-1)).toBe('down com1 is not there.');
  });

  it('that is closed by whoever hears of a loss stays closed', async () => {
    const line = new ReconnectingStream(
      async (listener) => {
        const stream = new FakeStream(listener);
        streams.push(stream);
        return stream;
      },
      true,
      { bytes: () => undefined, up: () => undefined, down: () => void line.close() },
      clock,
    );
    await line.start(false);
    streams[0]?.listener.gone('pulled out');
    await clock.advanceAsync(5000);
    expect(streams).toHaveLength(1);
  });
});
