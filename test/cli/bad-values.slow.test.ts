import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SETTINGS, type SettingName } from '../../src/cli/session/settings.js';
import { withSettings } from '../../src/cli/settings.js';
import { livedebug } from './livedebug.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'bad values '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Per setting a value that is none of its own, and what the remedy must show. */
const WRONG: Readonly<Partial<Record<SettingName, readonly [value: string, form: RegExp]>>> = {
  os: ['beos', /win10/],
  baud: ['fast', /whole number/],
  sizes: ['perhaps', /true or false/],
  trackFrees: ['perhaps', /true or false/],
  knownStacks: ['perhaps', /true or false/],
  strategy: ['magic', /auto, breakpoint or pool-hit-tag/],
  break: ['soon', /after:90s/],
  breakBy: ['force', /interrupt/],
  maxHits: ['1k', /whole number/],
  for: ['10min', /10m/],
  wait: ['x', /30s/],
  haltLimit: ['-5s', /30s/],
  haltBudget: ['110%', /10%/],
  burst: ['0', /above 0/],
  maxHalt: ['0s', /above 0/],
  onStop: ['ask', /hold or resume/],
  reload: ['perhaps', /true or false/],
  logMax: ['1x', /500m/],
};
const SWITCHES: readonly string[] = ['sizes', 'trackFrees', 'knownStacks', 'reload'];
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe('a value that is not understood', () => {
  const cases = Object.entries(WRONG).map(([name, [value, form]]) => ({ name: name as SettingName, value, form }));

  it('is known of every setting that is not any text', () => {
    const checked = Object.entries(SETTINGS).filter(([, kind]) => kind !== 'text');
    expect(checked.map(([name]) => name).sort()).toEqual(Object.keys(WRONG).sort());
  });

  it.each(cases)('$name: $value is refused from environment and file, with where it stands', async (each) => {
    const { name, value, form } = each;
    const file = path.join(folder, `${name}.toml`);
    writeFileSync(file, `${kebab(name)} = '${value}'\n`);
    const variable = `LIVEDEBUG_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
    const env = { XDG_CONFIG_HOME: folder, APPDATA: folder };
    const given = [
      { where: variable, flags: {}, env: { ...env, [variable]: value } },
      { where: `${kebab(name)} in ${file}`, flags: { config: file }, env },
      ...(SWITCHES.includes(name) ? [] : [{ where: `--${kebab(name)}`, flags: { [name]: value }, env }]),
    ];
    for (const { where, flags, env } of given)
      await expect(withSettings(flags, [name], env)).rejects.toMatchObject({
        code: 'bad-value',
        exitCode: 2,
        message: `${where}: "${value}" is not understood.`,
        remedy: expect.stringMatching(form),
      });
  });

  it.each([
    ['--max-hits', '1k'],
    ['--for', '10min'],
    ['--wait', 'x'],
    ['--halt-limit', '-5s'],
    ['--log-max', '1x'],
    ['--burst', 'many'],
  ])('%s %s ends the program with 2 and a word, before anything is made', async (flag, value) => {
    const home = path.join(folder, 'home');
    const words = ['start', '--tag', 'Ddk', '--kd', 'sim:fast', '--break', 'connected', flag, value];
    const { code, err } = await livedebug(words, { LIVEDEBUG_HOME: home });
    expect(code).toBe(2);
    expect(err).toContain(`${flag}: "${value}" is not understood.`);
    expect(existsSync(home)).toBe(false);
  });

  it('is refused of a setting that is text where it is a switch', async () => {
    const file = path.join(folder, 'text.toml');
    writeFileSync(file, 'port = true\n');
    await expect(withSettings({ config: file }, ['port'], {})).rejects.toMatchObject({ code: 'bad-value' });
  });

  it('leaves a command alone that does not take the setting', async () => {
    const file = path.join(folder, 'other.toml');
    writeFileSync(file, "max-hits = '1k'\nport = 'com3'\ntag = 1234\n");
    expect(await withSettings({ config: file }, ['port', 'tag'], {})).toMatchObject({ port: 'com3', tag: '1234' });
  });
});

describe('a user’s own settings file', () => {
  const home = path.join(folder, 'config');
  const env = { XDG_CONFIG_HOME: home, APPDATA: home };
  const own = path.join(home, 'livedebug', 'livedebug.toml');
  mkdirSync(path.dirname(own), { recursive: true });
  writeFileSync(own, "port = 'com7'\nbaud = 57600\n[profiles.box]\nport = 'com8'\n[targets.old]\nport = 'com9'\n");

  it('is read where the folder has none', async () => {
    expect(await withSettings({}, ['port', 'baud'], env)).toMatchObject({ port: 'com7', baud: 57600 });
    expect(await withSettings({ profile: 'box' }, ['port', 'baud'], env)).toMatchObject({ port: 'com8', baud: 57600 });
    expect(await withSettings({ target: 'old' }, ['port'], env)).toMatchObject({ port: 'com9' });
    expect(await withSettings({}, ['port'], { ...env, LIVEDEBUG_PROFILE: 'box' })).toMatchObject({ port: 'com8' });
  });

  it('is not read beside one that is named', async () => {
    const file = path.join(folder, 'named.toml');
    writeFileSync(file, 'baud = 115200\n');
    const settings = await withSettings({ config: file } as { config: string; port?: string }, ['port', 'baud'], env);
    expect(settings).toMatchObject({ baud: 115200 });
    expect(settings.port).toBeUndefined();
  });

  it('comes after that of the folder, but for a profile that was asked for', async () => {
    const here = path.join(folder, 'here');
    mkdirSync(here, { recursive: true });
    writeFileSync(path.join(here, 'livedebug.toml'), "port = 'com1'\nkd = 'sim'\n");
    const dryRun = async (...words: string[]): Promise<string> =>
      (await livedebug(['start', ...words, '--tag', 'Ddk', '--dry-run'], env, here)).out;
    expect(await dryRun()).toContain('com:port=com1,baud=57600');
    expect(await dryRun('box')).toContain('com:port=com8,baud=57600');
    expect(await dryRun('--profile', 'box')).toContain('com:port=com8,baud=57600');
  });

  it('has no profile that it does not have, and says which', async () => {
    await expect(withSettings({ profile: 'bax' }, ['port'], env)).rejects.toMatchObject({
      code: 'no-such-profile',
      message: expect.stringMatching(/has (?:old, box|box, old)/),
    });
    const both = await livedebug(['start', 'box', '--profile', 'old', '--tag', 'Ddk'], env);
    expect(both).toMatchObject({ code: 2, err: expect.stringContaining('Two profiles') });
  });
});

describe('a name that is mistyped', () => {
  const file = path.join(folder, 'a file');
  writeFileSync(file, '');
  it.each([
    [['rehearse', '--scenario', 'typo'], 'scenario-unknown'],
    [['rehearse', '--kd', 'sim', '--scenario', 'typo'], 'scenario-unknown'],
    [['rehearse', '--out', file], 'out-not-a-folder'],
    [['start', '--tag', 'Ddk', '--kd', 'sim:typo', '--break', 'connected'], 'scenario-unknown'],
    [['rescue', '--kd', 'sim:typo', '--pipe', 'nobody'], 'scenario-unknown'],
    [['simulate', 'check', 'nothing.toml'], 'scenario-unreadable'],
  ])('%j is an error of usage, before anything is made', async (words, errorCode) => {
    const home = path.join(folder, 'no home');
    const { code, err } = await livedebug(words, { LIVEDEBUG_HOME: home });
    expect(code, err).toBe(2);
    expect(err).toContain(`(${errorCode})`);
    expect(existsSync(home)).toBe(false);
  });
});
