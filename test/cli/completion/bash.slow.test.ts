import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompletionBench, missing, PS1 } from './shells.js';

// ESC * puts in all that readline would list, as it would put in one.
const ALL = '\x1b*';

describe.skipIf(missing('bash', 'script'))('completion in bash', () => {
  const bench = new CompletionBench();
  const settings = `${PS1}\nsource '${bench.script('bash')}'\n`;
  const type = async (...lines: string[]): Promise<string[][]> =>
    (await bench.type(`bash --noprofile --rcfile '${bench.at('rc/bashrc')}' -i`, settings, lines)).got;

  it('offers choices where choices go, with a blank before them and with =', async () => {
    expect(
      await type(
        `livedebug report --by ${ALL}`,
        `livedebug report --format=f${ALL}`,
        `livedebug start --kd sim:link${ALL}`,
        `livedebug start --kd=sim:link${ALL}`,
        `livedebug rehearse --scenario dem\t`,
      ),
    ).toEqual([
      ['report', '--by', 'caller', 'driver', 'stack', 'time'],
      ['report', '--format=firefox', 'folded'],
      ['start', '--kd', 'sim:link-loss', 'link-loss-forever'],
      ['start', '--kd=sim:link-loss', 'link-loss-forever'],
      ['rehearse', '--scenario', 'demo'],
    ]);
  });

  it('offers commands where commands go, and none where a value goes', async () => {
    expect(
      await type(
        `livedebug targ\tpre\t`,
        `livedebug help rep\t`,
        `livedebug target ${ALL}`,
        `livedebug --\t target pre\t`,
        `livedebug start --tag st\t`,
        `livedebug report --top 3 --la\t`,
        `livedebug start --tag start --halt-l\t`,
      ),
    ).toEqual([
      ['target', 'prepare'],
      ['help', 'report'],
      ['target', 'check', 'help', 'prepare', 'undo'],
      ['--', 'target', 'pre'],
      ['start', '--tag', 'st'],
      ['report', '--top', '3', '--last'],
      ['start', '--tag', 'start', '--halt-limit'],
    ]);
  });

  it('offers files and folders, blanks and quotes quoted', async () => {
    expect(
      await type(
        'livedebug report My\ta\t',
        'livedebug report --out=My\\ Di\ta\t',
        'livedebug report --map "My D\ta\t',
        'livedebug start --run-dir M\t',
        'livedebug start --run-dir pl\t',
        'livedebug start --image pl\t it\t--la\t',
        'livedebug kd -k x pla\t',
      ),
    ).toEqual([
      ['report', 'My Dir/a log.txt'],
      ['report', '--out=My Dir/a log.txt'],
      ['report', '--map', 'My Dir/a log.txt'],
      ['start', '--run-dir', 'My Dir/'],
      ['start', '--run-dir', 'pl'],
      ['start', '--image', 'plain.log', "it's.log", '--la'],
      ['kd', '-k', 'x', 'plain.log'],
    ]);
  });

  it('offers the runs of this host', async () => {
    const run = path.join(bench.home, 'runs', '20261123-093012-Ddk-4f1a');
    mkdirSync(run, { recursive: true });
    writeFileSync(path.join(run, 'debug.log'), '');
    expect(await type('livedebug report 2026\t', 'livedebug compare 2026\t2026\t')).toEqual([
      ['report', path.basename(run)],
      ['compare', path.basename(run), path.basename(run)],
    ]);
  });

  it('is not lost without a line', () => {
    const words = `COMP_WORDS=(livedebug start --halt-l); COMP_CWORD=2; _livedebug; echo "\${COMPREPLY[@]}"`;
    const script = `unset COMP_LINE; source '${bench.at('rc/completion.bash')}'; ${words}`;
    expect(spawnSync('bash', ['-c', script], { encoding: 'utf8' }).stdout).toBe('--halt-limit\n');
  });
});
