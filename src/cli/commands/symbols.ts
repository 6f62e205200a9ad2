import type { Command } from 'commander';
import { symbolPathFrom } from '../../debugger/command-line.js';
import { EXIT, type ExitCode } from '../../fault.js';
import { symbolCache } from '../../session/home.js';
import { expandFiles } from '../expand-files.js';
import { JSON_HELP, printRecord, printResult } from '../json-records.js';
import { formatBytes } from '../units.js';
import { fetchSymbols } from './fetch-symbols.js';

const HELP = `
Brings the symbols of image files into the local store, so that no target stands still for a download.
A PDB can be named as stores name it, NAME/KEY: kd says which one it looked for in vain.
Copy the images from the target first: %SystemRoot%\\system32\\ntoskrnl.exe, hal.dll, the drivers of the suspects.
"livedebug start --image FILE" does the same before it stops the target.

Examples:
  livedebug symbols fetch ntoskrnl.exe
  livedebug symbols fetch ntkrnlmp.pdb/3844DBB920174967BE7AA4A2C20430FA2
  livedebug symbols fetch --symbols srv*D:\\symbols*https://msdl.microsoft.com/download/symbols *.sys
`;

interface FetchFlags {
  readonly symbols?: string;
  readonly json?: true;
}

/** `livedebug symbols fetch`: the store is warmed before the target is stopped. */
export function define(program: Command): void {
  const symbols = program
    .command('symbols')
    .description('symbol files, before they are needed')
    .addHelpText('after', HELP);
  symbols
    .command('fetch')
    .description('bring the PDBs of image files into the local store')
    .argument('<image...>', 'image files (ntoskrnl.exe, mydrv.sys), or PDBs as NAME/KEY')
    .option('--symbols <path>', 'symbol path (default: Microsoft’s server, kept in the store of this program)')
    .option('--json', JSON_HELP)
    .addHelpText('after', HELP)
    .action(async (images: string[], flags: FetchFlags) => {
      process.exitCode = await fetchAll(images, flags);
    });
}

async function fetchAll(images: readonly string[], flags: FetchFlags): Promise<ExitCode> {
  const symbolPath = symbolPathFrom(flags.symbols, symbolCache());
  let missing = 0;
  let found = 0;
  for await (const { image, file, why } of fetchSymbols(expandFiles(images), symbolPath, { progress: showProgress })) {
    if (file === undefined) missing++;
    else found++;
    if (flags.json) printRecord('symbols', { image, ...(file !== undefined && { file }), why });
    else if (file !== undefined) process.stdout.write(`${image}: ${file}\n`);
    for (const line of why) process.stderr.write(`${image}: ${line}\n`);
  }
  const exitCode = missing === 0 ? EXIT.done : EXIT.notResolved;
  if (flags.json) printResult(exitCode, { found, missing });
  return exitCode;
}

function showProgress(bytes: number, total: number | undefined, name: string): void {
  if (!process.stderr.isTTY) return;
  const of = total === undefined ? '' : ` of ${formatBytes(total)}`;
  const end = bytes === total ? '\n' : '';
  process.stderr.write(`\r${name}: ${formatBytes(bytes)}${of}   ${end}`);
}
