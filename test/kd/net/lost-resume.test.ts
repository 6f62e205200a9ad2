import { expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import { release } from '../../../src/kd/shell/release.js';
import { NetBench } from './net-bench.js';

const ROUTINE = 'nt!MmAllocateSpecialPool';
/** Where the number of a request stands in a packet. */
const API_AT = 16;

/** A network that takes nothing to the target any more as soon as the next resume is sent; what the target says comes through. */
class DeafAtResume extends NetBench {
  waits = false;
  deaf = false;

  protected override send(body: Buffer): void {
    const api = body.length > API_AT + 4 ? body.readUInt32LE(API_AT) : 0;
    if (this.waits && (api === API.continue || api === API.continue2)) this.deaf = true;
    if (!this.deaf) super.send(body);
  }
}

it.each([3, 7, 20, 100])('a resume that is lost for %i s is found, told, and sent again', async (seconds) => {
  const bench = new DeafAtResume({ stub: { wakes: { worker: 20 } } });
  await bench.stand();
  bench.target.lookAfter(() => true);
  bench.known.breakpoints.add(bench.address(ROUTINE), 'software');
  await bench.hit();
  bench.waits = true;
  const going = bench.go();
  await bench.clock.advanceAsync(seconds * 1000);
  expect(bench.deaf).toBe(true);
  expect(bench.stub.books.target.state).toBe('halted');
  const { length } = bench.stops;
  bench.waits = false;
  bench.deaf = false;
  await bench.until(() => bench.stops.length > length, 10_000);
  await going;
  // Not the same stop once more: the target has gone on.
  expect(bench.stub.books.hits).toBe(bench.stops.filter(({ breakpoint }) => breakpoint !== undefined).length);
  // Within the first seconds the resume itself is repeated.
  if (seconds > 5)
    expect(bench.notes.join('\n')).toMatch(/The target was halted for [\d.]+ s: it had dropped the last resume/);
  const departure = release(bench.target, { asked: false, spare: false }, new AbortController().signal);
  expect(await bench.settle(departure)).toEqual({ disposition: 'running' });
  expect(bench.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
});

it('a resume that was acknowledged leaves no question', async () => {
  const bench = new NetBench();
  await bench.stand();
  bench.target.lookAfter(() => true);
  await bench.go();
  const { resets } = bench.link.statistics;
  await bench.clock.advanceAsync(100_000);
  expect(bench.target.unacknowledged).toBe(false);
  expect(bench.link.statistics.resets).toBe(resets);
});
