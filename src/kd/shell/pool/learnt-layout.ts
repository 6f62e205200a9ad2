import type { KnownTarget } from '../../control/known-target.js';
import type { TrackerLayout } from './tracker-layout.js';

const learnt = new WeakMap<KnownTarget, TrackerLayout>();

/** The layout that this boot of the target was seen to have; undefined before that. */
export function learntLayout(known: KnownTarget): TrackerLayout | undefined {
  return learnt.get(known);
}

/** A kernel does not change it: it is proven once. */
export function learnLayout(known: KnownTarget, layout: TrackerLayout): void {
  learnt.set(known, layout);
}
