import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CTRL_B, CTRL_F, PROMPT } from './console.js';
import { Laboratory } from './laboratory.js';

/** A target that allocates nothing: only a break-in stops it. */
const SILENT = ['--hits-per-second', '0'];

describe('kd’s command line and keys, with Microsoft’s engine inside', () => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = new Laboratory('x64');
    await lab.target(SILENT);
  });
  afterEach(() => lab.close());

  test('-c is carried out at the first prompt, and kd’s own log has all of it', async () => {
    const log = path.join(lab.folder, 'kd.log');
    const kd = lab.kd(['-b', '-c', '.echo first;.echo second'], { _NT_DEBUG_LOG_FILE_OPEN: log });
    expect(await kd.until(/first\nsecond\nkd> $/)).toContain('nt!DbgBreakPointWithStatus:');
    await kd.ask('.echo third');
    await lab.leave(kd);
    await lab.expectFree();
    const logged = readFileSync(log, 'latin1').replaceAll('\r\n', '\n');
    for (const line of ['first', 'second', 'third', 'nt!DbgBreakPointWithStatus:'])
      expect(logged.split('\n')).toContain(line);
    const again = lab.kd(['-b'], { _NT_DEBUG_LOG_FILE_APPEND: log });
    await again.until(PROMPT);
    await lab.leave(again);
    expect(readFileSync(log, 'latin1').replaceAll('\r\n', '\n').startsWith(logged)).toBe(true);
    await lab.expectFree();
  });

  test.each(['SIGINT', 'CTRL+F'] as const)(
    '%s stops a target that is silent, and one that was released',
    async (way) => {
      const kd = lab.kd(['-b']);
      const press = () => (way === 'SIGINT' ? kd.signal('SIGINT') : kd.type(CTRL_F));
      await kd.until(PROMPT);
      kd.type('g');
      await expect.poll(() => lab.books.target.state).toBe('running');
      press();
      expect(await kd.until(PROMPT)).toContain('THIS IS NOT A BUG OR A SYSTEM CRASH');
      await lab.leave(kd);
      await lab.expectFree();
    },
  );

  test('CTRL+B at a prompt leaves the target as it stands, and the next kd joins it without a press', async () => {
    const kd = lab.kd(['-b']);
    await kd.until(PROMPT);
    kd.type(CTRL_B);
    expect(await kd.ended()).toBe(0);
    expect(lab.books.target.state).toBe('halted');
    const next = lab.kd();
    await next.until(PROMPT);
    await lab.leave(next);
    expect(lab.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    expect(lab.books.violations.map(({ kind }) => kind)).toEqual(['exit-halted']);
  });

  test('a client of a debugging server types, sees what all see, and leaves', async () => {
    const pipe = `engine-${process.pid}`;
    const kd = lab.kd(['-server', `npipe:pipe=${pipe}`, '-b']);
    await kd.until(PROMPT);
    const client = lab.client(pipe);
    await client.until(PROMPT);
    expect(await kd.until(/\(npipe [^)]*\) connected at .*\n/)).toContain(pipe);
    expect(await client.ask('.echo of the client')).toBe('of the client\n');
    await kd.until(/of the client\n/);
    client.type('g');
    await expect.poll(() => lab.books.target.state).toBe('running');
    // Without a stop there is nothing to ask about: an answer that lists nothing is no proof of anything.
    client.type('bl');
    expect(await client.until(/error in 'bl'\n/)).toContain(
      'WARNING: The debugger does not have a current process or thread',
    );
    client.signal('SIGINT');
    await Promise.all([kd.until(PROMPT), client.until(PROMPT)]);
    kd.type('g');
    await expect.poll(() => lab.books.target.state).toBe('running');
    const second = lab.client(pipe, ['-bonc']);
    await Promise.all([kd.until(PROMPT), second.until(PROMPT)]);
    client.type(CTRL_B);
    second.type(CTRL_B);
    expect(await Promise.all([client.ended(), second.ended()])).toEqual([0, 0]);
    await lab.leave(kd);
    await lab.expectFree();
  });
});
