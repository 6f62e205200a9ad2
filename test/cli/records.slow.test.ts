import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands.js';
import { wantsRecords } from '../../src/cli/json-records.js';
import { RECORD, recordPage, SESSION_RECORDS } from '../../src/cli/record-schema.js';
import { livedebug } from './livedebug.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(path.join(os.tmpdir(), 'records '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { LIVEDEBUG_HOME: path.join(folder, 'home'), XDG_CONFIG_HOME: folder, APPDATA: folder };

const log = path.join(folder, 'debug.log');
writeFileSync(
  log,
  `RetAddr           : Args to Child                                                           : Call Site
fffff800\`015e1000 : 00000000\`00000001 00000000\`00000200 00000000\`206b6444 00000000\`00000000 : nt!MmAllocateSpecialPool
fffff880\`02e01010 : 00000000\`00000001 00000000\`00000200 00000000\`206b6444 00000000\`00000000 : nt!ExAllocatePoolWithTag+0x2ba
fffff800\`015e2000 : 00000000\`00000001 00000000\`00000200 00000000\`00000000 00000000\`00000000 : leaky!Create+0x10
`,
);

function linesOf(out: string): Record<string, unknown>[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Every source file below a folder. */
function sources(below: string): string[] {
  return readdirSync(path.join(ROOT, below), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(path.join(ROOT, below, name), 'utf8'));
}

describe('--json', () => {
  it.each([
    ['status'],
    ['stop'],
    ['ports'],
    ['doctor', '--kd', 'sim'],
    ['runs'],
    ['runs', 'prune', '--older', '30d'],
    ['tag', 'encode', 'Ddk'],
    ['tag', 'decode', '0x206b6444'],
    ['simulate', 'scenarios'],
    ['simulate', 'scripts'],
    ['report', log],
    ['report', log, '--out', path.join(folder, 'report.json')],
    ['compare', log, log],
    ['symbols', 'fetch', path.join(folder, 'nothing.sys'), '--symbols', folder],
    ['start', '--tag', 'Ddk', '--kd', 'sim:fast', '--pipe', 'records', '--break', 'connected', '--max-hits', '5'],
  ])('of %s %s prints records, the last one a result with the exit code', async (...words) => {
    const { code, out } = await livedebug([...words, '--json'], env);
    const lines = linesOf(out);
    for (const line of lines) expect(() => RECORD.parse(line), JSON.stringify(line)).not.toThrow();
    expect(lines.at(-1)).toMatchObject({ v: 1, event: 'result', exit_code: code });
    expect(lines.filter(({ event }) => event === 'result')).toHaveLength(1);
  });

  it.each([
    [['start', '--tag', 'TooLong'], 2, 'tag-too-long'],
    [['start', '--nonsense'], 2, 'usage'],
    [['start', '--tag', 'Ddk', '--max-hits', '1k'], 2, 'bad-value'],
    [['start', '--tag', 'Ddk', '--strategy', 'magic'], 2, 'usage'],
    [['stop', '--pipe', 'nobody'], 2, 'no-such-session'],
    [['status', '--forget', 'nobody'], 2, 'unknown-run'],
    [['report', path.join(folder, 'nothing.log')], 2, undefined],
    [['nonsense'], 2, 'usage'],
  ] as const)('of %j, which fails, prints an error and the result', async (words, exitCode, errorCode) => {
    const { code, out, err } = await livedebug([...words, '--json'], env);
    expect(code).toBe(exitCode);
    expect(err).not.toBe('');
    const lines = linesOf(out);
    for (const line of lines) expect(() => RECORD.parse(line)).not.toThrow();
    expect(lines.map(({ event }) => event)).toEqual(['error', 'result']);
    expect(lines[0]).toMatchObject({ exit_code: exitCode, ...(errorCode !== undefined && { code: errorCode }) });
    expect(lines[1]).toMatchObject({ exit_code: exitCode });
  });

  it('is not asked for by an argument of kd', () => {
    expect(wantsRecords(['kd', '--json'])).toBe(false);
    expect(wantsRecords(['report', '--', '--json'])).toBe(false);
    expect(wantsRecords(['report', '--json'])).toBe(true);
  });
});

describe('the schema', () => {
  it('has every record that a session makes', () => {
    const told = sources('src/session').flatMap((text) =>
      [...text.matchAll(/(?:\btell|records\.add|\bthis\.add)\(\s*'([a-z-]+)'/g)].map(([, event = '']) => event),
    );
    expect(told.length).toBeGreaterThan(40);
    expect(new Set(told.filter((event) => event !== 'result'))).toEqual(new Set(Object.keys(SESSION_RECORDS)));
  });

  it('refuses a record that is none, and takes fields that are new', () => {
    const good = { v: 1, event: 'port', path: 'com1', more: true };
    expect(RECORD.safeParse(good).success).toBe(true);
    expect(RECORD.safeParse({ ...good, path: 7 }).success).toBe(false);
    expect(RECORD.safeParse({ ...good, v: 2 }).success).toBe(false);
    expect(RECORD.safeParse({ ...good, event: 'made-up' }).success).toBe(false);
  });

  it('is printed, and the page about it is the one in docs', async () => {
    expect(JSON.parse((await livedebug(['schema'])).out)).toHaveProperty('anyOf');
    expect(
      readFileSync(path.join(ROOT, 'docs', 'events.md'), 'utf8'),
      'livedebug schema --markdown > docs/events.md',
    ).toBe(recordPage());
  });
});

describe('the help', () => {
  it('of every command has an example', async () => {
    const program = new Command('livedebug');
    for (const entry of commands) (await entry.load()).define(program);
    const silent: string[] = [];
    const look = (command: Command, words: string): void => {
      for (const each of command.commands) {
        const name = `${words} ${each.name()}`;
        let help = '';
        each.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
        // The arguments of the simulated kd are kd's, and what a shell's completion is told is how to install it.
        const unseen = name === ' simulate kd' || name.startsWith(' completion ');
        if (!unseen && !/^Examples?:\n {2}\S/m.test(help)) silent.push(name);
        look(each, name);
      }
    };
    look(program, '');
    expect(silent).toEqual([]);
  });

  it.each([['start'], ['target'], ['rescue']])('is the same by `help %s`', async (name) => {
    expect((await livedebug(['help', name])).out).toBe((await livedebug([name, '--help'])).out);
  });

  it('of a rescue lists what fits a rescue', async () => {
    const { out } = await livedebug(['rescue', '--help']);
    expect(out).not.toMatch(/--(?:track-frees|max-hits|strategy|sizes|burst)/);
    expect(out).toMatch(/--kd/);
  });
});
