import { mkdtempSync, readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { execa } from 'execa';
import { EXIT } from '../fault.js';
import { positiveInteger } from './quantities.js';

interface RehearseFlags {
  readonly tag: string;
  readonly scenario: string;
  readonly hits: number;
  readonly out?: string;
}

export function define(program: Command): void {
  program
    .command('rehearse')
    .description('the whole job on the simulated kd: prepare, start, break, arm, collect, reboot, release, report')
    .option('--tag <tag>', 'the pool tag', 'Ddk')
    .option('--scenario <name>', 'scenario of the simulated kd, or a file of your own', 'demo')
    .option('--hits <n>', 'release after so many hits', positiveInteger, 40)
    .option('--out <dir>', 'where to leave kit, log and report (default: a new temporary folder)')
    .action(async (flags: RehearseFlags) => {
      process.exitCode = await rehearse(flags);
    });
}

/** Runs the program's own commands one after the other, as an operator would, and stops at the first that fails. */
async function rehearse(flags: RehearseFlags): Promise<number> {
  const folder = path.resolve(flags.out ?? mkdtempSync(path.join(os.tmpdir(), 'livedebug-rehearsal-')));
  const run = path.join(folder, 'run');
  const books = path.join(folder, 'books.json');
  const port = ['--port', 'com1', '--baud', '115200'];
  const tag = ['--tag', flags.tag];
  const steps = [
    ['target', 'prepare', ...tag, '--os', 'vista+', ...port, '--out', path.join(folder, 'kit')],
    [
      ...['start', ...tag, ...port, '--kd', `sim:${flags.scenario}`, '--pipe', `rehearsal-${process.pid}`],
      ...['--break', 'connected', '--max-hits', String(flags.hits), '--run-dir', run],
    ],
    ['report', path.join(run, 'debug.log')],
  ];
  const env = { LIVEDEBUG_SIM_BOOKS: books, LIVEDEBUG_HOME: path.join(folder, 'home') };
  for (const words of steps) {
    process.stderr.write(`\n$ livedebug ${words.map(shown).join(' ')}\n`);
    const exitCode = await runOurselves(words, env);
    if (exitCode !== EXIT.done) return exitCode;
  }
  return audit(books, folder);
}

// Ctrl+C belongs to the command that runs: it releases, and its exit code tells.
async function runOurselves(words: readonly string[], env: Record<string, string>): Promise<number> {
  const main = fileURLToPath(new URL('../main.js', import.meta.url));
  const ignore = (): void => {};
  process.on('SIGINT', ignore);
  const { exitCode } = await execa(process.execPath, [main, ...words], { stdio: 'inherit', env, reject: false });
  process.off('SIGINT', ignore);
  return exitCode ?? EXIT.fault;
}

/** What the simulated target has to say about how it was treated. */
function audit(books: string, folder: string): number {
  const { halted_ms, hits, breaks, violations } = JSON.parse(readFileSync(books, 'utf8')) as {
    halted_ms: number;
    hits: number;
    breaks: number;
    violations: readonly { text: string }[];
  };
  process.stderr.write(
    `\nThe simulated target's books: ${breaks} break-ins, ${hits} hits, ${Math.round(halted_ms)} ms halted, ${violations.length} violations.\nEverything is in ${folder}\n`,
  );
  for (const { text } of violations) process.stderr.write(`  violation: ${text}\n`);
  return violations.length === 0 ? EXIT.done : EXIT.fault;
}

function shown(word: string): string {
  return /[\s']/.test(word) ? `'${word}'` : word;
}
