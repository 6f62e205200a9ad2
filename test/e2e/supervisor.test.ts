import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT } from '../../src/fault.js';
import { Laptop } from './harness.js';

const KEPT = { LIVEDEBUG_KEEP_KD: '1' };

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

function start(...more: string[]) {
  const words = ['start', '--tag', 'Ddk', '--kd', 'sim:fast', '--port', 'com1', '--baud', '115200', ...more];
  return laptop.run(words, KEPT);
}

it('collects and releases through its supervisor, which ends with its kd', async () => {
  const run = start('--max-hits', '20');
  expect(await run.ended).toBe(EXIT.done);
  laptop.expectFree();
  expect(laptop.record()).toMatchObject({ disposition: 'running', exit_code: 0 });
  expect(existsSync(path.join(laptop.runDirectory(), 'rescue.log'))).toBe(false);
});

it('a session that is killed while it collects is followed by a rescue, and not a byte of kd is lost', async () => {
  const run = start();
  await run.sees('Collecting');
  const directory = laptop.runDirectory();
  run.signal('SIGKILL');
  await run.ended;
  await laptop.until(() => laptop.books().target.breakpoints === 0 && laptop.books().target.state === 'running');
  const rescueLog = path.join(directory, 'rescue.log');
  await laptop.until(() => readFileSync(rescueLog, 'utf8').includes('Ended the kd of the orphaned session'));
  laptop.expectFree();
  const hits = readFileSync(path.join(directory, 'debug.log'), 'latin1').match(/RetAddr {15}: /g)?.length;
  expect(hits).toBeGreaterThanOrEqual(laptop.books().hits);
});

it.each([
  ['stands still', () => laptop.books().target.state === 'halted'],
  [
    'stands still for a kd that fetches symbols',
    () => laptop.books().command_log.includes('x nt!MmAllocateSpecialPool'),
  ],
])(
  'a session that is killed while the target %s is followed by a rescue',
  async (_, holds) => {
    const words = ['start', '--tag', 'Ddk', '--kd', 'sim:slow-symbols', '--port', 'com1', '--baud', '115200'];
    const run = laptop.run(words, KEPT);
    await laptop.until(holds);
    const rescueLog = path.join(laptop.runDirectory(), 'rescue.log');
    run.signal('SIGKILL');
    await run.ended;
    await laptop.until(() => existsSync(rescueLog) && /Target:|MAY STAND STILL/.test(readFileSync(rescueLog, 'utf8')));
    laptop.expectFree();
  },
  90_000,
);

it.skipIf(process.platform === 'win32')('ends a kd that runs away while it waits, and says so', async () => {
  const kd = path.join(laptop.folder, 'kd');
  const script = `#!${process.execPath}
process.stdout.write('Opened com1\\nWaiting to reconnect...\\n');
const kept = [];
setInterval(() => kept.push(Buffer.alloc(64 << 20, 1)), 150);
process.stdin.resume();
`;
  writeFileSync(kd, script, { mode: 0o755 });
  const run = laptop.run(['start', '--tag', 'Ddk', '--kd', kd, '--no-preflight']);
  expect(await run.ended).toBe(EXIT.neverConnected);
  expect(run.err).toMatch(/kd is leaking memory \(\d+ MB more in \d+ s\)/);
});
