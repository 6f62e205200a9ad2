import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../../src/fault.js';
import { Laptop } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

it('doctor --live tries a kd and every way to break in, and keeps a report', async () => {
  const run = laptop.run(['doctor', '--live', '--kd', 'sim:fast', '--port', 'com1', '--baud', '115200']);
  expect(await run.ended, run.out + run.err).toBe(EXIT.done);
  expect(run.out).toMatch(/ok {10}kd alone: starts hidden as process \d+, waits, .*a client joins and leaves/);
  for (const way of ['interrupt', 'ctrl-f', 'client'])
    expect(run.out).toMatch(new RegExp(`ok {10}break by ${way}: proved after \\d+ ms, .*target running`));
  laptop.expectFree();
}, 240_000);
