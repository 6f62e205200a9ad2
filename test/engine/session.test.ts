import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { driversOf, hitsByDriver, Session } from './session.js';

const MOST = 12;
/** Two threads, of two drivers. */
const TWO_DRIVERS = '[wakes]\nbatch = 0.4\ndeep = 0.7\n';

describe.each(ARCHITECTURES)('a session with Microsoft’s engine as its kd on %s', (architecture) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory(architecture);
  });
  afterEach(() => lab.close());

  test('breaks in, arms, counts every stack as a hit, ends at the limit exactly, and frees the target', async () => {
    const script = path.join(lab.folder, 'two-drivers.toml');
    writeFileSync(script, `about = "two threads allocate"\n${TWO_DRIVERS}`);
    await lab.target(['--script', script]);
    const session = new Session(lab, ['--break', 'now', '--max-hits', String(MOST)]);
    expect(await session.program.ended(), session.text).toBe(0);
    await lab.expectFree();
    expect(lab.books.hits).toBe(MOST);
    expect(session.stacks).toHaveLength(MOST);
    expect(session.result).toMatchObject({ hits: MOST, disposition: 'running' });
    expect(session.text).toContain(`running, without a breakpoint (${MOST} hits)`);
    const report = await session.report();
    expect(report).toMatchObject({ hits: MOST, allocations: MOST, repeats: 0 });
    const drivers = hitsByDriver(report);
    expect(drivers).toEqual(driversOf(session.stacks));
    // One thread for each driver: the target counted by thread what the report counts by driver, but for a stack that was cut.
    const counted = Object.values(lab.books.hits_by_thread).sort((a, b) => b - a);
    const [top] = Object.entries(drivers).sort(([, a], [, b]) => b - a);
    expect(session.result).toMatchObject({ top_driver: { name: top?.[0], hits: top?.[1] } });
    expect(Object.keys(drivers).sort()).toEqual(['filterdrv', 'leakydrv']);
    expect(counted.reduce((sum, each) => sum + each, 0)).toBe(MOST);
    expect((counted[0] ?? 0) - (top?.[1] ?? 0)).toBeLessThanOrEqual(report.cut);
  });
});
