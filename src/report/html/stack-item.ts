import type { Colour } from './driver-colours.js';
import { type Child, h, type PageElement } from './element.js';

/** All that the page shows of one stack. */
export interface StackView {
  readonly rank: number;
  readonly facts: string;
  readonly driver: string;
  readonly caller: string;
  readonly colour: Colour;
  /** Innermost first. */
  readonly frames: readonly string[];
  /** Where kd's text of its hits stands. */
  readonly place: string | null;
  /** kd's own text of the first hit. */
  readonly text: string | null;
}

/** A stack of the list: closed, its caller and how often; open, its frames and what kd printed. */
export function stackItem(view: StackView, open = false): PageElement {
  const { rank, facts, driver, caller, colour, frames, place, text } = view;
  return h(
    'details',
    { class: 'stack', ...(open ? { open: '' } : {}) },
    h(
      'summary',
      {},
      h('span', { class: 'rank' }, `#${rank}`),
      h('span', { class: `swatch c${colour}`, 'aria-hidden': 'true' }),
      h('span', { class: 'name' }, caller),
      h('span', { class: 'facts' }, caller.startsWith(driver) ? facts : `${facts} · ${driver}`),
    ),
    h(
      'div',
      { class: 'stack-body' },
      h('ol', { class: 'frames', 'aria-label': 'Frames, innermost first' }, ...frames.map(frameItem(caller))),
      ...kdText(text, place),
    ),
  );
}

function frameItem(caller: string) {
  return (frame: string): PageElement =>
    h('li', frame === caller || frame.startsWith(`${caller}+0x`) ? { class: 'caller' } : {}, frame);
}

function kdText(text: string | null, place: string | null): Child[] {
  if (place === null) return [];
  const where = h('p', { class: 'place' }, place);
  if (text === null) return [where];
  return [
    h(
      'div',
      { class: 'kd' },
      h('h3', {}, 'As kd printed it'),
      where,
      h('pre', { tabindex: '0', role: 'group', 'aria-label': "kd's text" }, text),
    ),
  ];
}
