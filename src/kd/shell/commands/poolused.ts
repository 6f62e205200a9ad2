import { formatPoolUsed, type PoolUsedOrder } from '../../../kd-text/pool/pool-used.js';
import { evaluate } from '../expressions/expression.js';
import { findTag } from '../pool/find-tag.js';
import { readTable } from '../pool/read-table.js';
import { tagPattern, tagText } from '../pool/tag-pattern.js';
import { findTables } from '../pool/tag-tables.js';
import { CommandError, type ShellCommand } from '../shell-context.js';

const FLAG = { verbose: 1n, nonpaged: 2n, paged: 4n } as const;
const FLAGS = FLAG.verbose | FLAG.nonpaged | FLAG.paged;

/** `!poolused [flags [tag]]`: how much pool each tag has. Source: "!poolused (WinDbg)". */
export const poolUsedCommand: ShellCommand = {
  words: ['!poolused'],
  async run(context, _word, rest) {
    const { screen } = context;
    // A blank ends the flags: the * of a tag is no operator.
    const [, expression = '', tag = ''] = /^\s*(\S*)\s*(.*)$/s.exec(rest) ?? [];
    const flags = expression === '' ? 0n : await evaluate(expression, context);
    if ((flags & ~FLAGS) !== 0n)
      throw new CommandError('!poolused has the flags 1 (more), 2 (by nonpaged pool) and 4 (by paged pool).');
    const pattern = tagPattern(tag);
    const tables = await findTables(context);
    const one = pattern.key === undefined ? undefined : await findTag(context, tables, pattern.key);
    const { tags, odd } = one ? { tags: [one], odd: [] } : await readTable(context, tables);
    const rows = tags.map((each) => ({ ...each, tag: tagText(each.key) })).filter((each) => pattern.fits(each.tag));
    screen.lines(formatPoolUsed(rows, orderOf(flags), (flags & FLAG.verbose) !== 0n));
    const left = odd.map(tagText).filter((each) => pattern.fits(each));
    if (left.length > 0)
      screen.line(
        `Not counted, because it does not add up, as in the middle of an allocation: ${left.map((each) => `'${each}'`).join(' ')}`,
      );
  },
};

function orderOf(flags: bigint): PoolUsedOrder {
  if (flags & FLAG.nonpaged) return 'nonpaged';
  return flags & FLAG.paged ? 'paged' : 'tag';
}
