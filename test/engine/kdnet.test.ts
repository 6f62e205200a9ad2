import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConsoleProgram, CTRL_B, CTRL_F, PROMPT } from './console.js';
import { Laboratory } from './laboratory.js';
import { Session } from './session.js';
import { HEADER, isNameless, printedStacks } from './stacks.js';

const HITS = 20;
/** All of it takes three minutes: the engine waits long for a datagram that was lost, and for a reboot. */
const WHOLE = process.env.LIVEDEBUG_ENGINE_WHOLE === '1';
const NETWORKS = [
  { name: 'a good network', faults: [] },
  { name: 'a network that loses and doubles 5 %', faults: ['--fault', 'lose=0.05,double=0.05'] },
];

describe.skipIf(!WHOLE).each(NETWORKS)('Microsoft’s engine as the host, over $name', ({ faults }) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory('x64');
  });
  afterEach(() => lab.close());

  test('attaches, reloads, hits, breaks in, and releases', async () => {
    await lab.netTarget(['--hits-per-second', '4', ...faults]);
    const kd = lab.kd(['-b']);
    const banner = await kd.until(PROMPT);
    expect(banner).toContain('Using NET for debugging');
    expect(banner).toMatch(/Connected to target 127\.0\.0\.1 on port \d+ on local IP 127\.0\.0\.1\./);
    expect(banner).toContain('Break instruction exception - code 80000003 (first chance)');
    expect(await kd.ask('.reload')).toMatch(/^Loading Kernel Symbols\n\.+\nLoading User Symbols\n/m);
    expect(await kd.ask('bp nt!MmAllocateSpecialPool ";kb;g"')).toBe('');
    kd.type('g');
    for (let hit = 0; hit < HITS; hit++) await kd.until(HEADER);
    await breakIn(kd);
    const stacks = printedStacks(kd.text);
    await expect.poll(() => lab.books.hits).toBe(stacks.length);
    for (const { functions, whole } of stacks.slice(0, -1)) {
      expect(functions.filter(isNameless)).toEqual([]);
      expect(whole).toBe(true);
    }
    expect(await kd.ask('bc *')).toBe('');
    kd.type('g');
    await lab.allocates(4);
    await lab.expectReleased();

    kd.type(CTRL_B);
    expect(await kd.ended()).toBe(0);
  });
});

/** One byte asks for a stop, and a network may lose it: the engine sends it once. */
async function breakIn(kd: ConsoleProgram): Promise<void> {
  for (let tries = 0; tries < 8; tries++) {
    kd.type(CTRL_F);
    const stands = await kd.until(PROMPT, 8000).catch(() => undefined);
    if (stands !== undefined) return;
  }
  throw new Error('it does not stop');
}

describe.skipIf(!WHOLE)('sessions of the product over KDNET', () => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory('x64');
  });
  afterEach(() => lab.close());

  test('with Microsoft’s engine as kd, to the last stack, and no key is kept', async () => {
    await lab.netTarget();
    const session = new Session(lab, ['--break', 'now', '--max-hits', '12']);
    expect(await session.program.ended(), session.text).toBe(0);
    await lab.expectReleased();
    expect(session.stacks).toHaveLength(12);
    expect(`${session.text}${session.log}${JSON.stringify(session.record)}`).not.toContain('4.3.2.');
  });

  test.each([true, false])('with Microsoft’s engine as kd, through a reboot (announced: %s)', async (announced) => {
    const script = path.join(lab.folder, 'restart.toml');
    const event = `[[timeline]]\nevent = "reboot"\nannounced = ${announced}\nafter_hits = 5\ntimes = 1\n`;
    writeFileSync(
      script,
      `about = "restarts once"\n[boot]\nloader_ms = 500\nkernel_ms = 300\ndriver_ms = 100\n${event}`,
    );
    await lab.netTarget(['--hits-per-second', '3', '--script', script]);
    const session = new Session(lab, ['--break', 'now', '--max-hits', '12']);
    expect(await session.program.ended(), session.text).toBe(0);
    await lab.expectReleased();
    expect(lab.books.boots).toBe(2);
    expect(session.stacks.length).toBeGreaterThanOrEqual(12);
  });
});
