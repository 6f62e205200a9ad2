import { number, size } from '../format.js';
import type { ReportPool, ReportTables } from './model.js';
import { span } from './pool-answer.js';

/** The numbers at the head of the page, where there is no stack. */
export function poolFigures({ tables, found, verified }: ReportPool): [string, string][] {
  if (tables) return tableFigures(tables);
  if (found.length > 0) {
    const blocks = found.reduce((sum, each) => sum + each.blocks, 0);
    const bytes = found.reduce((sum, each) => sum + each.bytes, 0);
    return [
      ['blocks', number(blocks)],
      ['bytes', size(bytes)],
      ['tags', number(found.length)],
    ];
  }
  const bytes = verified.reduce((sum, each) => sum + each.bytes, 0);
  return [
    ['bytes outstanding', size(bytes)],
    ['drivers', number(verified.length)],
  ];
}

function tableFigures({ tags, compared, hours }: ReportTables): [string, string][] {
  const held = (pool: 'nonpaged' | 'paged', at: 'first' | 'last'): number =>
    tags.reduce((sum, tag) => sum + (tag.pool === pool ? tag[at].bytes : 0), 0);
  const named = new Set(tags.map(({ tag }) => tag));
  return [
    ['tables', number(compared)],
    ...(hours === null ? [] : [['time between', span(hours)] as [string, string]]),
    ['tags', number(named.size)],
    ['nonpaged pool', size(held('nonpaged', 'last'))],
    ['paged pool', size(held('paged', 'last'))],
  ];
}
