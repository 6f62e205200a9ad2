import type { Node } from './flame.js';

interface Drawn {
  readonly element: SVGGElement;
  readonly node: Node;
}

export interface FlameKeyActions {
  readonly focused: (node: Node) => void;
  readonly zoom: (node: Node) => void;
  readonly reset: () => void;
}

/** One stop of the tab key for the whole graph; arrows move within it, as they do in a tree. */
export function flameKeys(place: HTMLElement, actions: FlameKeyActions): { renew: (drawn: readonly Drawn[]) => void } {
  let drawn = new Map<number, Drawn>();
  let current: Drawn | undefined;

  const stop = (at: Drawn | undefined): void => {
    for (const { element } of drawn.values()) element.setAttribute('tabindex', element === at?.element ? '0' : '-1');
    current = at;
  };
  const go = (node: Node | null | undefined): void => {
    const to = node && drawn.get(node.id);
    if (to) to.element.focus();
  };

  place.addEventListener('focusin', (event) => {
    const found = [...drawn.values()].find(({ element }) => element === event.target);
    if (!found) return;
    stop(found);
    actions.focused(found.node);
  });
  place.addEventListener('keydown', (event) => {
    if (!current || event.altKey || event.ctrlKey || event.metaKey) return;
    const { node } = current;
    const target = destination(event.key, node, drawn);
    if (target !== undefined) go(target);
    else if (event.key === 'Enter' || event.key === ' ') actions.zoom(node);
    else if (event.key === 'Escape') actions.reset();
    else return;
    event.preventDefault();
  });

  return {
    renew(now) {
      const had = current !== undefined && place.contains(document.activeElement);
      drawn = new Map(now.map((each) => [each.node.id, each]));
      let at: Node | null = current?.node ?? null;
      while (at && drawn.get(at.id)?.node !== at) at = at.parent;
      const kept = (at && drawn.get(at.id)) ?? now.find(({ node }) => node.parent === null);
      stop(kept);
      if (had && kept && document.activeElement !== kept.element) kept.element.focus();
    },
  };
}

/** Where a key leads; undefined if it is none that moves. */
function destination(key: string, node: Node, drawn: ReadonlyMap<number, Drawn>): Node | null | undefined {
  switch (key) {
    case 'ArrowUp':
      return node.parent;
    case 'ArrowDown':
      return node.children?.find(({ id }) => drawn.has(id)) ?? null;
    case 'ArrowLeft':
    case 'ArrowRight': {
      const row = [...drawn.values()]
        .map((each) => each.node)
        .filter(({ depth }) => depth === node.depth)
        .sort((a, b) => a.x0 - b.x0);
      return row[row.indexOf(node) + (key === 'ArrowLeft' ? -1 : 1)] ?? null;
    }
    case 'Home': {
      let root = node;
      while (root.parent) root = root.parent;
      return root;
    }
    default:
      return undefined;
  }
}
