import type { PageData } from '../html/page-data.js';
import { button, byId, choice, labelled, searchField } from './dom.js';
import type { FlameView } from './flame-tree.js';

export interface FlameActions {
  readonly view: (view: Partial<FlameView>) => void;
  readonly search: (term: string) => void;
  readonly reset: () => void;
}

/** What to weigh by, from which end, what to look for, and the way back out. */
export function flameControls({ weights }: PageData, actions: FlameActions): { zoomed: (zoomed: boolean) => void } {
  const place = byId('flame-controls');
  const reset = button('Zoom out', actions.reset);
  const views = [
    { text: 'Allocator on top', outermostFirst: false },
    { text: 'Outermost on top', outermostFirst: true },
  ].map(({ text, outermostFirst }) =>
    button(text, () => {
      for (const view of views) view.setAttribute('aria-pressed', String(view.textContent === text));
      actions.view({ outermostFirst });
    }),
  );
  for (const [at, view] of views.entries()) view.setAttribute('aria-pressed', String(at === 0));
  const direction = document.createElement('div');
  direction.className = 'segments';
  direction.setAttribute('role', 'group');
  direction.setAttribute('aria-label', 'Direction');
  direction.append(...views);
  if (weights.length > 1)
    place.append(
      labelled(
        'Width',
        choice(
          weights.map(({ title }) => title),
          (weight) => actions.view({ weight }),
        ),
      ),
    );
  place.append(direction, labelled('Search', searchField('highlight frames', actions.search)), reset);
  return {
    zoomed(zoomed) {
      reset.disabled = !zoomed;
    },
  };
}
