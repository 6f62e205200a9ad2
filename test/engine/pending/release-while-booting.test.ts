import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from '../laboratory.js';
import { Session } from '../session.js';

// A load event is a stop: the engine has to let the target go behind it, and nobody may leave before.
describe.each(ARCHITECTURES)('a release while a %s target boots that said nothing of its restart', (architecture) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory(architecture);
  });
  afterEach(() => lab.close());

  test('leaves it running', async () => {
    const script = path.join(lab.folder, 'restart.toml');
    const boot = '[boot]\nloader_ms = 500\nkernel_ms = 300\ndriver_ms = 2000\n';
    const event = '[[timeline]]\nevent = "reboot"\nannounced = false\nafter_hits = 5\ntimes = 1\n';
    writeFileSync(script, `about = "restarts once"\n${boot}${event}`);
    await lab.target(['--hits-per-second', '3', '--script', script]);
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Armed at/);
    await session.program.until(/Armed at/);
    session.program.signal('SIGINT');
    expect(await session.program.ended(), session.text).toBe(130);
    await expect.poll(() => lab.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    expect(lab.books.violations).toEqual([]);
  });
});
