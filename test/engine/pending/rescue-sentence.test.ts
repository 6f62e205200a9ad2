import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { imagesOf, Laboratory } from '../laboratory.js';
import { Session } from '../session.js';

// A client that could not join has seen nothing of the target.
describe('a rescue behind a session that was killed with its kd', () => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = new Laboratory('x64');
    await lab.target();
  });
  afterEach(() => lab.close());

  test('says that the target runs only once, when it does', async () => {
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Collecting\./);
    await lab.hits(4);
    const { pid } = session.record.kd;
    session.program.signal('SIGKILL');
    process.kill(pid, 'SIGKILL');
    const words = ['--symbols', imagesOf('x64'), '--pipe', session.pipe];
    const said = await lab.finished(['rescue', '--kd', lab.kdProgram, '--port', lab.place, ...words]);
    expect(said.match(/Target: running/g)).toHaveLength(1);
    expect(said).not.toMatch(/Target: running.*kd ended at once/);
  });
});
