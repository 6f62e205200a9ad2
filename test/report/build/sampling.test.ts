import { describe, expect, it } from 'vitest';
import { formatBurstMark, parseBurstMark } from '../../../src/kd-text/burst-marks.js';
import { buildReport } from '../../../src/report/build/build.js';
import { samplingOf } from '../../../src/report/build/sampling.js';
import { writeHeadline, writeRemarks } from '../../../src/report/headline.js';
import { createRandom, type Random } from '../../../src/simulator/random.js';
import { Bursts, type FoundBurst } from '../../../src/stacks/bursts.js';
import { HitReader } from '../../../src/stacks/read/hit-reader.js';

/** Work of a driver: so many times a second, so many allocations in a row. */
interface Work {
  readonly driver: string;
  readonly perSecond: number;
  readonly inARow: number;
}

const WORK: readonly Work[] = [
  { driver: 'leakydrv', perSecond: 30, inARow: 1 },
  { driver: 'leakydrv', perSecond: 40, inARow: 5 },
  { driver: 'filterdrv', perSecond: 80, inARow: 1 },
  { driver: 'filterdrv', perSecond: 20, inARow: 3 },
  { driver: 'videodrv', perSecond: 30, inARow: 1 },
  { driver: 'win32k', perSecond: 30, inARow: 1 },
];
const NAMES = [...new Set(WORK.map(({ driver }) => driver))];
const RATE = WORK.reduce((sum, { perSecond, inARow }) => sum + perSecond * inARow, 0);

function truth(driver: string): number {
  return WORK.filter((work) => work.driver === driver).reduce((sum, of) => sum + of.perSecond * of.inARow, 0) / RATE;
}

/** A burst that begins at a random time, leaves a random number of hits out, and takes the next ones. */
function burst(random: Random, size: number, periodic: boolean): FoundBurst {
  const wait = (perSecond: number): number => (periodic ? 1 : -Math.log(1 - random())) / perSecond;
  const next = WORK.map((work) => ({ ...work, at: random() * wait(work.perSecond) }));
  const skipped = 4 + Math.floor(random() * 12);
  const hits = new Map<number, number>();
  let at = 0;
  for (let seen = 0; seen < skipped + size; ) {
    const first = next.reduce((least, work) => (work.at < least.at ? work : least));
    at = first.at;
    for (let row = 0; row < first.inARow && seen < skipped + size; row++) {
      const number = NAMES.indexOf(first.driver);
      if (seen++ >= skipped) hits.set(number, (hits.get(number) ?? 0) + 1);
    }
    first.at += wait(first.perSecond);
  }
  return { bursts: 1, passed: skipped, pausedMs: 20_000, ranMs: at * 1000, stoodMs: 2000, hits };
}

describe.each([
  ['at random', false],
  ['in step', true],
] as const)('shares of drivers whose work comes %s', (_, periodic) => {
  it('are right within the stated error in 95 of 100 samples', () => {
    const right = new Map(NAMES.map((name) => [name, 0]));
    const runs = 200;
    for (let run = 0; run < runs; run++) {
      const random = createRandom(run + 1);
      const bursts = Array.from({ length: 40 }, () => burst(random, 10, periodic));
      const sampling = samplingOf(bursts, (stack) => NAMES[stack]);
      for (const { name, share } of sampling?.drivers ?? [])
        if (Math.abs(share.value - truth(name)) <= share.error) right.set(name, (right.get(name) ?? 0) + 1);
    }
    for (const name of NAMES) expect(right.get(name), name).toBeGreaterThanOrEqual(0.93 * runs);
  });

  it('are stated so that they say something', () => {
    const random = createRandom(7);
    const bursts = Array.from({ length: 57 }, () => burst(random, 10, periodic));
    const sampling = samplingOf(bursts, (stack) => NAMES[stack]);
    const [most] = sampling?.drivers ?? [];
    expect(most?.name).toBe('leakydrv');
    expect(most?.share.error).toBeLessThan(0.08);
    expect(sampling?.seen).toBe(570);
  });
});

describe('few bursts', () => {
  const of = (...hits: readonly (readonly [number, number])[]): FoundBurst => ({
    bursts: 1,
    passed: 7,
    pausedMs: 9000,
    ranMs: 500,
    stoodMs: 500,
    hits: new Map(hits),
  });

  it('one alone tells no error of its own: anything is possible', () => {
    const sampling = samplingOf([of([0, 7], [1, 3])], (stack) => NAMES[stack]);
    expect(sampling?.drivers[0]?.share).toEqual({ value: 0.7, error: 1 });
  });

  it('that are all alike still have the error of so few draws', () => {
    const sampling = samplingOf(
      Array.from({ length: 5 }, () => of([0, 4])),
      (stack) => NAMES[stack],
    );
    expect(sampling?.drivers[0]?.share.error).toBeGreaterThan(0.1);
  });

  it('without hits are none', () => {
    expect(samplingOf([], () => 'x')).toBeUndefined();
    expect(samplingOf([of()], () => 'x')).toBeUndefined();
    expect(samplingOf([of([0, 3])], () => undefined)).toBeUndefined();
  });

  it('what is seen a second makes all, while the target ran', () => {
    const sampling = samplingOf(
      Array.from({ length: 20 }, () => of([0, 10])),
      (stack) => NAMES[stack],
    );
    expect(sampling?.all?.value).toBeCloseTo((200 / 10_000) * (20 * 9500));
    expect(sampling?.all?.error).toBeGreaterThan(0);
  });
});

const HEADER =
  'RetAddr               : Args to Child                                                           : Call Site';

function stack(driver: string): string {
  const frame = (site: string): string =>
    `fffff800\`02a11234 : 00000000\`00000030 00000000\`206b6444 00000000\`00000001 00000000\`00000000 : ${site}\r\n`;
  return `${HEADER}\r\n${['nt!MmAllocateSpecialPool', 'nt!ExAllocatePoolWithTag+0x33', `${driver}!Allocate+0x19`].map(frame).join('')}`;
}

function logOf(bursts: number, ran = 500, passed = 9): string {
  let text = `${stack('leakydrv')}kd> `;
  for (let number = 1; number <= bursts; number++) {
    text += `${formatBurstMark({ mark: 'begins', burst: number, pausedMs: number === 1 ? 0 : 9000, passed })}\r\nkd> g\r\n`;
    for (const driver of ['leakydrv', 'leakydrv', number % 2 === 0 ? 'filterdrv' : 'leakydrv']) text += stack(driver);
    text += `nt!DbgBreakPointWithStatus:\r\nfffff800\`02a0 cc              int     3\r\nkd> ${formatBurstMark({ mark: 'over', burst: number, ranMs: ran, stoodMs: 990 })}\r\n`;
  }
  return `${text}${formatBurstMark({ mark: 'end', pausedMs: 9000 })}\r\nkd> g\r\n`;
}

function reportOf(...parts: readonly string[]) {
  const logs = parts.map((text, at) => {
    const reader = new HitReader();
    reader.push(Buffer.from(text));
    reader.end();
    return { name: `${at}.log`, findings: reader.findings() };
  });
  return buildReport(logs);
}

describe('a log with bursts', () => {
  it('says shares of all, with their error, and how long the target stood', () => {
    const report = reportOf(logOf(20));
    expect(report.hits).toBe(61);
    expect(report.sampling).toMatchObject({
      bursts: 20,
      passed: 180,
      seen: 60,
      ranMs: 10_000,
      stoodMs: 19_800,
      pausedMs: 180_000,
    });
    expect(writeHeadline(report)).toMatch(
      /^leakydrv made about 83 % \(± \d+\) of some 1,100 allocations of 'Ddk ', from 60 of them seen in 20 bursts, in leakydrv!Allocate\.$/,
    );
    expect(writeRemarks(report).join(' ')).toContain('The target stood for 9.4 % of the time.');
    expect(writeRemarks(report).join(' ')).toMatch(/filterdrv 17 % \(± \d+\)/);
  });

  it('says no total where the target hardly ran beside its hits: that is not known well enough', () => {
    const report = reportOf(logOf(20, 10));
    expect(report.sampling?.all).toBeNull();
    expect(writeHeadline(report)).toContain(
      "leakydrv made about 83 % (± 11) of the allocations of 'Ddk ', from 60 of them",
    );
  });

  it('is the same in pieces', () => {
    const text = logOf(20);
    const whole = reportOf(text);
    for (const at of [text.indexOf('burst 7 is over') - 40, text.indexOf('burst 9 begins') + 60]) {
      const cut = text.indexOf(HEADER, at);
      const { sampling } = reportOf(text.slice(0, cut), text.slice(cut));
      expect(sampling).toEqual(whole.sampling);
    }
  });

  it('says where no burst has let a hit go: who comes first after a while is favoured', () => {
    expect(writeRemarks(reportOf(logOf(20, 500, 0))).join(' ')).toContain('No hit was let go before the first stack');
    expect(writeRemarks(reportOf(logOf(20))).join(' ')).not.toContain('No hit was let go');
  });

  it('of one burst tells no total, and no error of one', () => {
    const report = reportOf(logOf(1));
    expect(report.sampling?.all).toBeNull();
    expect(writeRemarks(report).join(' ')).not.toContain('As many a second');
  });

  it('of few bursts is no sample yet', () => {
    expect(writeRemarks(reportOf(logOf(3))).join(' ')).toContain('let it collect longer');
  });

  it('without marks is as ever', () => {
    expect(reportOf(stack('leakydrv')).sampling).toBeUndefined();
  });
});

it('bursts beyond what is kept are added up, and their numbers follow the stacks', () => {
  const bursts = new Bursts();
  for (let number = 1; number <= 10_000; number++) {
    bursts.mark({ mark: 'begins', burst: number, pausedMs: 10, passed: 5 });
    bursts.count(number % 3, 2);
    bursts.mark({ mark: 'over', burst: number, ranMs: 1, stoodMs: 2 });
  }
  bursts.renumber([5, 5, 9]);
  const sum = (of: (burst: FoundBurst) => number): number => bursts.all.reduce((total, each) => total + of(each), 0);
  expect(bursts.all.length).toBeLessThan(4097);
  expect([sum(({ bursts: count }) => count), sum(({ pausedMs }) => pausedMs)]).toEqual([10_000, 100_000]);
  expect([sum(({ hits }) => hits.get(5) ?? 0), sum(({ hits }) => hits.get(9) ?? 0)]).toEqual([13_334, 6666]);
});

it('marks are read as they are written, and no other line', () => {
  for (const mark of [
    { mark: 'begins', burst: 3, pausedMs: 41_200, passed: 7 },
    { mark: 'over', burst: 3, ranMs: 12, stoodMs: 4210 },
    { mark: 'end', pausedMs: 7 },
  ] as const)
    expect(parseBurstMark(formatBurstMark(mark))).toEqual(mark);
  expect(parseBurstMark('livedebug: burst of speed')).toBeUndefined();
  expect(formatBurstMark({ mark: 'end', pausedMs: -0.4 })).toContain(' 0 ms');
});
