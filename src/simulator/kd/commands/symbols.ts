import { formatAddress } from '../../../kd-text/address.js';
import { formatModuleDetails, parseModuleQuestion } from '../../../kd-text/listings/list-modules.js';
import { formatModuleTail } from '../../../kd-text/listings/modules.js';
import { formatSymbolRow } from '../../../kd-text/listings/symbols.js';
import type { CommandOutcome, Kd } from '../kd.js';
import { hex16 } from '../target/hits.js';
import { KERNEL_SIZE } from '../target/target-memory.js';
import { connectedToLine } from '../text-connect.js';
import type { Command } from './index.js';

/** A reload that takes longer than this is excused for it. */
const SLOW_RELOAD_MS = 5000;

/** x, lm, ln, .sympath, .reload: names and where they come from. */
export const symbolCommands: Readonly<Record<string, Command>> = {
  x: examine,
  ln: nearest,
  lm: modules,
  '.sympath': symbolPath,
  '.sympath+': (kd, rest) => symbolPath(kd, `${kd.symbolPath};${rest}`),
  '.symfix': (kd) => symbolPath(kd, 'srv*'),
  '.exepath': (kd) => {
    kd.console.line('Executable image search path is: ');
    return 'done';
  },
  '.reload': reload,
};

async function examine(kd: Kd, rest: string): Promise<CommandOutcome> {
  const pattern = rest.replace(/^(?:\/\S+\s+)*/, '').trim();
  await kd.needSymbols(pattern);
  await kd.spend('x');
  for (const entry of kd.matchSymbols(pattern)) {
    kd.console.line(
      formatSymbolRow({ address: hex16(entry.address), symbol: entry.name }, kd.symbols.bits, entry.kind),
    );
  }
  const module = /^([\w.$]+)!/.exec(pattern)?.[1];
  if (module === undefined || kd.symbols.hasModule(module)) return 'done';
  kd.console.line(`${' '.repeat(kd.prompt.length)}^ Couldn't resolve 'x ${pattern}'`);
  return 'error';
}

async function nearest(kd: Kd, rest: string): Promise<CommandOutcome> {
  const address = await kd.evaluate(rest);
  kd.console.line(`(${formatAddress(hex16(address), kd.symbols.bits)})   ${kd.symbols.nameOf(address)}`);
  return 'done';
}

async function modules(kd: Kd, rest: string, _from: string, word: string): Promise<CommandOutcome> {
  const text = `${word} ${rest}`.trimEnd();
  const question = parseModuleQuestion(text);
  if (!question) {
    kd.console.line(`${' '.repeat(kd.prompt.length)}^ Syntax error in '${text}'`);
    return 'error';
  }
  const wide = kd.symbols.bits === 64 ? 17 : 8;
  const around = question.around === undefined ? undefined : await kd.evaluate(question.around);
  kd.console.line(`${'start'.padEnd(wide)} ${'end'.padEnd(wide)}   module name`);
  const rows = kd.symbols.modules.map((name) => ({ name, base: kd.symbols.moduleBase(name) }));
  rows.sort((a, b) => (a.base < b.base ? -1 : 1));
  for (const { name, base } of rows) {
    const size = name === 'nt' ? BigInt(KERNEL_SIZE) : 0xc000n;
    if (name !== 'nt' && !kd.modulesKnown) continue;
    if (question.pattern !== undefined && !fits(name, question.pattern)) continue;
    if (around !== undefined && (around < base || around >= base + size)) continue;
    const [from, to] = [base, base + size].map((address) => formatAddress(hex16(address), kd.symbols.bits));
    const symbols = name === 'nt' ? kernelSymbols(kd) : {};
    const file = name === 'nt' ? 'ntkrnlmp.exe' : `${name}.sys`;
    kd.console.line(`${from} ${to}   ${formatModuleTail(name, symbols)}`);
    if (!question.verbose) continue;
    const details = {
      file,
      symbolFile: symbols.symbols && file,
      timeStamp: 0x4a5bc600,
      checkSum: 0,
      size: Number(size),
    };
    for (const line of formatModuleDetails(details)) kd.console.line(line);
  }
  return 'done';
}

/** kd's wildcards in a name. */
function fits(name: string, pattern: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i').test(name);
}

/** Where the kernel's names come from. */
function kernelSymbols({ scenario }: Kd): { symbols?: 'pdb' | 'export'; file?: string } {
  const { state } = scenario.symbols;
  if (state === 'none') return {};
  return state === 'full'
    ? { symbols: 'pdb', file: 'c:\\symbols\\ntkrnlmp.pdb' }
    : { symbols: 'export', file: 'ntkrnlmp.exe' };
}

function symbolPath(kd: Kd, rest: string): CommandOutcome {
  if (rest.trim() !== '') kd.symbolPath = rest.trim();
  kd.console.line(`Symbol search path is: ${kd.symbolPath}`);
  return 'done';
}

const PATIENCE = [
  'Press ctrl-c (cdb, kd, ntsd) or ctrl-break (windbg) to abort symbol loads that take too long.',
  'Run !sym noisy before .reload to track down problems loading symbols.',
];
const TROUBLE = [
  'You can troubleshoot most symbol related issues by turning on symbol loading diagnostics (!sym noisy) and repeating the command that caused symbols to be loaded.',
  'You should also verify that your symbol search path (.sympath) is correct.',
];

// A reload prints the line about the connection again, in the middle of an established session, then a dot a module.
async function reload(kd: Kd): Promise<CommandOutcome> {
  kd.console.line(connectedToLine(kd.scenario));
  kd.console.line('Loading Kernel Symbols');
  const dots = Math.max(1, kd.symbols.modules.length - 1);
  const half = Math.ceil(dots / 2);
  await kd.spend('reload', 0.5);
  kd.console.print('.'.repeat(half));
  const from = kd.clock.now();
  await kd.spend('reload', 0.5);
  if (kd.clock.now() - from > kd.clock.real(SLOW_RELOAD_MS)) kd.console.print(`\n\n${PATIENCE.join('\n')}\n\n`);
  kd.console.line('.'.repeat(dots - half));
  kd.forgetSymbols();
  kd.modulesKnown = true;
  kd.console.print('Loading User Symbols\n\n');
  if (kd.engine === 'today' && kd.scenario.symbols.state !== 'full') {
    kd.console.print('\n************* Symbol Loading Error Summary **************\n');
    kd.console.print(
      `${'Module name'.padEnd(23)}Error\n${'ntkrnlmp'.padEnd(23)}The system cannot find the file specified\n`,
    );
    kd.console.print(`\n${TROUBLE.join('\n')}\n`);
  }
  return 'done';
}
