import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { Session } from './session.js';
import { imagesWithoutPdbs } from './symbols.js';

const MOST = 6;

describe.each(ARCHITECTURES)(
  'a session for which Microsoft’s engine has export symbols only, on %s',
  (architecture) => {
    let lab: Laboratory;
    beforeEach(() => {
      lab = new Laboratory(architecture);
    });
    afterEach(() => lab.close());

    test('knows that the names are guesses, and whose the stacks are', async () => {
      await lab.target();
      const symbols = imagesWithoutPdbs(architecture, lab.folder);
      const words = ['--at', 'nt!ExAllocatePoolWithTag', '--break', 'now', '--max-hits', String(MOST)];
      const session = new Session(lab, words, { symbols });
      expect(await session.program.ended(), session.text).toBe(0);
      await lab.expectFree();
      expect(session.log).toMatch(/^(?:kd> )*[0-9a-f`]+ [0-9a-f`]+ +nt +\(export symbols\)/m);
      const report = await session.report();
      expect(report).toMatchObject({ hits: lab.books.hits, repeats: 0 });
      expect(session.stacks).toHaveLength(lab.books.hits);
      const drivers = new Set(report.stacks.filter(({ cut }) => cut === 0).map(({ driver }) => driver));
      for (const driver of drivers) expect(['leakydrv', 'filterdrv', 'videodrv', 'win32k']).toContain(driver);
    });

    test('whose breakpoint no export names is not armed, and the target runs', async () => {
      await lab.target();
      const symbols = imagesWithoutPdbs(architecture, lab.folder);
      const session = new Session(lab, ['--break', 'now', '--max-hits', String(MOST)], { symbols });
      expect(await session.program.ended(), session.text).toBe(7);
      await lab.expectFree();
      expect(lab.books.hits).toBe(0);
      expect(session.result).toMatchObject({ disposition: 'running' });
    });
  },
);
