import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { spawnKd } from '../../src/debugger/kd-process.js';

/** A kd whose user typed `.shell`: what it has started holds its output open, and kd itself ends. */
function kdWithHeir(heir: string, last: string): Parameters<typeof spawnKd>[0] {
  const script = `
    require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(heir)}], { stdio: 'inherit' })
      .once('spawn', () => process.stdout.write(${last}, () => process.exit(3)));`;
  return { command: process.execPath, args: ['-e', script], env: {} };
}

const WAITS = 'setTimeout(() => {}, 60_000)';
const TALKS = 'setInterval(() => process.stdout.write("."), 20); setTimeout(() => process.exit(), 60_000)';

test.each([
  ['is silent', WAITS],
  ['goes on talking', TALKS],
])('kd’s end is seen though a program that it started holds its output open and %s', async (_, heir) => {
  let text = '';
  const take = (chunk: Buffer): void => {
    text += chunk;
  };
  const since = performance.now();
  const kd = spawnKd(kdWithHeir(heir, '"last words\\n"'), take, tmpdir());
  const heirOf = await kd.started;
  try {
    expect(await kd.exited).toEqual({ code: 3, signal: undefined });
    expect(performance.now() - since).toBeLessThan(20_000);
    expect(text).toContain('last words\n');
  } finally {
    if (heirOf !== undefined && process.platform !== 'win32') process.kill(-heirOf, 'SIGKILL');
  }
});

test('what kd printed last is taken to the last byte, though taking it is slow', async () => {
  let bytes = 0;
  const slowly = (chunk: Buffer): Promise<void> => {
    bytes += chunk.length;
    return new Promise((resolve) => setTimeout(resolve, 400));
  };
  const kd = spawnKd(kdWithHeir(WAITS, '"x".repeat(300_000)'), slowly, tmpdir());
  const heirOf = await kd.started;
  try {
    await kd.exited;
    expect(bytes).toBe(300_000);
  } finally {
    if (heirOf !== undefined && process.platform !== 'win32') process.kill(-heirOf, 'SIGKILL');
  }
});
