import { formatAddress } from '../../../kd-text/address.js';
import { formatModuleTail } from '../../../kd-text/modules.js';
import type { ModuleSymbols } from '../../symbols/module-symbols.js';
import { addressText } from '../place-text.js';
import type { ShellCommand } from '../shell-context.js';

/** `lm`, `lm m PATTERN`: the target's modules. The whole list is read over the line. */
export const lmCommand: ShellCommand = {
  words: ['lm', 'lmf', 'lmk'],
  async run({ known, symbols, screen }, word, rest) {
    const { bits } = known.architecture;
    const pattern = /(?:^|\s)m\s+(\S+)/.exec(rest)?.[1];
    const wanted = pattern === undefined ? undefined : wildcard(pattern);
    const width = bits === 32 ? 8 : 17;
    screen.line(`${'start'.padEnd(width)} ${'end'.padEnd(width)}   module name`);
    for (const each of await known.modules.all()) {
      if (wanted && !wanted.test(each.name)) continue;
      const [start, end] = [each.base, each.base + BigInt(each.size)].map((at) => formatAddress(addressText(at), bits));
      const tail =
        word === 'lmf'
          ? `${each.name.padEnd(8)}   ${each.file}`
          : formatModuleTail(each.name, sourceOf(symbols.loadedOf(each)));
      screen.line(`${start} ${end}   ${tail}`);
    }
  },
};

/** As kd says it. Whether a PDB is a private one is not looked at. */
function sourceOf(symbols: ModuleSymbols | undefined): { symbols?: 'pdb' | 'coff' | 'export'; file?: string } {
  const { source = 'none', file } = symbols ?? {};
  if (source === 'none') return {};
  return { symbols: source === 'exports' ? 'export' : source, ...(file !== undefined && { file }) };
}

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i');
}
