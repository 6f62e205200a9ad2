import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POOLMON_HEADING, snapshotRows, usedTable } from '../report/pool/pool-text.js';
import { type Shown, shownCommands } from './commands.js';
import { allPages, ROOT } from './pages.js';

/** What cannot be run here, and why. It is checked by commands.test.ts, as all of them are. */
const NOT_RUN: readonly (readonly [RegExp, string])[] = [
  [/^npm (?:ci|cit|install|run|test)\b/, 'installs packages, or runs all tests: what calls this test'],
  [/^npm start\b/, 'the rehearsal: test/e2e/rehearse.test.ts runs its very words'],
  [/^livedebug rehearse\b/, 'test/e2e/rehearse.test.ts runs it'],
  [/^livedebug (?:attach|rescue)\b/, 'needs a session, or its wreck: test/e2e has them'],
  [/^livedebug kd (?!--explain-trace)/, 'needs a target on a port of this host: test/e2e/kd.test.ts'],
  [/^livedebug doctor --port net:/, 'listens for a target: test/e2e/doctor-net.test.ts'],
  [/^livedebug simulate target\b/, 'waits for a debugger: test/e2e/builtin.test.ts'],
];

/** A session without a target: everything but starting kd. */
const WITHOUT_TARGET: readonly (readonly [RegExp, readonly string[]])[] = [
  [/--kd sim|--dry-run|--script/, []],
  [/--port net:/, ['--dry-run', '--kd', process.execPath]],
  [/^livedebug start\b/, ['--dry-run']],
];

/** Exit codes that are no fault of the page: this host has no serial port, and perhaps no kd. */
const ENDS: readonly (readonly [RegExp, readonly number[]])[] = [[/^livedebug (?:doctor|ports)\b/, [0, 3, 6]]];

const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug pages '));
const env = {
  LIVEDEBUG_HOME: path.join(folder, 'home'),
  LIVEDEBUG_PIPE_DIR: path.join(folder, 'p'),
  LIVEDEBUG_PIPE: `pages-${process.pid}`,
  BROWSER: 'true',
  LIVEDEBUG_KDNET: 'key=1a.2b.3c.4d',
};

async function run(words: readonly string[], more: Readonly<Record<string, string>> = {}) {
  return execa(process.execPath, [path.join(ROOT, 'dist', 'main.js'), ...words], {
    cwd: folder,
    env: { ...env, ...more },
    reject: false,
    stdin: 'ignore',
    timeout: 60_000,
  });
}

const commandOf = ({ words }: Shown): string => words.join(' ');
const all = allPages().flatMap(shownCommands);
const runnable = all.filter((shown) => !NOT_RUN.some(([pattern]) => pattern.test(commandOf(shown))));

// Shell words are those of a shell of this system, and `true` is a program of it.
describe.skipIf(process.platform === 'win32')('commands of the pages, run', () => {
  beforeAll(async () => {
    const table = (bytes: number): string =>
      `${usedTable(['Ddk', [bytes / 64, bytes]]).join('\n')}\nDebug session time: Mon Nov 23 0${bytes / 6400}:00:00.000 2026 (UTC + 0:00)\n`;
    const snapshot = (allocs: number): string =>
      `${[POOLMON_HEADING, ...snapshotRows(['Ddk', allocs, 3, 640])].join('\n')}\n`;
    const texts = {
      'hourly.log': table(6400) + table(12_800),
      'poolsnap.log': snapshot(10) + snapshot(90),
      'monday.txt': snapshot(10),
      'tuesday.txt': snapshot(90),
      'pooltag.txt': 'Ddk  - <unknown>    - Default for driver allocated memory\n',
    };
    for (const [name, text] of Object.entries(texts)) writeFileSync(path.join(folder, name), text);
    const files = {
      'debug.log': 'fixtures/logs/vista-x64-kv-kp-several.log',
      'before.log': 'fixtures/logs/vista-x64-kv-kp-several.log',
      'after.log': 'fixtures/logs/windows7-x64-kb-damaged.log',
      'boot.ini': 'fixtures/boot/server2003.ini',
      'bcd.txt': 'fixtures/boot/bcdedit-prepared.txt',
      'bcd-net.txt': 'fixtures/boot/bcdedit-net.txt',
      'line.rec': 'fixtures/traces/prompt-x64.txt',
    };
    for (const [name, from] of Object.entries(files)) copyFileSync(path.join(ROOT, from), path.join(folder, name));
    // The last run, of which some commands speak.
    const session = await run(['start', '--tag', 'Ddk', '--kd', 'sim:fast', '--break', 'connected', '--max-hits', '5']);
    expect(session.exitCode, session.stderr).toBe(0);
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

  it('are not all left out', () => {
    expect(runnable.length).toBeGreaterThan(25);
    for (const [pattern] of NOT_RUN)
      expect(
        all.some((shown) => pattern.test(commandOf(shown))),
        `${pattern}`,
      ).toBe(true);
  });

  it.each(runnable.map((shown) => ({ ...shown, command: commandOf(shown) })))(
    '$page: $command',
    { timeout: 120_000 },
    async ({ words, command, env: more }) => {
      const added = /^livedebug start\b/.test(command)
        ? (WITHOUT_TARGET.find(([pattern]) => pattern.test(command))?.[1] ?? [])
        : [];
      // Two pages write the same kit.
      const again = words.includes('prepare') || words.includes('undo') ? ['--force'] : [];
      const { exitCode, stderr, stdout } = await run([...words.slice(1), ...added, ...again], more);
      const expected = ENDS.find(([pattern]) => pattern.test(command))?.[1] ?? [0];
      expect(expected, `${stderr}\n${stdout}`).toContain(exitCode);
      expect(stderr).not.toContain('internal error');
    },
  );
});
