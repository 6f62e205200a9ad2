import { count } from '../format.js';
import type { PageData, PageStack } from '../html/page-data.js';

export interface FlameNode {
  readonly name: string;
  readonly colour: number;
  value: number;
  readonly children: FlameNode[];
}

export interface FlameView {
  /** Which of the data's weights. */
  readonly weight: number;
  /** From the outermost frame down to the allocator; else from the allocator down to the callers. */
  readonly outermostFirst: boolean;
}

/** What of the data is shown. */
export interface Shown {
  readonly stacks: readonly PageStack[];
  readonly rest: PageData['rest'];
}

/** No driver's. */
const ROOT_COLOUR = 9;

/** The stacks as a tree in which the parts of each node add up to no more than it. */
export function flameTree(data: PageData, { stacks, rest }: Shown, { weight, outermostFirst }: FlameView): FlameNode {
  const root = nodeOf('all', ROOT_COLOUR);
  const places = new Map<FlameNode, Map<number, FlameNode>>();
  const step = (node: FlameNode, frame: number): FlameNode => {
    const children = places.get(node) ?? new Map<number, FlameNode>();
    places.set(node, children);
    let child = children.get(frame);
    if (!child) {
      child = nodeOf(data.names[frame] ?? '', data.colours[frame] ?? 8);
      children.set(frame, child);
      node.children.push(child);
    }
    return child;
  };
  for (const stack of stacks) {
    const value = stack.weights[weight] ?? 0;
    if (value <= 0) continue;
    root.value += value;
    let node = root;
    for (const frame of outermostFirst ? stack.frames.toReversed() : stack.frames) {
      node = step(node, frame);
      node.value += value;
    }
  }
  const outer = new Map<string, FlameNode>();
  for (const { driver, colour, frames, stacks, weights } of rest) {
    const value = weights[weight] ?? 0;
    if (value <= 0) continue;
    root.value += value;
    let node = root;
    // Behind the caller they are cut: from the outside they begin with what is not shown.
    if (outermostFirst && frames.length > 0) {
      node = outer.get(driver) ?? nodeOf(`(smaller stacks of ${driver})`, colour);
      if (!outer.has(driver)) root.children.push(node);
      outer.set(driver, node);
      node.value += value;
    }
    for (const frame of outermostFirst ? frames.toReversed() : frames) {
      node = step(node, frame);
      node.value += value;
    }
    if (frames.length === 0)
      root.children.push({ ...nodeOf(`(${count(stacks, 'more stack')} of ${driver})`, colour), value });
    else if (!outermostFirst)
      node.children.push({ ...nodeOf(`(${count(stacks, 'smaller stack')} of ${driver})`, colour), value });
  }
  return root;
}

function nodeOf(name: string, colour: number): FlameNode {
  return { name, colour, value: 0, children: [] };
}
