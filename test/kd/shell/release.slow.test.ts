import { describe, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import { ask } from '../../../src/kd/control/requests.js';
import { type BytesOut, type ReleaseResult, release } from '../../../src/kd/shell/release.js';
import { encodeData, PACKET } from '../../../src/kd/wire/packet.js';
import { isRequest, KdBench, type KdBenchOptions } from '../kd-bench.js';

const NOTHING_OUT: BytesOut = { asked: false, spare: false };
const never = new AbortController().signal;

async function standing(options: KdBenchOptions = {}): Promise<KdBench> {
  return new KdBench({ stub: { state: 'running' }, ...options }).stand();
}

function leave(kd: KdBench, out = NOTHING_OUT): Promise<ReleaseResult> {
  return kd.settle(release(kd.target, out, never));
}

const isResume = (bytes: Buffer): boolean => isRequest(bytes, API.continue) || isRequest(bytes, API.continue2);
const BREAK_IN = Buffer.of(0x62);
/** The acknowledgement of the host's packets. */
const isAcknowledgement = (bytes: Buffer): boolean => bytes.length === 16 && bytes[4] === 4;

describe('leaving a target', () => {
  it('takes out what a damaged packet has put into its table', async () => {
    const kd = await standing();
    kd.known.breakpoints.add(kd.address('nt!MmAllocateSpecialPool'), 'software');
    await kd.settle(ask(kd.link, { api: API.writeBreakPoint, fields: [[16, kd.address('nt!KeBugCheckEx')]] }));
    kd.link.statistics.bad++;
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('goes through the table of a target that has held one, on a sound line too', async () => {
    const kd = await standing();
    const breakpoint = kd.known.breakpoints.add(kd.address('nt!KeBugCheckEx'), 'software');
    await kd.go();
    await kd.breakIn();
    // A target may keep an entry that kd takes for one that it has taken out.
    breakpoint.handle = undefined;
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(kd.stub.books.target.breakpoints).toBe(0);
  });

  it('says that it is not known when the table does not get empty', async () => {
    const kd = await standing();
    kd.known.breakpoints.seeEmpty = () => Promise.reject(new Error('it does not'));
    expect(await leave(kd)).toEqual({ disposition: 'unknown', why: 'it does not' });
  });

  /** One instruction, of whose end nothing is heard until the hands are taken away. */
  async function step(kd: KdBench): Promise<void> {
    kd.hands.toTarget = (bytes) => {
      if (isResume(bytes)) kd.hands.toHost = (all) => (isAcknowledgement(all) ? all : undefined);
      return bytes;
    };
    await kd.settle(kd.target.step());
    expect(kd.target.stepsPending).toBe(true);
  }

  it('waits for a thread that steps over a breakpoint', async () => {
    const kd = await standing();
    await step(kd);
    kd.clock.after(5000, () => {
      kd.hands.toTarget = (bytes) => bytes;
      kd.hands.toHost = (bytes) => bytes;
    });
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(kd.stub.books.target.state).toBe('running');
  });

  it('says that one is still on its way when it does not come back', async () => {
    const kd = await standing();
    await step(kd);
    expect(await leave(kd)).toMatchObject({
      disposition: 'unknown',
      why: expect.stringContaining('thread that steps over a breakpoint'),
    });
  });

  it.each([
    { asked: true, spare: false },
    { asked: false, spare: true },
  ])('waits for a break-in that the target may still take (%j)', async (out) => {
    const kd = await standing();
    await kd.go();
    kd.clock.after(2500, () => kd.stub.receive(BREAK_IN));
    expect(await leave(kd, out)).toEqual({ disposition: 'running' });
    await kd.clock.advanceAsync(60_000);
    expect(kd.stub.books.target.state).toBe('running');
  });

  it('says that it is not known when no break-in is answered', async () => {
    const kd = new KdBench({ stub: { state: 'off' } });
    kd.link.breakIn();
    expect(await leave(kd, { asked: true, spare: false })).toMatchObject({
      disposition: 'unknown',
      why: expect.stringContaining('has not responded'),
    });
    expect(await leave(kd)).toEqual({ disposition: 'untouched' });
  });

  it('believes no resume that was not acknowledged', async () => {
    const kd = await standing();
    kd.hands.toTarget = (bytes) => {
      if (isResume(bytes)) kd.hands.toTarget = () => undefined;
      return kd.hands.toTarget === undefined || isResume(bytes) ? undefined : bytes;
    };
    expect(await leave(kd)).toEqual({ disposition: 'unknown', why: 'it did not acknowledge that it goes on' });
    expect(kd.stub.books.target.state).toBe('halted');
  });

  it('stops it once more where the line lives, and a resume was not acknowledged', async () => {
    const kd = await standing({ stub: { state: 'running', baud: 115_200 } });
    kd.hands.toHost = (bytes) => (isAcknowledgement(bytes) ? bytes.subarray(3) : bytes);
    kd.hands.toTarget = (bytes) => {
      // As soon as it is asked to stop, the line is a better one.
      if (bytes.length === 1) kd.hands.toHost = (all) => all;
      return bytes;
    };
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(kd.stub.books.target.state).toBe('running');
    expect(kd.stub.books.breaks).toBe(2);
  });

  it('notices that the target took a resume for something else', async () => {
    const kd = await standing();
    let damaged = 0;
    kd.hands.toTarget = (bytes) => {
      if (!isResume(bytes) || damaged++ > 0) return bytes;
      // The checksum does not cover the type: such a packet is acknowledged, and ignored.
      const other = Buffer.from(bytes);
      other[4] = 9;
      return other;
    };
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(damaged).toBe(2);
    expect(kd.stub.books.target.state).toBe('running');
  });

  it('does not take a target for free that was armed by what was under way', async () => {
    const kd = new KdBench({ stub: { state: 'boot' } });
    await kd.until(() => kd.modules.length === 3);
    kd.known.breakpoints.add(kd.address('nt!KeBugCheckEx'), 'software');
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('waits until a question of the target has its answer', async () => {
    const kd = await standing();
    await kd.go();
    kd.hands.toTarget = (bytes) => (bytes.length > 20 ? undefined : bytes);
    kd.stub.happen({ event: 'prompt', text: 'a', file: 'b.c', line: 1 });
    await kd.until(() => kd.stub.books.target.stop === 'prompt' && kd.link.owing);
    kd.clock.after(8000, () => {
      kd.hands.toTarget = (bytes) => bytes;
    });
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(kd.stub.books.target.state).toBe('running');
  });

  it('takes no late reply about one entry of the table for the reply about the next', async () => {
    const kd = await standing();
    await kd.settle(ask(kd.link, { api: API.writeBreakPoint, fields: [[16, kd.address('nt!KeBugCheckEx')]] }));
    let last: Buffer | undefined;
    kd.hands.toTarget = (bytes) => {
      if (!isRequest(bytes, API.restoreBreakPoint)) return bytes;
      // The request is lost, and an old reply comes in its place.
      const lost = last === undefined;
      last ??= bytes;
      if (lost) kd.clock.after(1, () => kd.link.receive(encodeData(PACKET.stateManipulate, 0x8080_0001, replyTo(2))));
      return lost ? undefined : bytes;
    };
    kd.link.statistics.bad++;
    expect(await leave(kd)).toEqual({ disposition: 'running' });
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  });

  it('does not take a reply of a target that has begun its ids anew for a sign that it runs', async () => {
    const kd = await standing();
    kd.heard.sync?.(PACKET.stateManipulate);
    expect(kd.target.running).toBe('halted');
    kd.heard.sync?.(PACKET.debugIo);
    expect(kd.target.running).toBe('running');
  });

  it('says that it is not known of a target that was heard to stop, and is gone before it said who it is', async () => {
    const kd = new KdBench({ stub: { state: 'halted' } });
    kd.hands.toTarget = (bytes) => (isRequest(bytes, API.getVersion) ? undefined : bytes);
    void kd.attach();
    await kd.until(() => kd.target.running === 'halted');
    kd.hands.toTarget = () => undefined;
    kd.link.abandon();
    kd.target.lineChanged();
    expect(kd.target.known).toBeUndefined();
    expect(await leave(kd)).toMatchObject({ disposition: 'unknown' });
  });

  it('hears of a step off a breakpoint that was not acknowledged', async () => {
    const kd = await new KdBench({ ways: 'careful', stub: { state: 'running', wakes: { worker: 5 } } }).stand();
    kd.known.breakpoints.add(kd.address('nt!MmAllocateSpecialPool'), 'software');
    await kd.go();
    await kd.until(() => kd.target.standsStill);
    kd.hands.toTarget = (bytes) => (isResume(bytes) ? undefined : bytes);
    expect(await kd.settle(kd.target.go())).toBe(false);
  });
});

function replyTo(handle: number): Buffer {
  const reply = Buffer.alloc(56);
  reply.writeUInt32LE(API.restoreBreakPoint, 0);
  reply.writeUInt32LE(0xc000_0001, 8);
  reply.writeUInt32LE(handle, 16);
  return reply;
}
