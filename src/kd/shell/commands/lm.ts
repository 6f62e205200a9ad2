import { formatAddress } from '../../../kd-text/address.js';
import { addressText } from '../place-text.js';
import type { ShellCommand } from '../shell-context.js';

/** `lm`, `lm m PATTERN`: the target's modules. The whole list is read over the line. */
export const lmCommand: ShellCommand = {
  words: ['lm', 'lmf', 'lmk'],
  async run({ known, screen }, word, rest) {
    const { bits } = known.architecture;
    const pattern = /(?:^|\s)m\s+(\S+)/.exec(rest)?.[1];
    const wanted = pattern === undefined ? undefined : wildcard(pattern);
    const width = bits === 32 ? 8 : 17;
    screen.line(`${'start'.padEnd(width)} ${'end'.padEnd(width)}   module name`);
    for (const each of await known.modules.all()) {
      if (wanted && !wanted.test(each.name)) continue;
      const [start, end] = [each.base, each.base + BigInt(each.size)].map((at) => formatAddress(addressText(at), bits));
      const tail = word === 'lmf' ? each.file : '(deferred)             ';
      screen.line(`${start} ${end}   ${each.name.padEnd(10)} ${tail}`);
    }
  },
};

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 'i');
}
