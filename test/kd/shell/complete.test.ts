import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'complete cache '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

describe('completion', () => {
  it('knows commands at the beginning of a command', () => {
    const kd = new ShellBench({ stub: { state: 'running' } });
    expect(kd.keys.complete('.logo')).toEqual([['.logopen'], '.logo']);
    expect(kd.keys.complete('r; sx')[0]).toEqual(['sx', 'sxd', 'sxe', 'sxi', 'sxn', 'sxr']);
    expect(kd.keys.complete('bp x "vert')).toEqual([['vertarget'], 'vert']);
    expect(kd.keys.complete('')).toEqual([[], '']);
    expect(kd.keys.complete('bp MmAll')).toEqual([[], 'MmAll']);
  });

  it('knows the names that are here, and asks nobody for others', async () => {
    const kd = new ShellBench({
      architecture: 'x64',
      stub: { state: 'running' },
      symbols: { path: path.join(IMAGES, 'x64'), cache },
    });
    await kd.breakIn();
    await kd.command('lm');
    await kd.command('ln nt!KeBugCheckEx');
    const before = JSON.stringify(kd.stub.books.requests_by_api);
    expect(kd.keys.complete('bp nt!mmallocates')[0]).toContain('nt!MmAllocateSpecialPool');
    expect(kd.keys.complete('? poi(MmAllocateS')).toEqual([['MmAllocateSpecialPool'], 'MmAllocateS']);
    expect(kd.keys.complete('bp leaky')).toEqual([['leakydrv!'], 'leaky']);
    expect(kd.keys.complete('bp leakydrv!Leaky')[0]).toEqual([]);
    // Too many for a screen: what they have in common, if that is anything.
    expect(kd.keys.complete('x nt!')[0].length).toBeLessThanOrEqual(100);
    await kd.clock.advanceAsync(1000);
    expect(JSON.stringify(kd.stub.books.requests_by_api)).toBe(before);
    await kd.command('x leakydrv!LeakyAllocate');
    expect(kd.keys.complete('bp leakydrv!LeakyAl')[0]).toEqual(['leakydrv!LeakyAllocate']);
  });
});
