import { formatAddress } from '../../../kd-text/address.js';
import {
  formatModuleDetails,
  type ModuleQuestion,
  parseModuleQuestion,
} from '../../../kd-text/listings/list-modules.js';
import { formatModuleTail } from '../../../kd-text/listings/modules.js';
import type { TargetModule } from '../../control/modules.js';
import { readImageHeaders } from '../../symbols/image/image.js';
import type { ModuleSymbols } from '../../symbols/module-symbols.js';
import { evaluate } from '../expressions/expression.js';
import { CommandError, type ShellCommand, type ShellContext } from '../shell-context.js';
import { wildcard } from '../target-symbols.js';
import { addressText } from '../text/place-text.js';

/** `lm`, `lm m PATTERN`, `lmvm nt`, `lma ADDRESS`: the target's modules. All but the kernel takes the whole list over the line. */
export const lmCommand: ShellCommand = {
  words: ['lm', 'lmf', 'lmk', 'lmvm'],
  async run(context, word, rest) {
    const { known, symbols, screen } = context;
    const { bits } = known.architecture;
    const question = parseModuleQuestion(`${word} ${rest}`.trimEnd());
    if (!question) throw new CommandError(`Syntax error at '${word} ${rest}'`);
    const width = bits === 32 ? 8 : 17;
    const found = await asked(context, question);
    screen.line(`${'start'.padEnd(width)} ${'end'.padEnd(width)}   module name`);
    for (const each of found) {
      const [start, end] = [each.base, each.base + BigInt(each.size)].map((at) => formatAddress(addressText(at), bits));
      const source = sourceOf(symbols.loadedOf(each));
      const tail = question.file ? `${each.name.padEnd(8)}   ${each.file}` : formatModuleTail(each.name, source);
      screen.line(`${start} ${end}   ${tail}`);
      if (question.verbose) screen.lines(await details(context, each, source.file));
    }
  },
};

async function asked(context: ShellContext, { pattern, around }: ModuleQuestion): Promise<readonly TargetModule[]> {
  const { modules } = context.known;
  if (around !== undefined) {
    const module = await modules.around(await evaluate(around, context));
    return module ? [module] : [];
  }
  // The kernel is known without the list, which takes long on a slow line.
  const kernel = modules.known.find(({ name }) => name === 'nt');
  if (kernel && /^nt$/i.test(pattern ?? '')) return [kernel];
  const wanted = pattern === undefined ? undefined : wildcard(pattern);
  return (await modules.all()).filter(({ name }) => wanted?.test(name) ?? true);
}

async function details(
  { known }: ShellContext,
  module: TargetModule,
  symbolFile: string | undefined,
): Promise<string[]> {
  const read = (rva: number, length: number): Promise<Buffer> => known.memory.read(module.base + BigInt(rva), length);
  const headers = await readImageHeaders(read, 'without sections');
  const { file, checkSum, size } = module;
  return formatModuleDetails({ file, checkSum, size, timeStamp: headers?.timeStamp, symbolFile });
}

/** As kd says it. Whether a PDB is a private one is not looked at. */
function sourceOf(symbols: ModuleSymbols | undefined): { symbols?: 'pdb' | 'coff' | 'export'; file?: string } {
  const { source = 'none', file } = symbols ?? {};
  if (source === 'none') return {};
  return { symbols: source === 'exports' ? 'export' : source, ...(file !== undefined && { file }) };
}
