import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from '../laboratory.js';
import { Session } from '../session.js';
import { imagesWithoutPdbs } from '../symbols.js';

describe.each(ARCHITECTURES)('a report of stacks with export symbols on %s', (architecture) => {
  let lab: Laboratory;
  beforeEach(async () => {
    lab = new Laboratory(architecture);
    await lab.target();
  });
  afterEach(() => lab.close());

  test('says that the kernel’s names are guesses, and takes no caller for certain that is one', async () => {
    const symbols = imagesWithoutPdbs(architecture, lab.folder);
    const words = ['--at', 'nt!ExAllocatePoolWithTag', '--break', 'now', '--max-hits', '6'];
    const session = new Session(lab, words, { symbols });
    expect(await session.program.ended(), session.text).toBe(0);
    const report = JSON.stringify(await session.report());
    expect(report).toMatch(/export/i);
    expect(report).not.toContain('"caller":"win32k!EngFreeMem"');
  });
});
