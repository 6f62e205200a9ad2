import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompletionBench, missing, PS1 } from './shells.js';

// Puts in all that it would list, as it would put in one.
const ALL = '\x18a';
const ALL_MATCHES = `zle -C all-matches complete-word _generic
bindkey '^Xa' all-matches
zstyle ':completion:all-matches::::' completer _all_matches _complete
zstyle ':completion:all-matches:*' insert true`;

describe.skipIf(missing('zsh', 'script'))('completion in zsh', () => {
  const bench = new CompletionBench();
  const sourced = `${PS1}\nautoload -Uz compinit; compinit -D -u\nsource '${bench.script('zsh')}'\n${ALL_MATCHES}\n`;
  const type = (lines: string[], settings = sourced) => bench.type('zsh -i', settings, lines);

  it('offers commands, choices, and scenarios of the simulated kd', async () => {
    const { got } = await type([
      `livedebug targ\tpre\t`,
      `livedebug help rep\t`,
      `livedebug report --by ${ALL}`,
      `livedebug report --format=htm\t`,
      `livedebug start --kd sim:link-loss-\t`,
      `livedebug start --kd=sim:dem\t`,
      `livedebug start --tag start --halt-l\t3`,
      `livedebug start --tag st\t`,
    ]);
    expect(got).toEqual([
      ['target', 'prepare'],
      ['help', 'report'],
      ['report', '--by', 'caller', 'driver', 'stack', 'time'],
      ['report', '--format=html'],
      ['start', '--kd', 'sim:link-loss-forever'],
      ['start', '--kd=sim:demo'],
      ['start', '--tag', 'start', '--halt-limit=3'],
      ['start', '--tag', 'st'],
    ]);
  });

  it('offers files and folders, blanks and quotes quoted', async () => {
    const { got } = await type([
      'livedebug report My\ta\t',
      'livedebug report --out=My\ta\t',
      'livedebug report --map it\t',
      'livedebug start --run-dir M\t',
      'livedebug start --run-dir pl\t',
    ]);
    expect(got).toEqual([
      ['report', 'My Dir/a log.txt'],
      ['report', '--out=My Dir/a log.txt'],
      ['report', '--map', "it's.log"],
      ['start', '--run-dir', 'My Dir'],
      ['start', '--run-dir', 'pl'],
    ]);
  });

  it('says what each is', async () => {
    const { screen } = await type(['livedebug target \t', 'livedebug report --l\t', 'livedebug report --f\t\t']);
    expect(screen).toMatch(/prepare +-- write a kit of scripts that run on the target/);
    expect(screen).toMatch(/--format +-- how to show it \(default: text\)/);
  });

  it('offers the runs of this host, and is found in a folder of fpath', async () => {
    const run = path.join(bench.home, 'runs', '20261123-093012-Ddk-4f1a');
    mkdirSync(run, { recursive: true });
    mkdirSync(bench.at('functions'));
    writeFileSync(bench.at('functions/_livedebug'), bench.run('livedebug', ['completion', 'zsh']));
    const settings = `${PS1}\nfpath+=('${bench.at('functions')}')\nautoload -Uz compinit; compinit -D -u\n`;
    const { got } = await type(['livedebug report 2026\t', 'livedebug compare 2026\t2026\t'], settings);
    expect(got).toEqual([
      ['report', path.basename(run)],
      ['compare', path.basename(run), path.basename(run)],
    ]);
  });
});
