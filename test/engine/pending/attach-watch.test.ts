import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Laboratory } from '../laboratory.js';
import { Session } from '../session.js';

// The watcher's stdin is a pipe that stays open, and so does the watcher.
describe('a second terminal', () => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = new Laboratory('x64');
    await lab.target();
  });
  afterEach(() => lab.close());

  test('`attach` watches a session, and leaves it alone on SIGINT', async () => {
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Collecting\./);
    const watcher = lab.livedebug(['attach', '--pipe', session.pipe, '--kd', lab.kdProgram]);
    await watcher.until(/RetAddr {15}: Args to Child/);
    watcher.signal('SIGINT');
    expect(await watcher.ended(), watcher.text).toBeOneOf([0, 130]);
    const { hits } = lab.books;
    await lab.hits(hits + 3);
    session.program.signal('SIGINT');
    expect(await session.program.ended(), session.text).toBe(130);
    await lab.expectFree();
    expect(await session.report()).toMatchObject({ hits: lab.books.hits, repeats: 0 });
  });
});
