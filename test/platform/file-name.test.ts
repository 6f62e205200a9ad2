import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkFileName, whyNotOnWindows } from '../../src/platform/file-name.js';
import { kitFolderName } from '../../src/prepare/kit-folder.js';
import { encodeTag } from '../../src/prepare/tag.js';
import { createRunDirectory } from '../../src/session/run-directory.js';

describe('names that Windows does not store', () => {
  it.each([
    ['CON', 'device'],
    ['nul', 'device'],
    ['C:\\logs\\COM1.log', 'device'],
    ['logs/aux.txt/debug.log', 'device'],
    ['LPT9.tar.gz', 'device'],
    ['con .log', 'device'],
    ['NUL:', 'device'],
    ['conout$', 'device'],
    ['debug?.log', '? cannot'],
    ['a|b', '| cannot'],
    ['logs\\12:30.log', ': cannot'],
    ['a\tb', 'control character'],
    ['logs.', 'drops the dot'],
    ['logs \\debug.log', 'drops the blank'],
    ['...', 'drops the dot'],
  ])('%j', (file, why) => {
    expect(whyNotOnWindows(file)).toContain(why);
    expect(() => checkFileName(file, 0, 'win32')).toThrowError(
      expect.objectContaining({ code: 'bad-file-name', exitCode: 2 }),
    );
    expect(() => checkFileName(file, 0, 'linux')).not.toThrow();
  });

  it.each([
    'debug.log',
    'C:\\Users\\Jörg Ж\\x.log',
    'c:debug.log',
    '\\\\nas\\logs\\a.log',
    '..\\a',
    './a',
    '.hidden',
    'COM10.log',
    'contents',
    '\\\\?\\C:\\x',
    '日本.log',
  ])('%j is one', (file) => expect(() => checkFileName(file, 0, 'win32')).not.toThrow());

  it('a place is too long when what belongs there does not fit', () => {
    const place = `C:\\${'x'.repeat(240)}`;
    expect(() => checkFileName(place, 16, 'win32')).not.toThrow();
    expect(() => checkFileName(place, 17, 'win32')).toThrowError(expect.objectContaining({ code: 'path-too-long' }));
  });
});

const tags = fc.stringMatching(/^[ -~]{1,4}$/).filter((text) => text.trim() !== '');
const nasty = ['CON ', 'NUL?', 'AUX', 'a..', '<>:"', '\\/|*', 'a . ', '????', 'PRN.', 'COM1'];

it('no tag makes a name that Windows does not store', () => {
  const home = process.env.LIVEDEBUG_HOME;
  const check = (text: string) => {
    const tag = encodeTag(text);
    expect(whyNotOnWindows(kitFolderName(tag)), text).toBeUndefined();
    return tag;
  };
  fc.assert(fc.property(tags, (text) => void check(text)));
  try {
    process.env.LIVEDEBUG_HOME = mkdtempSync(path.join(os.tmpdir(), 'names of tags '));
    for (const text of nasty) {
      const { run } = createRunDirectory(check(text).tag, new Date());
      expect(whyNotOnWindows(`${run}.json`), text).toBeUndefined();
      expect(run).toMatch(/^\d{8}-\d{6}-\w+-[0-9a-f]{4}$/);
    }
  } finally {
    if (home === undefined) delete process.env.LIVEDEBUG_HOME;
    else process.env.LIVEDEBUG_HOME = home;
  }
});
