import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { titleOf } from '../../src/cli/report/render.js';
import { smallReport } from '../report/samples.js';

describe('the title of a page', () => {
  const { tags, logs, over } = smallReport();
  const [log] = logs;
  const named = (...names: string[]) => names.map((name) => ({ ...log, name }) as (typeof logs)[number]);

  it('names the run where the log is called as in every run, and when it began', () => {
    const run = path.join('runs', '20261123-093012-Ddk-4f1a', 'debug.log');
    const title = titleOf({ tags, logs: named(run), over });
    expect(title).toMatch(/^Pool tag Ddk in 20261123-093012-Ddk-4f1a[\\/]debug\.log, \d{4}-\d\d-\d\d \d\d:\d\d$/);
  });

  it('names a log of its own name, standard input, and several', () => {
    expect(titleOf({ tags, logs: named('C:/logs/monday.log') })).toBe('Pool tag Ddk in monday.log');
    expect(titleOf({ tags: [], logs: named('-') })).toBe('Pool allocations in standard input');
    expect(titleOf({ tags: [], logs: named('a.log', 'b.log', 'c.log') })).toBe('Pool allocations in a.log and 2 more');
  });
});
