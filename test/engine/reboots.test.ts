import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { Session } from './session.js';

/** Hits before the target restarts, so that some of both boots are in the log. */
const HITS_BEFORE = 5;

describe.each(ARCHITECTURES)('a session with Microsoft’s engine whose %s target restarts', (architecture) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory(architecture);
  });
  afterEach(() => lab.close());

  test.each([true, false])('arms again by itself, and counts on (announced: %s)', async (announced) => {
    const script = path.join(lab.folder, 'restart.toml');
    const event = `[[timeline]]\nevent = "reboot"\nannounced = ${announced}\nafter_hits = ${HITS_BEFORE}\ntimes = 1\n`;
    writeFileSync(
      script,
      `about = "restarts once"\n[boot]\nloader_ms = 500\nkernel_ms = 300\ndriver_ms = 100\n${event}`,
    );
    await lab.target(['--hits-per-second', '3', '--script', script]);
    const session = new Session(lab, ['--break', 'now']);
    await session.program.until(/Armed at/);
    await expect.poll(() => lab.books.boots, { timeout: 30_000 }).toBe(2);
    await session.program.until(/Armed at/);
    // The last driver of a boot.
    await expect.poll(() => session.log, { timeout: 60_000 }).toMatch(/^(?:kd> )*faultdrv: loaded at/m);
    const { hits } = lab.books;
    await lab.hits(hits + HITS_BEFORE);
    session.program.signal('SIGINT');
    expect(await session.program.ended(), session.text).toBe(130);
    await lab.expectFree();
    const report = await session.report();
    expect(report).toMatchObject({ hits: session.stacks.length, repeats: 0 });
    // A hit that was being read when the target went down may have got no header.
    expect(lab.books.hits - report.hits).toBeOneOf([0, 1]);
  });
});
