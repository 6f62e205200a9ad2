import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armTagLines } from '../../src/session/core/hit-tag.js';
import { BASE } from '../session/base-plan.js';
import { CTRL_F, PROMPT } from './console.js';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { printedStacks } from './stacks.js';

const BURST = 4;

describe.each(ARCHITECTURES)(
  'the filter of a session under PoolHitTag, with Microsoft’s engine on %s',
  (architecture) => {
    let lab: Laboratory;
    beforeEach(() => {
      lab = new Laboratory(architecture);
    });
    afterEach(() => lab.close());

    test('ends a burst by itself with the target running, and holds a break-in without a stack', async () => {
      await lab.target();
      const kd = lab.kd(['-b']);
      await kd.until(PROMPT);
      for (const line of armTagLines(BASE, BURST)) await kd.ask(line);
      kd.type('g');
      // The books are written a little behind: of a tag that is not in yet they say the same as of one that is out.
      await expect.poll(() => lab.books.stops['pool-hit'], { timeout: 60_000 }).toBe(BURST);
      await expect.poll(() => lab.books.target.pool_hit_tag).toBe(0);
      expect(printedStacks(kd.text)).toHaveLength(BURST);
      await lab.allocates(4);
      kd.type(CTRL_F);
      await kd.until(PROMPT);
      expect(printedStacks(kd.text)).toHaveLength(BURST);
      await lab.leave(kd);
    });

    test('holds a bug check', async () => {
      const script = path.join(lab.folder, 'bug-check.toml');
      writeFileSync(
        script,
        'about = "a bug check"\n[[timeline]]\nevent = "bug-check"\non = "halted"\nafter_ms = 1500\n',
      );
      await lab.target(['--hits-per-second', '1', '--script', script]);
      const kd = lab.kd(['-b']);
      await kd.until(PROMPT);
      for (const line of armTagLines(BASE)) await kd.ask(line);
      kd.type('g');
      await kd.until(/fatal system error/i);
      await kd.until(PROMPT);
      expect(lab.books.stops['bug-check'], kd.text.slice(-3000)).toBe(1);
    });
  },
);
