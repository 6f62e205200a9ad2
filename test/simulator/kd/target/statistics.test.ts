import { describe, expect, it } from 'vitest';
import { createClock, type SimulatorClock } from '../../../../src/simulator/clock.js';
import { createLink, linkBytes, simulatedLinkMs } from '../../../../src/simulator/kd/link.js';
import {
  type Books,
  emptyBooks,
  type SimulatedTargetBooks,
  violationOfKilled,
  violationsAtExit,
} from '../../../../src/simulator/kd/target/statistics.js';
import { StatisticsWriter } from '../../../../src/simulator/kd/target/statistics-writer.js';

function booksWith(target: Partial<SimulatedTargetBooks>): Books {
  const books = emptyBooks('test', new Date(0).toISOString());
  Object.assign(books.target, target);
  return books;
}

const kindsAtExit = (target: Partial<SimulatedTargetBooks>, answered = true): string[] =>
  violationsAtExit(booksWith(target), 'q', answered, 5).map((violation) => violation.kind);

describe('violations at the end of a kd', () => {
  it('leaving a running, disarmed target is none', () => expect(kindsAtExit({ state: 'running' })).toEqual([]));
  it('a halted target is one', () => expect(kindsAtExit({ state: 'halted' })).toEqual(['exit-halted']));
  it('a break without an answer is another', () =>
    expect(kindsAtExit({ state: 'halted' }, false)).toEqual(['exit-halted', 'unanswered']));
  it('breakpoints left behind are', () =>
    expect(kindsAtExit({ state: 'running', breakpoints: 1 })).toEqual(['left-armed']));
  it('a PoolHitTag left behind is', () =>
    expect(kindsAtExit({ state: 'running', pool_hit_tag: 0x206b6444 })).toEqual(['left-armed']));
  it('a dead or unreachable target excuses', () => {
    expect(kindsAtExit({ state: 'halted', dead: true })).toEqual([]);
    expect(kindsAtExit({ state: 'halted', unreachable: true })).toEqual([]);
  });
  it('a kd that was killed is judged by its successor', () => {
    expect(violationOfKilled(booksWith({ state: 'halted' }), 1)?.kind).toBe('killed-halted');
    expect(violationOfKilled(booksWith({ state: 'running', breakpoints: 2 }), 1)?.kind).toBe('killed-armed');
    expect(violationOfKilled(booksWith({ state: 'running' }), 1)).toBeUndefined();
  });
});

describe('the halted time', () => {
  function writerAt(): { statistics: StatisticsWriter; pass: (ms: number) => void } {
    let time = 0;
    const clock: SimulatorClock = { ...createClock(1), now: () => time };
    const statistics = new StatisticsWriter(undefined, emptyBooks('test', new Date().toISOString()), clock);
    return {
      statistics,
      pass: (ms) => {
        time += ms;
      },
    };
  }

  it('runs from stop to resume, and knows the part of the link', () => {
    const { statistics, pass } = writerAt();
    statistics.spent(7);
    statistics.halted('break', 'nt!X');
    pass(30);
    statistics.spent(20);
    statistics.prompted();
    statistics.command('bl');
    pass(10);
    statistics.resumed();
    pass(1000);
    expect(statistics.books).toMatchObject({ halted_ms: 40, link_ms: 20, hit_halted_ms: 0, commands: 1 });
    expect(statistics.books.halts).toEqual([{ reason: 'break', ms: 40, link_ms: 20, commands: 1 }]);
  });

  it('sums up hits that go on by themselves instead of listing them', () => {
    const { statistics, pass } = writerAt();
    for (let hit = 0; hit < 3; hit++) {
      statistics.halted('hit', 'nt!X');
      pass(4);
      statistics.resumed();
    }
    expect(statistics.books).toMatchObject({ halted_ms: 12, hit_halted_ms: 12, halts: [] });
  });
});

describe('the link', () => {
  it('costs ten bits a byte', () => expect(simulatedLinkMs(1920, 19200)).toBe(1000));

  it('a hit with its stack costs what kd was modelled to need', () => {
    const sum = ({ hit, k, resume }: { hit: number; k: number; resume: number }): number => hit + k + resume;
    expect(sum(linkBytes.x86)).toBe(3850);
    expect(sum(linkBytes.x64)).toBe(6910);
  });

  it('lets nothing through while the cable is out, and says so', async () => {
    let stuck = 0;
    const link = createLink(createClock(1000), linkBytes.x64, 115200, () => stuck++);
    link.set(true);
    let through = false;
    const spent = link.spend('bp').then(() => {
      through = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect({ stuck, through }).toEqual({ stuck: 1, through: false });
    link.set(false);
    await spent;
    expect(through).toBe(true);
  });
});
