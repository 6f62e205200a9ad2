import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Laptop, portable } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

it('a rehearsal does the whole job and names the driver', { timeout: 60_000 }, async () => {
  const out = path.join(laptop.folder, 'my rehearsal');
  const run = laptop.run(['rehearse', '--out', out]);
  expect(await run.ended, run.err).toBe(0);
  expect(run.out).toMatch(/^mydrv made \d+ of \d+ allocations of 'Ddk '/m);
  expect(run.err).toContain('The target reboots');
  expect(run.err).toContain('0 violations');
  for (const name of [
    'kit/prepare.cmd',
    'kit/undo.cmd',
    'run/debug.log',
    'run/kd.log',
    'run/run.json',
    'run/report.html',
  ])
    expect(existsSync(path.join(out, name)), name).toBe(true);
  const books = JSON.parse(readFileSync(path.join(out, 'books.json'), 'utf8')) as { violations: unknown[] };
  expect(books.violations).toEqual([]);
});

it('a report of the session’s log agrees with the target’s books', async () => {
  const run = laptop.start('fast', '--max-hits', '30');
  expect(await run.ended, run.err).toBe(0);
  laptop.expectFree();
  const report = laptop.run(['report', '--json', path.join(laptop.runDirectory(), 'debug.log')]);
  expect(await report.ended, report.err).toBe(0);
  const { hits, drivers, unread } = JSON.parse(report.out) as {
    hits: number;
    drivers: { name: string; hits: number }[];
    unread: unknown[];
  };
  const books = laptop.books();
  expect(hits).toBe(books.hits);
  expect(Object.fromEntries(drivers.map(({ name, hits }) => [name, hits]))).toEqual(books.hits_by_driver);
  expect(unread).toEqual([]);
});

portable('npm start’s rehearsal with the built-in kd talks to a target that boots', { timeout: 60_000 }, async () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: { start: string };
  };
  const words = scripts.start.split(' ').slice(2);
  const out = path.join(laptop.folder, 'my rehearsal');
  const run = laptop.run([...words, '--hits', '20', '--out', out]);
  expect(await run.ended, run.err).toBe(0);
  expect(run.out).toMatch(/^(?:leakydrv|filterdrv|win32k) made \d+ of \d+ allocations of 'Ddk '/m);
  expect(run.err).toContain('kd: the built-in kd');
  expect(run.err).toContain('0 violations');
  expect(existsSync(path.join(out, 'run', 'report.html'))).toBe(true);
});

it('a scenario of the simulated kd is refused with the built-in one', async () => {
  const run = laptop.run(['rehearse', '--kd', 'builtin', '--scenario', 'fast']);
  expect(await run.ended).toBe(2);
  expect(run.err).toContain('Add --kd sim');
});
