import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logsNamed } from '../../../src/cli/report/names.js';
import { lastWords } from '../../../src/cli/session/end.js';
import { Fault } from '../../../src/fault.js';
import { logsOfRun, piecesOf } from '../../../src/session/log-pieces.js';
import { createRunDirectory } from '../../../src/session/run-directory.js';
import type { RunRecord } from '../../../src/session/run-record.js';
import { knownRuns, removeRun, sizeOfRun, whyKept } from '../../../src/session/runs.js';
import { livedebug } from '../livedebug.js';

let home: string;
let before: string | undefined;
beforeEach(() => {
  home = mkdtempSync(path.join(os.tmpdir(), 'runs of '));
  before = process.env.LIVEDEBUG_HOME;
  process.env.LIVEDEBUG_HOME = home;
});
afterEach(() => {
  if (before === undefined) delete process.env.LIVEDEBUG_HOME;
  else process.env.LIVEDEBUG_HOME = before;
  rmSync(home, { recursive: true, force: true });
});

const HIT =
  'ChildEBP RetAddr  \nf7a0b000 80501234 nt!MmAllocateSpecialPool+0x10\nf7a0b040 f7c01000 tapedrv!TapeOpen+0x20\n\n';
const DAY = 86_400_000;

/** A run as a session leaves it. */
function makeRun(days: number, ended: Partial<RunRecord> = {}, runDir?: string): RunRecord {
  const began = new Date(Date.now() - days * DAY);
  const place = createRunDirectory('Ddk', began, runDir);
  rmSync(path.join(home, 'sessions', `${place.run}.json`));
  const over = { ended: began.toISOString(), exit_code: 0, left: 'freed', disposition: 'running' } as const;
  const record = {
    v: 1,
    run: place.run,
    directory: place.directory,
    host: 'h',
    platform: 'p',
    node: 'n',
    pid: 2 ** 30,
    started: began.toISOString(),
    tag: 'Ddk ',
    pipe: 'livedebug',
    server: '.',
    log: place.log,
    phase: 'released',
    kd: { command: 'kd', args: [], env: {}, found_by: '--kd' },
    plan: { goal: 'collect' },
    armed: false,
    hits: 2,
    halted_ms: 0,
    ...over,
    ...ended,
  } as unknown as RunRecord;
  writeFileSync(place.log, HIT);
  writeFileSync(place.record, JSON.stringify(record));
  return record;
}

const codeOf = (attempt: () => unknown): string => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return 'accepted';
};

describe('the pieces of a log', () => {
  it('are in the order of their numbers, and no other file is one', () => {
    for (const name of [
      'debug.10.log',
      'debug.2.log',
      'debug.log',
      'debug.1.log',
      'debug.x.log',
      'debug.2.log.lock',
      'kd.log',
    ])
      writeFileSync(path.join(home, name), '');
    expect(piecesOf(path.join(home, 'debug.log')).map((file) => path.basename(file))).toEqual([
      'debug.1.log',
      'debug.2.log',
      'debug.10.log',
      'debug.log',
    ]);
  });

  it('are those of the run where its log lies elsewhere', () => {
    const log = path.join(home, 'kept here.txt');
    for (const name of ['kept here.1.txt', 'kept here.txt']) writeFileSync(path.join(home, name), '');
    const since = new Date(Date.now() - DAY).toISOString();
    expect(logsOfRun(path.join(home, 'run'), { log, started: since } as RunRecord)).toHaveLength(2);
    const later = new Date(Date.now() + DAY).toISOString();
    expect(logsOfRun(path.join(home, 'run'), { log, started: later } as RunRecord)).toEqual([log]);
  });
});

describe('report RUN', () => {
  it('takes a run directory, a name, a part of it, and the last run', () => {
    const old = makeRun(9);
    const rotated = makeRun(1);
    writeFileSync(path.join(rotated.directory, 'debug.1.log'), HIT);
    makeRun(0, { plan: { goal: 'release' } as RunRecord['plan'] });
    const logs = [path.join(rotated.directory, 'debug.1.log'), rotated.log];
    const sources = [{ name: rotated.directory, files: logs }];
    expect(logsNamed([rotated.directory], false)).toEqual({ sources, directory: rotated.directory });
    expect(logsNamed([rotated.run], false)).toEqual({ sources, directory: rotated.directory });
    expect(logsNamed([rotated.run.slice(-4)], false).sources).toEqual(sources);
    expect(logsNamed([], true).sources).toEqual(sources);
    expect(logsNamed([old.run, rotated.run], false).sources).toEqual([
      { name: old.directory, files: [old.log] },
      ...sources,
    ]);
    expect(codeOf(() => logsNamed(['Ddk'], false))).toBe('run-ambiguous');
  });

  it('takes a file of that name before a run', () => {
    const { run } = makeRun(1);
    const here = process.cwd();
    process.chdir(home);
    try {
      writeFileSync(run, HIT);
      expect(logsNamed([run], false)).toEqual({ sources: [{ name: run, files: [run] }] });
    } finally {
      process.chdir(here);
    }
  });

  it('says what is missing', () => {
    expect(codeOf(() => logsNamed([], false))).toBe('no-log-named');
    expect(codeOf(() => logsNamed([], true))).toBe('no-run');
    expect(codeOf(() => logsNamed(['x'], true))).toBe('last-and-names');
    const { run, log } = makeRun(1);
    rmSync(log);
    expect(codeOf(() => logsNamed([run], false))).toBe('run-without-log');
    expect(codeOf(() => logsNamed(['no-such'], false))).toBe('log-missing');
    expect(logsNamed(['no-such.log', '-'], false).sources.map(({ files }) => files)).toEqual([['no-such.log'], ['-']]);
  });

  it('reads all pieces, and opens the page of the run', async () => {
    const { run, directory } = makeRun(1);
    // Rotation is at the end of a line, which may be in the middle of a stack.
    const text = HIT.repeat(3);
    const cut = text.indexOf('\n', text.length / 2 + 60) + 1;
    writeFileSync(path.join(directory, 'debug.1.log'), text.slice(0, cut));
    writeFileSync(path.join(directory, 'debug.log'), text.slice(cut));
    for (const form of [['--json'], ['--format', 'html', '--out', path.join(home, 'page.html')]]) {
      const report = await livedebug(['report', run, ...form]);
      expect(report, report.err).toMatchObject({ code: 0 });
      if (form[0] === '--json')
        expect(JSON.parse(report.out)).toMatchObject({
          hits: 3,
          unreadTotal: 0,
          stacks: [{ count: 3, frames: [{}, {}] }],
        });
    }
    expect(readFileSync(path.join(home, 'page.html'), 'utf8')).toContain(run);
    expect((await livedebug(['compare', run, directory])).code).toBe(0);
    const opened = await livedebug(['report', '--last', '--open'], {
      BROWSER: process.platform === 'win32' ? 'where' : 'true',
    });
    expect(opened, opened.err).toMatchObject({ code: 0 });
    expect(existsSync(path.join(directory, 'report.html'))).toBe(true);
    const not = await livedebug(['report', '--last', '--open'], { BROWSER: path.join(home, 'no such program') });
    expect(not.code).toBe(3);
    expect(not.err).toContain('Open it by hand');
    expect((await livedebug(['report', '--last', '--open', '--format', 'md'])).code).toBe(2);
  });
});

describe('runs', () => {
  it('are listed with what is known of them', async () => {
    const elsewhere = path.join(home, 'chosen');
    const first = makeRun(2);
    const second = makeRun(
      1,
      { exit_code: 20, left: 'unknown', disposition: 'halted' } as Partial<RunRecord>,
      elsewhere,
    );
    mkdirSync(path.join(home, 'runs', 'by hand'));
    expect(knownRuns().map(({ run }) => run)).toEqual([first.run, second.run, 'by hand']);
    const { out, code } = await livedebug(['runs']);
    expect(code).toBe(0);
    expect(out).toMatch(/^run +tag +when +hits +size +target\n/);
    expect(out).toMatch(
      new RegExp(`^${first.run} +Ddk +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d +2 +[\\d.]+ k?B +running$`, 'm'),
    );
    expect(out).toMatch(new RegExp(`^${second.run} .* NOT KNOWN TO RUN$`, 'm'));
    const records = (await livedebug(['runs', '--json'])).out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(records.at(-1)).toEqual({ v: 1, event: 'result', exit_code: 0, runs: 3 });
    expect(records[0]).toMatchObject({ event: 'run', run: first.run, tag: 'Ddk ', hits: 2, left: 'freed' });
  });

  it('stay where the target is not known to run', () => {
    const over = { ended: 'x', exit_code: 0 };
    const kept = (record: object): unknown => whyKept({ run: 'r', directory: home, record: record as RunRecord });
    expect(kept({ ...over, left: 'freed' })).toBeUndefined();
    expect(kept({ ...over, exit_code: 4, left: 'unreached' })).toBeUndefined();
    expect(kept({ ...over, exit_code: 20, left: 'unknown', freed: 'x' })).toBeUndefined();
    expect(kept({ ...over, exit_code: 20, left: 'freed' })).toBe('target-unknown');
    expect(kept({ ...over, left: 'unanswered', disposition: 'unknown' })).toBe('target-unknown');
    expect(kept({ ...over, left: 'as-found', disposition: 'halted' })).toBe('target-unknown');
    expect(kept({ pid: 2 ** 30 })).toBe('target-unknown');
    expect(kept({ pid: process.pid })).toBe('alive');
    expect(whyKept({ run: 'r', directory: home, record: undefined })).toBe('no-record');
  });

  it('are removed when they are old, and nothing else is', async () => {
    const elsewhere = path.join(home, 'chosen');
    const old = makeRun(40);
    const chosen = makeRun(50, {}, elsewhere);
    writeFileSync(path.join(elsewhere, 'notes.txt'), 'mine');
    writeFileSync(path.join(elsewhere, 'picture.png'), Buffer.alloc(3_000_000));
    const young = makeRun(3);
    const unknown = makeRun(60, { exit_code: 20, left: 'unknown', disposition: 'unknown' });
    const alive = makeRun(60, { pid: process.pid });
    delete (alive as { ended?: string }).ended;
    writeFileSync(path.join(alive.directory, 'run.json'), JSON.stringify(alive));
    const dry = await livedebug(['runs', 'prune', '--older', '30d', '--dry-run']);
    expect(dry.out).toContain('Would remove 2 runs');
    expect(existsSync(old.directory)).toBe(true);
    const { out, code } = await livedebug(['runs', 'prune', '--older', '30d']);
    expect(code, out).toBe(0);
    // What stays was not given back.
    for (const text of [dry.out, out]) expect(text).toMatch(/emove(?:d)? 2 runs, [\d.]+ k?B\.\n$/);
    expect(out).toContain(`kept     ${unknown.run}: its target is not known to run`);
    expect(out).toContain(`kept     ${alive.run}: its session is running`);
    expect(knownRuns().map(({ run }) => run)).toEqual([unknown.run, alive.run, young.run].sort());
    expect(existsSync(old.directory) || existsSync(chosen.log)).toBe(false);
    expect(readFileSync(path.join(elsewhere, 'notes.txt'), 'utf8')).toBe('mine');
    for (const wrong of [['prune'], ['prune', '--older', 'soon']])
      expect((await livedebug(['runs', ...wrong])).code).toBe(2);
  });

  it('have a size with their logs, and go without a trace', () => {
    const { run, directory, log } = makeRun(1);
    const known = knownRuns()[0];
    if (!known) throw new Error('no run');
    expect(sizeOfRun(known)).toBe(readFileSync(log).length + readFileSync(path.join(directory, 'run.json')).length);
    removeRun(known);
    expect(existsSync(path.join(home, 'runs', run))).toBe(false);
  });
});

describe('the last words of a session', () => {
  it('name what covers all pieces of its log', () => {
    const record = makeRun(0, { logs: ['/x/debug.1.log', '/x/debug.2.log', '/x/debug.log'] });
    const result = {
      v: 1,
      run: record.run,
      seq: 1,
      at: '',
      mono_ms: 0,
      event: 'result',
      exit_code: 0,
      hits: 2,
      left: 'freed',
    } as const;
    const words = lastWords({ ...result, reason: 'done' }, record);
    expect(words).toContain(`Report: livedebug report "${record.directory}"`);
    expect(words).toContain('and 2 pieces before it, from /x/debug.1.log on');
  });
});
