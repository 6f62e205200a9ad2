import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const scriptOf = (name: string): string => fileURLToPath(new URL(`../../scripts/soak/${name}.mjs`, import.meta.url));

function runOf(name: string, words: readonly string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [scriptOf(name), ...words], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

const run = (...words: string[]) => runOf('stops', words);

// The whole of it is `npm run soak:stops -- --all`.
describe('stop after stop', () => {
  it('costs the built-in kd no memory, and the target no hit', () => {
    const { code, out, err } = run('5000');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(/^5000 hits in /m);
  });

  it('goes as well on x64', () => {
    const { code, out, err } = run('1000', '--arch', 'x64');
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(/^1000 hits in /m);
  });

  it.each(['0', '30'])(
    'is exact with four processors, %s of a thousand hits with a host that stands still',
    (pauses) => {
      const { code, out, err } = run(
        '250',
        '--arch',
        'x64',
        '--personality',
        'windows',
        '--processors',
        '4',
        '--pauses',
        pauses,
      );
      expect(err).toBe('');
      expect(code).toBe(0);
      expect(out).toMatch(/^250 hits in /m);
    },
  );

  it('is a fault when more memory is needed than may be', () => {
    const { code, err } = run('100', '--grow=-100000000');
    expect(code).toBe(1);
    expect(err).toMatch(/^FAILED: the heap grew by /);
  });

  it('is not begun with words that mean nothing', () => {
    expect(run('few').code).toBe(2);
    expect(run('100', '--arch', 'mips').code).toBe(2);
    expect(run('100', '--processors', '3').code).toBe(2);
  });
});

describe.each(['x86', 'x64'])('hit after hit with its stack (%s)', (architecture) => {
  it.each(['0', '1'])('none is wrong with %s percent of the packets damaged', (percent) => {
    const { code, out, err } = runOf('stacks', ['500', '--arch', architecture, '--faults', percent]);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toMatch(/^500 hits with stacks, [5-9] different ones; .* 0 hits lost/m);
  });
});
