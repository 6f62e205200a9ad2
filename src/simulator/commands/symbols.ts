import { formatAddress } from '../../kd-text/address.js';
import { formatSymbolRow } from '../../kd-text/symbols.js';
import { hex16 } from '../hits.js';
import type { Kd, Outcome } from '../kd.js';
import { connectedToLine } from '../text-connect.js';
import type { Command } from './index.js';

/** x, lm, ln, .sympath, .reload: names and where they come from. */
export const symbolCommands: Readonly<Record<string, Command>> = {
  x: examine,
  ln: nearest,
  lm: modules,
  lmi: modules,
  '.sympath': symbolPath,
  '.sympath+': (kd, rest) => symbolPath(kd, `${kd.symbolPath};${rest}`),
  '.symfix': (kd) => symbolPath(kd, 'srv*'),
  '.exepath': (kd) => {
    kd.console.line('Executable image search path is: ');
    return 'done';
  },
  '.reload': reload,
};

async function examine(kd: Kd, rest: string): Promise<Outcome> {
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

async function nearest(kd: Kd, rest: string): Promise<Outcome> {
  const address = await kd.evaluate(rest);
  kd.console.line(`(${formatAddress(hex16(address), kd.symbols.bits)})   ${kd.symbols.nameOf(address)}`);
  return 'done';
}

function modules(kd: Kd): Outcome {
  const wide = kd.symbols.bits === 64 ? 17 : 8;
  kd.console.line(`${'start'.padEnd(wide)} ${'end'.padEnd(wide)}   module name`);
  const rows = kd.symbols.modules.map((name) => ({ name, base: kd.symbols.moduleBase(name) }));
  rows.sort((a, b) => (a.base < b.base ? -1 : 1));
  for (const { name, base } of rows) {
    const end = base + (name === 'nt' ? 0x5dd000n : 0xc000n);
    const note = name === 'nt' && kd.scenario.symbols.state === 'full' ? '(pdb symbols)' : '(deferred)';
    const [from, to] = [base, end].map((address) => formatAddress(hex16(address), kd.symbols.bits));
    kd.console.line(`${from} ${to}   ${name.padEnd(10)} ${note}`);
  }
  return 'done';
}

function symbolPath(kd: Kd, rest: string): Outcome {
  if (rest.trim() !== '') kd.symbolPath = rest.trim();
  kd.console.line(`Symbol search path is: ${kd.symbolPath}`);
  return 'done';
}

// A reload prints the line about the connection again, in the middle of an established session.
async function reload(kd: Kd): Promise<Outcome> {
  kd.console.line(connectedToLine(kd.scenario));
  kd.console.line('Loading Kernel Symbols');
  await kd.spend('reload');
  kd.forgetSymbols();
  kd.console.print(
    `${'.'.repeat(63)}\n${'.'.repeat(41)}\nLoading User Symbols\n\nLoading unloaded module list\n.......\n`,
  );
  return 'done';
}
