import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAIN } from '../e2e/run.js';
import { ARCHITECTURES, imagesOf, Laboratory } from './laboratory.js';
import { printedStacks } from './stacks.js';

const MOST = 5;

describe.each(ARCHITECTURES)('a session with Microsoft’s engine as its kd on %s', (architecture) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory(architecture);
  });
  afterEach(() => lab.close());

  test('breaks in, arms, counts every stack as a hit, and frees the target', async () => {
    await lab.target();
    const run = path.join(lab.folder, 'run');
    const words = [
      ...['start', '--kd', lab.wiredKd(), '--port', 'com1', '--baud', '115200', '--no-preflight', '--tag', 'Ddk'],
      ...['--symbols', imagesOf(architecture), '--pipe', `session-${process.pid}-${architecture}`],
      ...['--break', 'now', '--max-hits', String(MOST), '--run-dir', run],
    ];
    const session = lab.program(process.execPath, [MAIN, ...words]);
    expect(await session.exited, session.text).toBe(0);
    await lab.expectFree();
    const log = readFileSync(path.join(run, 'debug.log'), 'latin1');
    const { hits } = lab.books;
    expect(hits).toBeGreaterThanOrEqual(MOST);
    expect(printedStacks(log)).toHaveLength(hits);
    const report = lab.program(process.execPath, [MAIN, 'report', path.join(run, 'debug.log'), '--json']);
    expect(await report.exited, report.text).toBe(0);
    expect(session.text).toContain('running, without a breakpoint');
  });
});
