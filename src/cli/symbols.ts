import type { Command } from 'commander';
import { EXIT, type ExitCode, Fault, messageOf } from '../fault.js';
import { symbolCache } from '../session/home.js';
import { formatBytes } from './quantities.js';

const HELP = `
Brings the symbols of image files into the local store, so that no target stands still for a download.
Copy the images from the target first: %SystemRoot%\\system32\\ntoskrnl.exe, hal.dll, the drivers of the suspects.

Examples:
  livedebug symbols fetch ntoskrnl.exe
  livedebug symbols fetch --symbols 'srv*D:\\symbols*https://msdl.microsoft.com/download/symbols' *.sys
`;

interface FetchFlags {
  readonly symbols?: string;
}

/** `livedebug symbols fetch`: the store is warmed before the target is stopped. */
export function define(program: Command): void {
  const symbols = program.command('symbols').description('symbol files, before they are needed');
  symbols
    .command('fetch')
    .description('bring the PDBs of image files into the local store')
    .argument('<image...>', 'image files (ntoskrnl.exe, mydrv.sys)')
    .option('--symbols <path>', 'symbol path (default: Microsoft’s server, kept in the store of this program)')
    .addHelpText('after', HELP)
    .action(async (images: string[], flags: FetchFlags) => {
      process.exitCode = await fetchAll(images, flags);
    });
}

async function fetchAll(images: readonly string[], flags: FetchFlags): Promise<ExitCode> {
  const { fetchFor } = await import('../kd/symbols/fetch-for.js');
  const { parseSymbolPath } = await import('../kd/symbols/symbol-path.js');
  const { ServerMemory } = await import('../kd/symbols/locate-options.js');
  const { symbolServerPath } = await import('../debugger/command-line.js');
  const places = parseSymbolPath(flags.symbols ?? process.env._NT_SYMBOL_PATH ?? symbolServerPath(symbolCache()));
  const options = { servers: new ServerMemory(), defaultCache: symbolCache(), progress: showProgress };
  let missing = 0;
  for (const image of images) {
    try {
      const fetched = await fetchFor(image, places, options);
      if ('wrong' in fetched) process.stderr.write(`${image}: ${fetched.wrong}\n`);
      else if (fetched.located.file !== undefined) process.stdout.write(`${image}: ${fetched.located.file}\n`);
      else
        for (const { where, what } of fetched.located.tried)
          process.stderr.write(`${image}: ${fetched.reference.name}: ${where}: ${what}\n`);
      if ('wrong' in fetched || fetched.located.file === undefined) missing++;
    } catch (error) {
      throw new Fault(
        'image-unreadable',
        EXIT.missing,
        `${image} cannot be read: ${messageOf(error)}.`,
        'Name a file that is there.',
        {
          cause: error,
        },
      );
    }
  }
  return missing === 0 ? EXIT.done : EXIT.notResolved;
}

function showProgress(bytes: number, total: number | undefined, name: string): void {
  if (!process.stderr.isTTY) return;
  const of = total === undefined ? '' : ` of ${formatBytes(total)}`;
  const end = bytes === total ? '\n' : '';
  process.stderr.write(`\r${name}: ${formatBytes(bytes)}${of}   ${end}`);
}
