import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { CompletionBench, missing } from './shells.js';

// PowerShell of any system: `dotnet tool install --global PowerShell`.
describe.skipIf(missing('pwsh'))('completion in PowerShell', () => {
  const bench = new CompletionBench();
  const script = bench.script('powershell');
  /** What PowerShell offers for the end of a line: words with what they are. */
  const offered = (line: string): Map<string, string> => {
    const code = [
      // As "livedebug completion powershell --help" says.
      `Copy-Item '${script}' '${script}.ps1'`,
      `. '${script}.ps1'`,
      `$line = '${line.replaceAll("'", "''")}'`,
      '(TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches |',
      '  ForEach-Object { "$($_.CompletionText)`t$($_.ToolTip)" }',
    ].join('\n');
    const lines = bench.run('pwsh', ['-NoProfile', '-NonInteractive', '-Command', code]).split(/\r?\n/);
    return new Map(lines.filter((each) => each !== '').map((each) => each.split('\t') as [string, string]));
  };
  const words = (line: string): string[] => [...offered(line).keys()].sort();

  it('offers commands and options, and says what each is', () => {
    expect(offered('livedebug target p').get('prepare')).toBe('write a kit of scripts that run on the target');
    expect(offered('livedebug report --form').get('--format')).toBe('how to show it (default: text)');
    expect(words('livedebug st')).toEqual(['start', 'status', 'stop']);
    expect(words('livedebug help rep')).toEqual(['report']);
  }, 60_000);

  it('offers choices, with a blank before them and with =', () => {
    expect(words('livedebug report --by ')).toEqual(['caller', 'driver', 'stack', 'time']);
    expect(words('livedebug report --format=htm')).toEqual(['--format=html']);
    expect(words('livedebug start --kd sim:link')).toEqual(['sim:link-loss', 'sim:link-loss-forever']);
  }, 60_000);

  it('offers files and folders, blanks quoted, and the runs of this host', () => {
    const run = path.join(bench.home, 'runs', '20261123-093012-Ddk-4f1a');
    mkdirSync(run, { recursive: true });
    expect(words('livedebug report pla')).toEqual(['./plain.log']);
    expect(words('livedebug report My')).toEqual(["'./My Dir'"]);
    // Where a completer offers nothing PowerShell offers files of its own: that folders alone are offered shows where some fit.
    expect(words('livedebug start --run-dir ./*')).not.toContain('./plain.log');
    expect(offered('livedebug report 2026').get(path.basename(run))).toBe('no run.json');
  }, 60_000);
});
