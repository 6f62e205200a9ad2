import type { FoundStack } from './findings.js';

interface Branch {
  readonly next: Map<number, Branch>;
  /** Another stack goes on from here. */
  goesOn: boolean;
}

/**
 * Stacks whose printing a break-in has cut short. Kd prints the frame that it is at with a return address of 0, as it does the
 * outermost of a whole stack, then the lines of a stop. So a stack that such lines follow was cut if other stacks go on from
 * its last frame. Source: Microsoft's engine, 10.0.29507.
 */
export class CutStacks {
  readonly #root: Branch = { next: new Map(), goesOn: false };

  constructor(stacks: readonly FoundStack[]) {
    for (const stack of stacks) if (mayBeCut(stack)) this.#grow(stack);
    if (this.#root.next.size === 0) return;
    for (const { frames } of stacks) this.#follow(frames);
  }

  has(stack: FoundStack): boolean {
    if (!mayBeCut(stack)) return false;
    let at: Branch | undefined = this.#root;
    for (const frame of stack.frames) at = at?.next.get(frame);
    return at?.goesOn === true;
  }

  #grow({ frames }: FoundStack): void {
    let at = this.#root;
    for (const frame of frames) {
      const next: Branch = at.next.get(frame) ?? { next: new Map(), goesOn: false };
      at.next.set(frame, next);
      at = next;
    }
  }

  #follow(frames: readonly number[]): void {
    let at: Branch | undefined = this.#root;
    for (const frame of frames) {
      at.goesOn = true;
      at = at.next.get(frame);
      if (!at) return;
    }
  }
}

function mayBeCut({ stood, merged }: FoundStack): boolean {
  return stood > 0 && !merged;
}
