import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { API } from '../../../src/kd/target/api.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'one read '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

it.each([
  ['x86', '.printf \\"%x %x %x\\",poi(@esp+4),poi(@esp+8),poi(@esp+c)'],
  ['x64', '.printf \\"%p %x %x\\",@rcx,@rdx,@r8;r rsp,rax'],
] as const)('arguments in front of a stack cost the target nothing (%s)', async (architecture, first) => {
  const kd = new ShellBench({
    ...{ architecture, stub: { state: 'running', wakes: { worker: 10 } } },
    symbols: { path: path.join(IMAGES, architecture), cache },
  });
  await kd.breakIn();
  await kd.command(`bp nt!MmAllocateSpecialPool ";${first};kb;g"`);
  kd.keys.typed('g');
  const { books } = kd.stub;
  const count = (): number[] =>
    [API.readVirtual, API.getContextEx].map((api) => books.requests_by_api[api.toString(16)] ?? 0);
  await kd.until(() => books.hits >= 5 && books.target.state === 'running');
  const [before, hits] = [count(), books.hits];
  await kd.until(() => books.hits >= hits + 20 && books.target.state === 'running');
  // One part of the context and one piece of the stack at every hit.
  const taken = books.hits - hits;
  expect(count().map((each, index) => each - (before[index] ?? 0))).toEqual([taken, taken]);
  await kd.breakIn();
  expect(await kd.leave()).toBe(0);
});
