import { describe, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import type { BreakpointMode } from '../../../src/kd/control/breakpoints/breakpoint-strategy.js';
import { HEADER_BYTES, PACKET } from '../../../src/kd/wire/packet.js';
import { type Hand, isRequest, KdBench, KINDS } from '../kd-bench.js';

/** Of a STATE_CHANGE64 payload: the exception's code, and a byte of its address, which is above 7 in the kernel. */
const CODE = 32;
const ADDRESS = 53;

function isReport(bytes: Buffer): boolean {
  return bytes.length > 100 && bytes.readUInt16LE(4) === PACKET.stateChange64;
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[HEADER_BYTES + 8] = (copy[HEADER_BYTES + 8] ?? 0) ^ 0x10;
  return copy;
}

/** A report of another exception, which the checksum does not show: it is a sum. */
function disguised(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes);
  copy[HEADER_BYTES + CODE] = (copy[HEADER_BYTES + CODE] ?? 0) + 8;
  copy[HEADER_BYTES + ADDRESS] = (copy[HEADER_BYTES + ADDRESS] ?? 0) - 8;
  return copy;
}

/** The first report comes damaged, its repetition as another one. */
function damagedThenDisguised(): Hand {
  let reports = 0;
  return (bytes) => {
    if (!isReport(bytes)) return bytes;
    reports++;
    if (reports === 1) return damaged(bytes);
    return reports === 2 ? disguised(bytes) : bytes;
  };
}

describe.each(KINDS)('a line that damages ($name)', ({ architecture, personality }) => {
  function collecting(stub = {}, ways: BreakpointMode = 'usual'): Promise<KdBench> {
    const options = { state: 'running' as const, wakes: { worker: 20 }, ...stub };
    return new KdBench({ architecture, personality, ways, stub: options }).collect();
  }

  it('a report that is odd, and whose sum is right, is asked for again', async () => {
    const kd = await collecting();
    for (let each = 0; each < 3; each++) await kd.hit();
    kd.hands.toHost = damagedThenDisguised();
    for (let each = 0; each < 3; each++) await kd.hit();
    expect(kd.stops.slice(1).map(({ reason }) => reason)).toEqual(Array.from({ length: 6 }, () => 'breakpoint'));
    expect(kd.stub.books.hits).toBe(6);
  });

  it('also when the question itself gets lost', async () => {
    const kd = await collecting();
    for (let each = 0; each < 3; each++) await kd.hit();
    kd.hands.toHost = damagedThenDisguised();
    let resets = 0;
    kd.hands.toTarget = (bytes) => {
      const reset = bytes.length === HEADER_BYTES && bytes.readUInt16LE(4) === PACKET.reset;
      return reset && resets++ < 2 ? undefined : bytes;
    };
    for (let each = 0; each < 3; each++) await kd.hit();
    expect(resets).toBeGreaterThan(2);
    expect(kd.stops.slice(1).map(({ reason }) => reason)).toEqual(Array.from({ length: 6 }, () => 'breakpoint'));
  });

  it('and where no report comes any more, that is said, and the target counts as unknown', async () => {
    const kd = await collecting();
    for (let each = 0; each < 3; each++) await kd.hit();
    const come = damagedThenDisguised();
    let reports = 0;
    kd.hands.toHost = (bytes) => (isReport(bytes) && ++reports > 2 ? undefined : come(bytes));
    await kd.go();
    await kd.until(() => kd.target.running === 'unknown', 300_000);
    expect(kd.notes.join('\n')).toContain('CTRL+C asks it');
    expect(kd.stub.books.target.state).toBe('halted');
    kd.hands.toHost = (bytes) => bytes;
    expect(await kd.breakIn()).toBe(true);
    expect(kd.stops.at(-1)?.reason).toBe('breakpoint');
  });

  it('a resume whose length was damaged is sent again once the target asks for it', async () => {
    const kd = await collecting();
    for (let each = 0; each < 3; each++) await kd.hit();
    let resumes = 0;
    kd.hands.toTarget = (bytes) => {
      if (!isRequest(bytes, API.continue2) || resumes++ > 0) return bytes;
      const longer = Buffer.from(bytes);
      longer.writeUInt16LE(0xd38, 6);
      return longer;
    };
    await kd.hit();
    await kd.hit();
    expect(kd.stub.books.hits).toBe(5);
    expect(kd.stops.slice(1)).toHaveLength(5);
    expect(kd.stub.books.hits_lost).toBe(0);
  });

  it.each(
    (['usual', 'careful', 'code-slack'] as const).flatMap((ways) => [1, 2, 3, 4].map((seed) => ({ ways, seed }))),
  )(
    'a line that damages 3 of 1,000 bytes both ways: every hit is told, and none twice ($ways, seed $seed)',
    async ({ ways, seed }) => {
      const line = { lose: 0, double: 0, flip: 0, late: 0, lateMs: 0 };
      const faults = { toTarget: { ...line }, toHost: { ...line }, staleId: 0, replyDelayMs: 0 };
      const kd = await collecting(
        { baud: 115_200, seed, wakes: { worker: 3, batch: 1, ioctl: 3, open: 1 }, faults },
        ways,
      );
      for (let each = 0; each < 3; each++) await kd.hit();
      Object.assign(kd.stub.options.faults.toTarget, { flip: 0.003 });
      Object.assign(kd.stub.options.faults.toHost, { flip: 0.003 });
      for (let each = 0; each < 40; each++) await kd.hit();
      expect(new Set(kd.stops.slice(1).map(({ reason }) => reason))).toEqual(new Set(['breakpoint']));
      expect(kd.stops.slice(1)).toHaveLength(kd.stub.books.hits);
      expect(kd.stub.books.hits_lost).toBe(0);
      expect(kd.machine.damages).toEqual([]);
    },
  );
});
