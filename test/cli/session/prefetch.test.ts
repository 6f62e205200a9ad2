import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchSymbols } from '../../../src/cli/commands/fetch-symbols.js';
import { type Prefetch, prefetch } from '../../../src/cli/session/prefetch.js';
import { WantedPdbs } from '../../../src/kd/symbols/locate/wanted-pdbs.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images/x64', import.meta.url));
const KERNEL = path.join(IMAGES, 'ntkrnlmp.exe');

let folder: string;
let server: http.Server | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'prefetch of '));
});
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** A symbol server that takes every question and answers none. */
async function silentServer(): Promise<string> {
  server = http.createServer(() => {});
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const found: Item[] = [];
  for await (const each of items) found.push(each);
  return found;
}

async function said(given: Partial<Prefetch>): Promise<string[]> {
  const lines: string[] = [];
  await prefetch({
    images: [],
    symbolPath: `srv*${folder}*https://127.0.0.1:1`,
    say: (line) => lines.push(line),
    program: { kind: 'microsoft', path: 'kd.exe', foundBy: '--kd' } as unknown as Prefetch['program'],
    ...given,
  });
  return lines;
}

describe('symbols before the stop', () => {
  it('are brought into the store by the images that are named', async () => {
    const store = path.join(folder, 'my store');
    const lines = await said({ images: [KERNEL], symbolPath: `cache*${store};${IMAGES}` });
    expect(lines.at(-1)).toMatch(/^Symbols of ntkrnlmp\.exe: .*ntkrnlmp\.pdb$/);
    expect(readdirSync(store)).toContain('ntkrnlmp.pdb');
    expect(existsSync(lines.at(-1)?.replace(/^[^:]*: /, '') ?? '')).toBe(true);
  });

  it('are missed with the reason, and the session goes on', async () => {
    const lines = await said({ images: [KERNEL], symbolPath: folder });
    expect(lines.at(-1)).toMatch(/^No symbols of ntkrnlmp\.exe beforehand \(.*\): the first stop may wait/);
  });

  it('wait for a server no longer than the limit', async () => {
    const symbolPath = `srv*${folder}*${await silentServer()}`;
    const from = Date.now();
    const lines = await said({ images: [KERNEL, path.join(IMAGES, 'hal.dll')], symbolPath, limitMs: 300 });
    expect(Date.now() - from).toBeLessThan(5000);
    expect(lines.slice(1)).toHaveLength(2);
    for (const line of lines.slice(1)) expect(line).toContain('it took more than');
  });

  it('are skipped by Ctrl+C, and nothing of it stays', async () => {
    const symbolPath = `srv*${folder}*${await silentServer()}`;
    const before = process.listenerCount('SIGINT');
    const lines: string[] = [];
    const say = (line: string): void => {
      lines.push(line);
      if (/Ctrl\+C skips/.test(line)) setTimeout(() => process.emit('SIGINT'), 50);
    };
    await said({ images: [KERNEL], symbolPath, say });
    expect(lines.at(-1)).toContain('skipped (Ctrl+C)');
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  it('refuse an image that is not there, before anything is started', async () => {
    await expect(said({ images: [path.join(folder, 'none.exe')] })).rejects.toMatchObject({ code: 'image-unreadable' });
  });

  it('of a kernel that was missed before are fetched now, and missed no more', async () => {
    const [place, store] = [path.join(folder, 'home'), path.join(folder, 'store')];
    const missed = new WantedPdbs(place);
    const [fetched] = await all(fetchSymbols([KERNEL], `cache*${store};${IMAGES}`));
    const key = path.basename(path.dirname(fetched?.file ?? ''));
    missed.add(`ntkrnlmp.pdb/${key}`);
    missed.add(`ntkrnlmp.pdb/${'0'.repeat(32)}1`);
    const lines = await said({ missed, symbolPath: `cache*${path.join(folder, 'other')};${IMAGES}` });
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^Symbols of ntkrnlmp\.pdb: .*ntkrnlmp\.pdb$/),
      expect.stringMatching(/^No symbols of ntkrnlmp\.pdb beforehand/),
    ]);
    expect(missed.list()).toEqual([`ntkrnlmp.pdb/${'0'.repeat(32)}1`]);
  });

  it('say in one line that nothing is known, with the remedy', async () => {
    expect(await said({})).toEqual([expect.stringMatching(/could not be fetched beforehand.*--image FILE/)]);
  });

  it('say what the store has from before', async () => {
    mkdirSync(path.join(folder, 'ntkrnlmp.pdb', '0123456789ABCDEF1'), { recursive: true });
    writeFileSync(path.join(folder, 'pingme.txt'), '');
    expect(await said({})).toEqual([expect.stringMatching(/^The store has the symbols of a kernel from before\./)]);
  });

  it('say nothing where nothing would be downloaded', async () => {
    expect(await said({ symbolPath: folder })).toEqual([]);
    expect(await said({ program: { kind: 'simulated' } as unknown as Prefetch['program'] })).toEqual([]);
  });
});
