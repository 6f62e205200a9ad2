import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imagesOf, Laboratory } from './laboratory.js';
import { Session } from './session.js';

describe('a session that loses what it works with, Microsoft’s engine as its kd', () => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory('x64');
  });
  afterEach(() => lab.close());

  test('a kd that is killed: another one joins the target that stands, and arms again', async () => {
    await lab.target();
    const relay = await lab.relay();
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Collecting\./);
    await lab.hits(4);
    process.kill(session.record.kd.pid, 'SIGKILL');
    await session.program.until(/Collecting\./);
    const { hits } = lab.books;
    await lab.hits(hits + 4);
    session.program.signal('SIGINT');
    expect(await session.program.ended(), session.text).toBe(130);
    await expect.poll(() => lab.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    await expect.poll(() => relay.held).toBe(false);
    // What the kill left is the kill's; nobody else did what nobody may do.
    expect(lab.books).toMatchObject({ damages: [], bug_checks: [], hits_lost: 0 });
    expect(await session.report()).toMatchObject({ hits: session.stacks.length, repeats: 0 });
  });

  test('a session that is killed with its kd: a rescue frees the target', async () => {
    await lab.target();
    const relay = await lab.relay();
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Collecting\./);
    await lab.hits(4);
    const { pid } = session.record.kd;
    session.program.signal('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await session.program.ended();
    const words = ['--symbols', imagesOf('x64'), '--pipe', session.pipe];
    const said = await lab.finished(['rescue', '--kd', lab.kdProgram, '--port', lab.place, ...words]);
    expect(said).toContain('running, without a breakpoint');
    await expect.poll(() => lab.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    await expect.poll(() => relay.held).toBe(false);
    expect(lab.books).toMatchObject({ damages: [], bug_checks: [], hits_lost: 0 });
  });

  test('a cable that is out for a while: the session goes on where it was', async () => {
    const script = path.join(lab.folder, 'cable.toml');
    const event = '[[timeline]]\nevent = "cable-out"\nafter_hits = 5\ndown_ms = 5000\ntimes = 1\n';
    writeFileSync(script, `about = "the cable comes out once"\n${event}`);
    await lab.target(['--hits-per-second', '3', '--script', script]);
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Collecting\./);
    await lab.hits(12);
    session.program.signal('SIGINT');
    expect(await session.program.ended(), session.text).toBe(130);
    await lab.expectFree();
    expect(await session.report()).toMatchObject({ hits: lab.books.hits, repeats: 0 });
  });
});
