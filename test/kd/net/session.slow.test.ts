import { describe, expect, it } from 'vitest';
import { release } from '../../../src/kd/shell/release.js';
import { measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import { NetBench } from './net-bench.js';

const TROUBLE = { lose: 0.05, double: 0.05, flip: 0, late: 0.05, lateMs: 15 };
const FAULTS = { toTarget: TROUBLE, toHost: TROUBLE, staleId: 0, replyDelayMs: 0 };
const ROUTINE = 'nt!MmAllocateSpecialPool';
const KINDS = (['x86', 'x64'] as const).flatMap((architecture) =>
  [measured, windows].map((personality) => ({
    architecture,
    personality,
    name: `${personality.name} ${architecture}`,
  })),
);

async function leave(bench: NetBench): Promise<void> {
  const departure = await bench.settle(
    release(bench.target, { asked: false, spare: false }, new AbortController().signal),
  );
  expect(departure).toEqual({ disposition: 'running' });
  await bench.clock.advanceAsync(1000);
  expect(bench.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
  expect(bench.stub.books).toMatchObject({ violations: [], damages: [], bug_checks: [] });
}

describe.each(KINDS)('a session over KDNET ($name)', ({ architecture, personality }) => {
  it('attaches, reads, hits and releases', async () => {
    const bench = new NetBench({ architecture, personality, stub: { wakes: { worker: 20 } } });
    await bench.stand();
    const code = await bench.settle(bench.known.memory.read(bench.address(ROUTINE), 3000));
    expect(code).toEqual(bench.machine.memory.read(bench.address(ROUTINE), 3000));
    bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
    for (let hits = 0; hits < 20; hits++) await bench.hit();
    expect(bench.stub.books.hits).toBe(20);
    expect(bench.link.statistics).toMatchObject({ bad: 0, noise: 0, retransmissions: 0, reissues: 0 });
    expect(bench.channel.dropped).toEqual({ stray: 0, forged: 0, old: 0, others: 0 });
    await leave(bench);
  });

  it.each([1, 2, 3])('does all of it with datagrams lost, doubled and overtaken (seed %i)', async (seed) => {
    const stub = { wakes: { worker: 20 }, faults: FAULTS, seed };
    const bench = new NetBench({ architecture, personality, stub });
    await bench.until(() => bench.begun.length > 0);
    await bench.stand();
    bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
    const stack = bench.known.architecture.sp;
    for (let hits = 0; hits < 20; hits++) {
      await bench.hit();
      expect(bench.stop.breakpoint).toBeDefined();
      const sp = await bench.settle(bench.known.contexts.get(stack));
      const read = await bench.settle(bench.known.memory.read(sp, 256));
      expect(read).toEqual(bench.machine.memory.read(sp, 256));
    }
    expect(bench.stub.books.hits).toBe(20);
    expect(bench.notes).toEqual([]);
    await leave(bench);
  });
});

describe('a target that is started again', () => {
  it('is found by its new run, without the breakpoints of the old one', async () => {
    const bench = new NetBench({ stub: { wakes: { worker: 5 }, boot: { driverMs: 1, printsPerDriver: 0 } } });
    await bench.stand();
    bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
    await bench.hit();
    bench.stub.power();
    await bench.until(() => bench.begun.length === 2);
    expect(bench.told).toContain('shutdown');
    await bench.until(() => bench.target.known !== undefined && bench.stub.books.target.state === 'running');
    expect(bench.known.breakpoints.list).toEqual([]);
    expect(await bench.breakIn()).toBe(true);
    await leave(bench);
  });

  it.each([1, 2, 3, 4])('by its debugger, with datagrams lost (seed %i)', async (seed) => {
    const stub = { faults: FAULTS, seed, boot: { driverMs: 1, printsPerDriver: 0 } };
    const bench = new NetBench({ stub });
    await bench.until(() => bench.begun.length > 0);
    await bench.stand();
    await bench.settle(bench.target.reboot());
    await bench.until(() => bench.begun.length === 2);
    expect(bench.begun[1]?.anew).toBe(true);
    await bench.until(() => bench.target.known !== undefined && bench.stub.books.target.state === 'running');
    expect(await bench.breakIn()).toBe(true);
    await leave(bench);
  });
});

describe('a way to the target that changes', () => {
  it('may be another address and port of the target, at a stop and while it runs', async () => {
    const bench = new NetBench({ stub: { wakes: { worker: 20 } } });
    await bench.stand();
    bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
    for (let port = 1024; port < 1034; port++) {
      bench.place = { address: port % 2 ? '10.0.0.7' : '192.0.2.7', port };
      await bench.hit();
    }
    await leave(bench);
  });

  it.each([10, 100])('may be gone for %i seconds', async (seconds) => {
    const bench = new NetBench({ stub: { wakes: { worker: 20 } } });
    await bench.stand();
    bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
    await bench.hit();
    bench.stub.cable(false);
    const read = bench.known.memory.read(bench.address(ROUTINE), 16);
    await bench.clock.advanceAsync(seconds * 1000);
    bench.stub.cable(true);
    expect(await bench.settle(read)).toHaveLength(16);
    await bench.hit();
    await leave(bench);
  });

  it('may have a host that sleeps', async () => {
    const bench = new NetBench({ stub: { wakes: { worker: 2 } } });
    await bench.stand();
    bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
    await bench.go();
    bench.hostTimers.stop(60_000);
    await bench.nextStop(200_000);
    expect(bench.stop.breakpoint).toBeDefined();
    await leave(bench);
  });
});

it('a target that stands for a host that has gone is found standing by the next one', async () => {
  const bench = new NetBench({ stub: { state: 'halted' } });
  expect(await bench.attach()).toBe(true);
  await bench.until(() => bench.target.standsStill);
  await leave(bench);
});

it('forged datagrams between the true ones change nothing', async () => {
  const bench = new NetBench({ stub: { wakes: { worker: 20 } } });
  bench.onDatagram = (datagram) => {
    const forged = Buffer.from(datagram);
    forged[12] = (forged[12] as number) ^ 0x40;
    for (let times = 0; times < 20; times++) bench.channel.receive(forged, { address: '10.0.0.66', port: 66 });
  };
  await bench.stand();
  bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
  for (let hits = 0; hits < 10; hits++) await bench.hit();
  expect(bench.channel.dropped.forged).toBeGreaterThan(1000);
  expect(bench.link.statistics).toMatchObject({ retransmissions: 0, reissues: 0, bad: 0 });
  expect(bench.notes).toEqual([expect.stringContaining('10.0.0.66 does not authenticate')]);
  await leave(bench);
});
