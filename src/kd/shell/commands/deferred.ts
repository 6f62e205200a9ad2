import { formatAddress } from '../../../kd-text/address.js';
import { TABLE_SIZE } from '../../control/breakpoints/breakpoint-table.js';
import { takeExpression } from '../expressions/take-expression.js';
import { CommandError, type ShellCommand } from '../shell-context.js';
import { addressText } from '../text/place-text.js';
import { takeOptions, wishOf } from './breakpoints.js';

/** `bu [/1] name [passes] ["commands"]`: a breakpoint that is bound to a name, and waits for its module if need be. */
export const buCommand: ShellCommand = {
  words: ['bu'],
  async run(context, _word, rest) {
    const { options, text } = takeOptions(rest);
    const { expression, rest: more } = takeExpression(text);
    if (expression === '') throw new CommandError(`Syntax error at '${rest}'`);
    await context.deferred.add(expression, { ...wishOf(more), once: options.includes('1') }, context);
  },
};

/** `bm [/a] pattern [passes] ["commands"]`: a breakpoint at every function that the pattern fits; `/a` at everything. */
export const bmCommand: ShellCommand = {
  words: ['bm'],
  async run({ known, symbols, screen }, _word, rest) {
    const { options, text } = takeOptions(rest);
    const { breakpoints, architecture } = known;
    const [, pattern = '', more = ''] = /^(\S+)\s*(.*)$/s.exec(text.trim()) ?? [];
    if (pattern === '') throw new CommandError(`Syntax error at '${rest}'`);
    const wish = wishOf(more);
    const all = (await symbols.match(pattern)).filter(({ isFunction }) => isFunction || options.includes('a'));
    const found = [...new Map(all.map((each) => [each.address, each])).values()];
    if (found.length === 0) throw new CommandError('No matching code symbols found, no breakpoints set.');
    const fresh = found.filter(({ address }) => !breakpoints.list.some((each) => each.address === address));
    if (breakpoints.list.length + fresh.length > TABLE_SIZE)
      throw new CommandError(
        `${found.length} symbols match, and the target has room for ${TABLE_SIZE} breakpoints: none is set.`,
      );
    for (const { address, name } of fresh) {
      const { id } = breakpoints.add(address, 'software', 1, wish);
      screen.line(`${String(id).padStart(3)}: ${formatAddress(addressText(address), architecture.bits)} @!"${name}"`);
    }
  },
};
