import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompletionBench, missing } from './shells.js';

describe.skipIf(missing('fish'))('completion in fish', () => {
  const bench = new CompletionBench();
  const script = bench.script('fish');
  /** What fish offers for a line: words with what they are. */
  const offered = (line: string): Map<string, string> => {
    const code = `source $argv[1]; complete -C $argv[2]`;
    const lines = bench.run('fish', ['--no-config', '-c', code, script, line]).split('\n');
    return new Map(lines.filter((each) => each !== '').map((each) => each.split('\t') as [string, string]));
  };
  const words = (line: string): string[] => [...offered(line).keys()].sort();

  it('offers commands and options, and says what each is', () => {
    expect(offered('livedebug target p').get('prepare')).toBe('write a kit of scripts that run on the target');
    expect(offered('livedebug report --form').get('--format')).toBe('how to show it (default: text)');
    expect(words('livedebug st')).toEqual(['start', 'status', 'stop']);
    expect(words('livedebug help rep')).toEqual(['report']);
    expect(words('livedebug start --tag start --halt-l')).toEqual(['--halt-limit']);
    expect(words('livedebug start --tag st')).toEqual([]);
    expect(words('livedebug target prepare --form')).toEqual([]);
  });

  it('offers choices, and scenarios of the simulated kd', () => {
    expect(words('livedebug report --by ')).toEqual(['caller', 'driver', 'stack', 'time']);
    expect(words('livedebug report --format=htm')).toEqual(['--format=html']);
    expect(words('livedebug start --kd sim:link')).toEqual(['sim:link-loss', 'sim:link-loss-forever']);
    expect(words('livedebug completion fi')).toEqual(['fish']);
  });

  it('offers files and folders where these go', () => {
    expect(words('livedebug report My')).toEqual(['My Dir/']);
    expect(words('livedebug report "My Dir/a')).toEqual(['My Dir/a log.txt']);
    expect(words('livedebug report --out=pl')).toEqual(['--out=plain.log']);
    expect(words('livedebug start --run-dir=M')).toEqual(['--run-dir=My Dir/']);
    expect(words('livedebug start --run-dir pl')).toEqual([]);
    expect(words('livedebug kd -k x pla')).toEqual(['plain.log']);
  });

  it('offers the runs of this host', () => {
    const run = path.join(bench.home, 'runs', '20261123-093012-Ddk-4f1a');
    mkdirSync(run, { recursive: true });
    expect(offered('livedebug report 2026')).toEqual(new Map([[path.basename(run), 'no run.json']]));
  });
});
