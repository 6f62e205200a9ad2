import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Laptop, portable, WINDOWS } from './harness.js';

let laptop: Laptop;
beforeEach(() => {
  laptop = new Laptop();
});
afterEach(() => laptop.close());

describe('a whole session', () => {
  it('arms, collects, releases by itself after --max-hits, and leaves a full record', async () => {
    const run = laptop.start('fast', '--max-hits', '25');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    expect(laptop.books().command_log).toContain(
      "bp nt!MmAllocateSpecialPool \";kb;r $t19=@$t19+1;j (@$t19<0n25) 'g';'bd 0;g'\"",
    );
    expect(laptop.books().command_log.at(-1)).toMatch(/^\.echo LIVEDEBUG-\S+;g$/);
    const record = laptop.record();
    expect(record).toMatchObject({ phase: 'released', disposition: 'running', armed: false, exit_code: 0 });
    expect(record.hits).toBeGreaterThanOrEqual(25);
    expect(laptop.log().match(/RetAddr +: /g)).toHaveLength(laptop.books().hits);
    const result = laptop.events().at(-1);
    expect(result).toMatchObject({ event: 'result', exit_code: 0, kd_log: { onlyInDebug: 0, onlyInKd: 0 } });
  });

  portable('survives an announced reboot and arms again by itself', async () => {
    const run = laptop.start('reboot', '--max-hits', '30');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    expect(laptop.books().command_log.filter((line) => line.startsWith('bp '))).toHaveLength(2);
    expect(run.err).toContain('The target reboots');
  });

  it('survives an unannounced reboot', async () => {
    const run = laptop.start('reboot-unannounced', '--max-hits', '30');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    expect(laptop.books().command_log.filter((line) => line.startsWith('bp ')).length).toBeGreaterThan(1);
  });

  it('releases on the first Ctrl+C and says 130', async () => {
    const run = laptop.start('fast');
    await run.sees('Collecting.');
    await run.interrupt();
    expect(await run.ended, run.err).toBe(130);
    laptop.expectFree();
  });

  // Windows has no SIGTERM: to be asked to end is to be ended there (supervisor.test.ts).
  it.skipIf(WINDOWS)('releases on SIGTERM and says 143', async () => {
    const run = laptop.start('fast');
    await run.sees('Collecting.');
    run.signal('SIGTERM');
    expect(await run.ended, run.err).toBe(143);
    laptop.expectFree();
  });

  portable('breaks in only when Enter is pressed with --break enter', async () => {
    const run = laptop.start('fast', '--break', 'after:1s', '--max-hits', '5');
    await run.sees('kd runs as process');
    expect(await run.ended, run.err).toBe(0);
    const events = laptop.events();
    const at = (event: string, phase?: string) =>
      Number(events.find((each) => each.event === event && (!phase || each.phase === phase))?.mono_ms);
    expect(at('break-sent') - at('phase', 'connected')).toBeGreaterThan(900);
    laptop.expectFree();
  });

  portable('ends after --for', async () => {
    const run = laptop.start('fast', '--for', '1s');
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
  });

  portable('gives NDJSON on stdout that ends with one result', async () => {
    const run = laptop.start('fast', '--max-hits', '3', '--json');
    expect(await run.ended, run.err).toBe(0);
    const records = run.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(records.every((record) => record.v === 1 && typeof record.run === 'string')).toBe(true);
    expect(records.filter((record) => record.event === 'result')).toHaveLength(1);
    expect(records.at(-1)?.event).toBe('result');
    expect(records.map((record) => record.seq)).toEqual(records.map((_, index) => index + 1));
  });

  it('keeps keys and passwords out of every file', async () => {
    const run = laptop.run([
      'start',
      '--tag',
      'Ddk',
      '--kd',
      'sim:kdnet',
      '--port',
      'net:port=50000,key=1.2.3.4secret',
      '--password',
      'hunter2',
      '--break',
      'connected',
      '--max-hits',
      '3',
    ]);
    expect(await run.ended, run.err).toBe(0);
    laptop.expectFree();
    for (const name of ['run.json', 'events.ndjson', 'livedebug.log']) {
      const text = readFileSync(path.join(laptop.runDirectory(), name), 'utf8');
      expect(text, name).not.toMatch(/4secret|hunter2/);
    }
    expect(run.err + run.out).not.toMatch(/4secret|hunter2/);
  });

  it('begins a new log file with --log-max and loses no line', async () => {
    const run = laptop.start('fast', '--max-hits', '40', '--log-max', '8k');
    expect(await run.ended, run.err).toBe(0);
    const folder = laptop.runDirectory();
    const first = path.join(folder, 'debug.1.log');
    expect(statSync(first).size).toBeGreaterThanOrEqual(8192);
    expect(readFileSync(first, 'latin1').endsWith('\n')).toBe(true);
    expect(laptop.events().at(-1)).toMatchObject({ kd_log: { onlyInDebug: 0, onlyInKd: 0 } });
    laptop.expectFree();
  });
});
