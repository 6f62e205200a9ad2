import { number } from '../format.js';
import type { PageData, PageStack } from '../html/page-data.js';
import { stackItem } from '../html/stack-item.js';
import { button, byId, domOf } from './dom.js';
import type { Shown } from './flame-tree.js';

/** Stacks that are made at a time. */
const STEP = 50;

/** The list of stacks: those that a filter leaves, a page at a time. */
export function stackList(data: PageData): (shown: Shown) => void {
  const list = byId('stack-list');
  const more = byId('stack-more');
  const ranks = new Map(data.stacks.map((stack, at) => [stack, at + 1]));
  let rows: readonly PageStack[] = [];
  let rest = 0;
  let made = 0;

  const item = (stack: PageStack): Node =>
    domOf(
      stackItem({
        ...stack,
        rank: ranks.get(stack) ?? 0,
        frames: stack.frames.map((frame) => data.names[frame] ?? ''),
      }),
    );
  const say = (): void => {
    more.replaceChildren();
    const left = rows.length - made;
    if (left > 0) more.append(button(`Show ${number(Math.min(STEP, left))} more of ${number(left)}`, grow));
    if (rest > 0) more.append(`${number(rest)} more stacks are not in this page.`);
    if (rows.length === 0) more.append('No stack in this page has that.');
  };
  function grow(): void {
    const next = rows.slice(made, made + STEP).map(item);
    list.append(...next);
    made += next.length;
    say();
    if (made > STEP) (next[0] as HTMLElement).querySelector('summary')?.focus();
  }

  const show = ({ stacks, rest: left }: Shown): void => {
    rows = stacks;
    rest = left.reduce((sum, { stacks }) => sum + stacks, 0);
    made = 0;
    list.replaceChildren();
    grow();
    list.querySelector('details')?.setAttribute('open', '');
  };
  show(data);
  return show;
}
