import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keepInFile } from '../../../../src/simulator/stub/statistics/statistics-file.js';
import type { TargetBooks } from '../../../../src/simulator/stub/statistics/target-statistics.js';
import { Bench } from '../host-end.js';

const routine = { table: ['nt!MmAllocateSpecialPool'] };
const wake = { event: 'wake', thread: 'worker', times: 1 } as const;

/** Steps off a hit and puts the breakpoint back, as a debugger does. */
function stepOff(bench: Bench, meanwhile: () => void = () => undefined): void {
  const trace = (on: number) => (header: Buffer) => {
    header.writeUInt32LE(0x10002, 16);
    header.writeUInt32LE(on, 20);
    header.writeUInt32LE(0x400, 24);
    header.writeUInt32LE(1, 28);
  };
  const before = bench.stops.length;
  bench.send(0x313c, trace(1));
  bench.clock.runUntil(() => bench.stops.length > before, 100);
  bench.clock.advance(1);
  meanwhile();
  bench.breakpoint(bench.machine.routine);
  bench.send(0x313c, trace(0));
  bench.clock.advance(50);
}

describe('the books', () => {
  it('tell how long the target stood still, and why', () => {
    const bench = new Bench();
    bench.clock.advance(1000);
    bench.breakIn();
    bench.clock.advance(2000);
    bench.ask(0x3146);
    bench.go();
    bench.clock.advance(3000);
    const { books } = bench.stub;
    expect(books.halted_ms).toBeGreaterThan(1999);
    expect(books.halted_ms).toBeLessThan(2100);
    expect(books.halts.length).toBe(1);
    expect(books.halts[0]?.reason).toBe('break');
    expect(books.halts[0]?.requests).toBe(4);
    expect(books.halts[0]?.ms).toBeCloseTo(books.halted_ms);
    expect(books.requests_by_api).toEqual({ '3146': 1, '315f': 1, '3160': 1, '3136': 1 });
    expect(books.target).toMatchObject({ state: 'running', stop: null, connected: true });
    expect(books.breaks).toBe(1);
    expect(books.packets_in).toBe(4);
    expect(books.bytes_out).toBe(bench.raw.reduce((sum, { length }) => sum + length, 0) + 261);
  });

  it('count the time of hits apart, and lose no hit that stopped', () => {
    const bench = new Bench({ stub: { orphans: routine } });
    for (let count = 0; count < 5; count++) {
      bench.stub.happen(wake);
      const stops = bench.stops.length;
      bench.clock.runUntil(() => bench.stops.length > stops, 1000);
      bench.clock.advance(100);
      stepOff(bench);
    }
    const { books } = bench.stub;
    expect([books.hits, books.allocations, books.hits_lost]).toEqual([5, 5, 0]);
    expect(books.halts).toEqual([]);
    expect(books.brief_halted_ms).toBeGreaterThan(500);
    expect(books.brief_halted_ms).toBe(books.halted_ms);
  });

  it('count what passes while a step leaves the breakpoint out', () => {
    const bench = new Bench({ stub: { orphans: routine } });
    for (const passing of [3, 0]) {
      bench.stub.happen(wake);
      const stops = bench.stops.length;
      bench.clock.runUntil(() => bench.stops.length > stops, 1000);
      bench.clock.advance(1);
      stepOff(bench, () => {
        bench.machine.tagAllocations += passing;
      });
    }
    expect(bench.stub.books.hits_lost).toBe(3);
    bench.breakIn();
    bench.restore(1);
    bench.go();
    bench.stub.happen(wake);
    bench.clock.advance(100);
    expect(bench.stub.books.hits_lost).toBe(3);
    expect(bench.stub.books.target.breakpoints).toBe(0);
  });

  it('keep what was lost before a reboot', () => {
    const bench = new Bench({ stub: { orphans: routine } });
    bench.stub.happen(wake);
    bench.clock.runUntil(() => bench.stops.length > 0, 1000);
    bench.clock.advance(1);
    stepOff(bench, () => {
      bench.machine.tagAllocations += 2;
    });
    bench.stub.power();
    bench.clock.advance(10_000);
    expect(bench.stub.books.allocations).toBe(0);
    expect(bench.stub.books.hits_lost).toBe(2);
  });

  it('tell what is in the running target when the debugger leaves', () => {
    const bench = new Bench();
    bench.breakIn();
    bench.breakpoint(bench.machine.routine);
    bench.go();
    expect(bench.stub.books.violations).toEqual([]);
    bench.stub.disconnect();
    expect(bench.stub.books.violations.map(({ kind }) => kind)).toEqual(['left-armed']);
    bench.stub.happen(wake);
    bench.clock.advance(1000);
    expect(bench.stub.books.violations.map(({ kind }) => kind)).toEqual(['left-armed', 'exit-halted']);
    bench.clock.advance(100_000);
    expect(bench.stub.books.violations.length).toBe(2);
  });

  it('tell that the target was left standing', () => {
    const bench = new Bench();
    bench.breakIn();
    bench.stub.disconnect();
    expect(bench.stub.books.violations).toMatchObject([{ kind: 'exit-halted' }]);
    bench.stub.connect();
    bench.stub.disconnect();
    expect(bench.stub.books.violations.length).toBe(2);
  });

  it('tell of a load-symbols stop only when a debugger took it and left', () => {
    const untaken = new Bench({ stub: { state: 'boot' } });
    untaken.acknowledges = false;
    untaken.stub.disconnect();
    untaken.clock.advance(60_000);
    expect(untaken.stub.books.target.state).toBe('running');
    expect(untaken.stub.books.violations).toEqual([]);

    const taken = new Bench({ stub: { state: 'boot' } });
    taken.clock.runUntil(() => taken.stops.length > 0, 5000);
    taken.clock.advance(1);
    taken.stub.disconnect();
    expect(taken.stub.books.violations).toEqual([]);
    taken.clock.advance(60_000);
    expect(taken.stub.books.violations).toMatchObject([{ kind: 'exit-halted' }]);
  });

  it('find nothing wrong with a clean end, before anybody came, and while the cable is out', () => {
    const clean = new Bench();
    clean.breakIn();
    clean.breakpoint(clean.machine.routine);
    clean.restore(1);
    clean.go();
    clean.stub.disconnect();
    clean.clock.advance(10_000);
    expect(clean.stub.books.violations).toEqual([]);

    const cut = new Bench();
    cut.breakIn();
    cut.stub.cable(false);
    cut.stub.disconnect();
    cut.clock.advance(1000);
    expect(cut.stub.books.violations).toEqual([]);
  });

  it('wait for the last bytes on a slow line before they judge', () => {
    const bench = new Bench({ stub: { baud: 9600 } });
    bench.types('b');
    bench.clock.runUntil(() => bench.stops.length > 0, 1000);
    bench.clock.advance(100);
    bench.ask(0x315f, (header) => header.writeUInt32LE(0xb8, 16));
    bench.clock.advance(100);
    bench.setSlice(0xb8, 4, bench.machine.breakAt + 1n);
    bench.clock.advance(100);
    bench.send(0x3136, (header) => header.writeUInt32LE(0x10002, 16));
    bench.stub.disconnect();
    bench.clock.advance(2000);
    expect(bench.stub.books.target.state).toBe('running');
    expect(bench.stub.books.violations).toEqual([]);
  });

  it('are in their file at once when somebody may look for it, and whole at the end', () => {
    const folder = mkdtempSync(join(tmpdir(), 'books-'));
    try {
      const file = join(folder, 'books.json');
      const read = (): TargetBooks => JSON.parse(readFileSync(file, 'utf8')) as TargetBooks;
      const bench = new Bench();
      const close = keepInFile(bench.stub.statistics, file);
      expect(read().target.state).toBe('running');
      bench.breakIn();
      expect(read().target).toMatchObject({ state: 'halted', stop: 'break' });
      bench.go();
      expect(read().target.state).toBe('running');
      bench.stub.disconnect();
      expect(read().target.connected).toBe(false);
      bench.stub.stop();
      close();
      expect(read().ended).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('leave no timer behind', () => {
    const bench = new Bench();
    bench.stub.disconnect();
    bench.clock.advance(1000);
    bench.stub.stop();
    expect(bench.clock.pending).toBe(0);
  });
});
