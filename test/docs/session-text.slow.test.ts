import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { castOf, playCast } from '../../scripts/docs/cast.mjs';
import { ROOT } from './pages.js';

/** Counts differ where a hit comes while the target is being released. */
const words = (text: string): string[] => text.trim().replaceAll(/\d+/g, 'N').split('\n');

it('replaces what differs from run to run', () => {
  const output =
    'pipe cast-7\nRun directory: /tmp/a b/runs/20261130-053549-Ddk-cbd7\nkd runs as process 11413.\ncollecting, halted 3%\nruns again after 1.5 s, 2 min 3 s, 55.6 kB\nLog: C:\\a\\runs\\x-1\\debug.log\n';
  expect(castOf(output, 'cast-7').split('\n').slice(1)).toEqual([
    'pipe livedebug',
    'Run directory: ~/.local/state/livedebug/runs/20261123-093012-Ddk-4f1a',
    'kd runs as process <pid>.',
    'runs again after <time>, <time>, <size>',
    'Log: ~/.local/state/livedebug/runs/20261123-093012-Ddk-4f1a/debug.log',
    '',
  ]);
});

// The page shows a session of Linux: on Windows a supervisor holds kd, and a break-in goes another way.
it.skipIf(process.platform === 'win32')('docs/session.txt is what a session prints', { timeout: 120_000 }, async () => {
  const { exitCode, text } = await playCast();
  expect(exitCode, text).toBe(0);
  const printed = words(text);
  // A slow machine may say more in between; what the page shows is said, in this order.
  let at = 0;
  for (const line of words(readFileSync(path.join(ROOT, 'docs', 'session.txt'), 'utf8'))) {
    const found = printed.indexOf(line, at);
    expect(found, `${line}\n--- printed:\n${text}`).toBeGreaterThanOrEqual(0);
    at = found + 1;
  }
});
