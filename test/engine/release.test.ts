import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHITECTURES, Laboratory } from './laboratory.js';
import { Session } from './session.js';

/** How far the session's own account of standing time may be from the target's, in parts and in ms. */
const HALT_PARTS = 0.25;
const HALT_MS = 400;

describe.each(ARCHITECTURES)('a release of a %s target that hits steadily', (architecture) => {
  let lab: Laboratory;
  beforeEach(() => {
    lab = new Laboratory(architecture);
  });
  afterEach(() => lab.close());

  test.each([
    ['short stacks', ['--no-reload', '--then', ';kb 2;g']],
    ['stacks without names', ['--no-reload']],
    ['a string that ends in gc', ['--then', 'kb 2;gc']],
  ])('works at the first press: %s', async (_, words) => {
    await lab.target(['--hits-per-second', '4']);
    const session = new Session(lab, ['--break', 'now', ...words]);
    await session.program.until(/Collecting\./);
    await lab.hits(10);
    session.program.signal('SIGINT');
    expect(await session.program.ended(), session.text).toBe(130);
    await lab.expectFree();
    expect(session.events('break-sent').filter(({ aim }) => aim === 'release')).toHaveLength(1);
    expect(await session.report()).toMatchObject({ hits: lab.books.hits, repeats: 0 });
    // Standing to be armed and to be released, besides the hits: what the session says and what the target says.
    const said = Number(session.result?.halted_ms);
    const stood = lab.books.halts.reduce((sum, { ms }) => sum + ms, 0);
    expect(Math.abs(said - stood)).toBeLessThan(Math.max(HALT_MS, stood * HALT_PARTS));
  });
});
