import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Laboratory } from '../laboratory.js';
import { Session } from '../session.js';

// The engine repeats its packets into the dead connection for ever, and keeps the pipe's name.
describe('a session whose connection to the target is dead, Microsoft’s engine as its kd', () => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory('x64');
  });
  afterEach(() => lab.close());

  test('a line that is cut for good: 20, and a rescue over the new line', async () => {
    await lab.target();
    const relay = await lab.relay();
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Collecting\./);
    await lab.hits(4);
    relay.pull();
    await session.program.until(/link|silent|lost/i);
    session.program.signal('SIGINT');
    expect(await session.program.ended(120_000), session.text).toBe(20);
    expect(session.text).toContain('THE TARGET MAY STAND STILL');
    await relay.plug();
    await lab.finished(['rescue', '--kd', lab.kdProgram, '--port', lab.place, '--pipe', session.pipe]);
    await expect.poll(() => lab.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    expect(lab.books).toMatchObject({ damages: [], bug_checks: [] });
  });
});
