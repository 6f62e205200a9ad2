import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, connectAndBreak, PROMPT } from './sim-kd.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

describe('what people type at the simulated kd', () => {
  it('is understood as by kd', async () => {
    const kd = bench.kd();
    await connectAndBreak(kd);
    const answer = async (command: string): Promise<string> => {
      kd.type(command);
      return (await kd.until(PROMPT)).replace(PROMPT, '');
    };
    expect(await answer('lmvm nt')).toMatch(
      /module name\n\S+ \S+ {3}nt +\(.*\n(?: {4}\S.*\n)*.* {4}ImageSize: +[\dA-F]{8}\n$/s,
    );
    expect((await answer('lm m nt')).split('\n')).toHaveLength(3);
    expect(await answer('lmi')).toContain('Syntax error');
    expect(await answer('knf')).toMatch(/^ # {3}Memory {2}Child-SP .*\n00 {11}[\da-f]{8}`/);
    expect(await answer('kL')).toBe(await answer('k'));
    expect(await answer('knL')).toBe(await answer('kn'));
    expect(await answer('*comment; .echo no')).toBe('');
    expect(await answer("$$ it's a note; r $t0 = 5; ? @$t0 + 1")).toContain('= 00000000`00000006');
    await bench.leave(kd);
    expect(bench.violations()).toEqual([]);
  });
});
