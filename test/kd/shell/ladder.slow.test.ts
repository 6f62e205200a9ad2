import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BreakpointMode } from '../../../src/kd/control/breakpoints/breakpoint-strategy.js';
import { measured, windows } from '../../../src/simulator/stub/kd-variant.js';
import { ShellBench } from './shell-bench.js';

const IMAGES = fileURLToPath(new URL('../../../fixtures/images', import.meta.url));
const HITS = 8;
/** What the command string prints first: kd itself prints nothing of a hit that goes on. */
const HIT = 'a new hit';
const pool = 'nt!MmAllocateSpecialPool';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(path.join(os.tmpdir(), 'ladder cache '));
});
afterEach(() => rmSync(cache, { recursive: true, force: true }));

const cases = (['x86', 'x64'] as const).flatMap((architecture) =>
  [measured, windows].flatMap((personality) =>
    // In front of the push of x86, the place may be one instruction later than it is told.
    (architecture === 'x86' ? [pool, `${pool}+2`] : [pool]).map((place) => ({
      architecture,
      personality,
      place,
      name: `${personality.name} ${architecture}, ${place}`,
    })),
  ),
);

describe.each(cases)('what a hit prints ($name)', ({ architecture, personality, place }) => {
  async function printed(ways: BreakpointMode, command: string): Promise<{ hits: string[]; steps: number }> {
    const kd = new ShellBench({
      architecture,
      personality,
      ways,
      stub: { state: 'running', wakes: { worker: 10 } },
      symbols: { path: path.join(IMAGES, architecture), cache },
    });
    await kd.breakIn();
    await kd.command(`bp ${place} ".echo ${HIT};${command}"`);
    const from = kd.text.length;
    kd.keys.typed('g');
    for (let hit = 0; hit <= HITS; hit++) await kd.see(new RegExp(`^${HIT}$`));
    const steps = kd.stub.books.stops.step ?? 0;
    const hits = kd.text
      .slice(from)
      .split(`${HIT}\n`)
      .slice(1, HITS + 1);
    await kd.breakIn();
    expect(await kd.leave()).toBe(0);
    expect(kd.machine.damages).toEqual([]);
    expect(kd.stub.books.target).toMatchObject({ state: 'running', breakpoints: 0 });
    return { hits, steps };
  }

  it.each([';kb;g', 'k 3;.echo a hit;g', 'r;kb;g', '.printf "%p %p\\n", @$ip, poi(@$csp);g'])(
    'is the same whichever way the breakpoint goes: %s',
    async (command) => {
      const text = command.replaceAll('"', '\\"');
      const bottom = await printed('careful', text);
      const cheapest = await printed('usual', text);
      expect(cheapest.hits).toEqual(bottom.hits);
      expect((await printed('code-slack', text)).hits).toEqual(bottom.hits);
      expect(bottom.steps).toBeGreaterThanOrEqual(HITS);
      expect(cheapest.hits.join()).toContain(command.includes('printf') ? '\n' : 'MmAllocateSpecialPool');
    },
  );
});
