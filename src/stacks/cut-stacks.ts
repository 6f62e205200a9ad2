import type { FoundStack } from './findings.js';

type Branch = Map<number, Branch>;

/**
 * Stacks whose printing a break-in has cut short. Kd prints the frame that it is at with a return address of 0, as it does the
 * outermost of a whole stack, then the lines of a stop. So a stack that such lines follow was cut if other stacks go on from
 * its last frame. Source: Microsoft's engine, 10.0.29507.
 */
export class CutStacks {
  readonly #root: Branch = new Map();

  constructor(stacks: readonly FoundStack[]) {
    if (!stacks.some(({ stood }) => stood > 0)) return;
    for (const { frames } of stacks) {
      let at = this.#root;
      for (const frame of frames) {
        const next: Branch = at.get(frame) ?? new Map();
        at.set(frame, next);
        at = next;
      }
    }
  }

  has({ frames, stood }: FoundStack): boolean {
    if (stood === 0) return false;
    let at: Branch | undefined = this.#root;
    for (const frame of frames) at = at?.get(frame);
    return at !== undefined && at.size > 0;
  }
}
