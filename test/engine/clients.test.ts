import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PROMPT } from './console.js';
import { Laboratory } from './laboratory.js';
import { Session } from './session.js';

describe('sessions and the debugging server of Microsoft’s engine', () => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = new Laboratory('x64');
    await lab.target();
  });
  afterEach(() => lab.close());

  test('`stop` from another terminal releases the target', async () => {
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Collecting\./);
    await lab.hits(6);
    const stop = await lab.finished(['stop', '--pipe', session.pipe]);
    expect(await session.program.ended(), session.text).toBe(0);
    await lab.expectFree();
    expect(stop).toContain('released; the target runs without a breakpoint');
    expect(session.stacks).toHaveLength(lab.books.hits);
    expect(await session.report()).toMatchObject({ hits: lab.books.hits, repeats: 0 });
  });

  test('`attach` takes over a debugging server, arms through it, and releases and leaves on SIGINT', async () => {
    const pipe = `attached-${process.pid}`;
    const kd = lab.kd(['-server', `npipe:pipe=${pipe}`, '-b']);
    await kd.until(PROMPT);
    kd.type('g');
    await expect.poll(() => lab.books.target.state).toBe('running');
    const session = new Session(lab, ['--break', 'now'], { pipe, command: 'attach' });
    await session.program.until(/Collecting\./);
    const before = lab.books.hits;
    await lab.hits(before + 4);
    session.program.signal('SIGINT');
    expect(await session.program.ended(), session.text).toBe(130);
    await expect.poll(() => lab.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    expect(await session.report()).toMatchObject({ hits: lab.books.hits, repeats: 0 });
    // The owner of the connection is still there, and takes commands.
    kd.type('\x06');
    await kd.until(PROMPT);
    await lab.leave(kd);
    await lab.expectFree();
  });
});
