import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { whatItIs } from '../../src/report/what-it-is.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['a crash dump', Buffer.from('PAGEDU64\x0f\0\0\0')],
  ['compressed by gzip', gzipSync('kd> g\n')],
  ['a packet trace', Buffer.from([0x0a, 0x0d, 0x0d, 0x0a, 0x1c, 0, 0, 0])],
  ['a table of !poolused', Buffer.from('0: kd> !poolused 2\n Sorting by  NonPaged Pool Consumed\n\n  Pool Used:\n')],
  ['a table of PoolMon', Buffer.from(' Memory: 1000K Avail\n Tag  Type     Allocs            Frees\n')],
  ['no text', Buffer.alloc(4096, 3)],
])('knows %s', (is, bytes) => {
  const file = path.join(folder, 'file');
  writeFileSync(file, bytes);
  expect(whatItIs(file)).toMatchObject({ is });
});

it('says nothing of a log, and of a file that is not there', () => {
  writeFileSync(path.join(folder, 'log'), 'kd> g\nleaky: 17 packets\n');
  expect(whatItIs(path.join(folder, 'log'))).toBeUndefined();
  expect(whatItIs(path.join(folder, 'none'))).toBeUndefined();
});
