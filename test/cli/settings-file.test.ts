import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { withSettings } from '../../src/cli/settings.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'settings file '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const known = ['kd', 'log', 'port', 'baud', 'then'] as const;
const read = (content: string | Uint8Array, target?: string) => {
  const config = path.join(folder, 'livedebug.toml');
  writeFileSync(config, content);
  return withSettings({ config, ...(target !== undefined && { target }) }, known, {});
};
const utf16 = (text: string, bigEndian = false) => {
  const bytes = Buffer.from(text, 'utf16le');
  return bigEndian ? bytes.swap16() : bytes;
};

describe('livedebug.toml as editors of Windows save it', () => {
  const text = "log = 'C:\\Users\\Jörg Ж\\new.log'\r\n[targets.box]\r\nport = 'com3'\r\n";
  const meant = { log: 'C:\\Users\\Jörg Ж\\new.log', port: 'com3' };

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
    ['UTF-16', utf16(`\uFEFF${text}`)],
    ['UTF-16 without a mark', utf16(text)],
    ['UTF-16, big endian', utf16(`\uFEFF${text}`, true)],
    ['UTF-8 with line feeds', Buffer.from(text.replaceAll('\r', ''))],
  ])('is read in %s', async (_, bytes) => expect(await read(bytes, 'box')).toMatchObject(meant));

  it('is refused in an ANSI code page, with how to save it', async () => {
    await expect(read(Buffer.from("log = 'C:\\Jörg'", 'latin1'))).rejects.toMatchObject({
      code: 'bad-config',
      exitCode: 2,
      message: expect.stringContaining('not saved as UTF-8'),
      remedy: expect.stringContaining('Notepad'),
    });
  });

  it('may be empty', async () => expect(await read('')).toMatchObject({}));
});

describe('backslashes in double quotes', () => {
  it.each(['kd = "C:\\Users\\bob"', 'kd = "C:\\xyz"', 'kd = "D:\\q"', 'kd = "C:\\dbg\\"\r\nport = "com1"'])(
    '%s is refused with single quotes as the way on',
    async (text) => {
      await expect(read(text)).rejects.toMatchObject({
        code: 'bad-config',
        remedy: expect.stringContaining("kd = 'C:\\"),
      });
    },
  );

  it('that TOML understands as something else are not taken for a path', async () => {
    await expect(read('log = "C:\\temp\\new\\bench.log"')).rejects.toMatchObject({
      code: 'bad-config',
      message: expect.stringContaining('log has a control character'),
      remedy: "Write it in single quotes: log = 'C:\\temp\\new\\bench.log'.",
    });
    await expect(read('[targets.a]\nlog = "C:\\temp"\n[targets.b]\nlog = \'C:\\temp\'', 'a')).rejects.toThrowError(
      /control/,
    );
    expect(await read('[targets.a]\nlog = "C:\\temp"\n[targets.b]\nlog = \'C:\\temp\'', 'b')).toMatchObject({
      log: 'C:\\temp',
    });
    expect(await read('kd = "C:\\\\temp"')).toMatchObject({ kd: 'C:\\temp' });
  });
});

describe('a settings file in JSON', () => {
  const json = async (text: string) => {
    const config = path.join(folder, 'settings.json');
    writeFileSync(config, text);
    return withSettings({ config, profile: 'box' }, known, {});
  };

  it('says the same as one in TOML', async () => {
    const text = JSON.stringify({ kd: 'sim', baud: 57600, profiles: { box: { port: 'com3' } } });
    expect(await json(text)).toMatchObject({ kd: 'sim', baud: 57600, port: 'com3' });
    expect(await json(`\uFEFF${text}`)).toMatchObject({ port: 'com3' });
  });

  it('that is none is refused', async () => {
    await expect(json("kd = 'sim'")).rejects.toMatchObject({ code: 'bad-config', exitCode: 2 });
    await expect(json('{"bood":1}')).rejects.toMatchObject({ code: 'bad-config' });
  });
});
