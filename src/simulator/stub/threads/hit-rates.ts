import type { Machine } from '../../machine/machine.js';

/** Threads that do something else than allocate the watched tag: they are woken only by name. */
const OTHERS: ReadonlySet<string> = new Set(['other', 'print', 'assert', 'crash', 'stray']);
/** Allocations of one piece of work, where it is more than one. */
const ALLOCATIONS: Readonly<Record<string, number>> = { batch: 5, gui: 2 };

/** Wake-ups per second that make so many hits per second, the same for every thread that allocates. */
export function wakesFor(machine: Machine, hitsPerSecond: number): Record<string, number> {
  const names = machine.threads.map(({ name }) => name).filter((name) => !OTHERS.has(name));
  const round = names.reduce((sum, name) => sum + (ALLOCATIONS[name] ?? 1), 0);
  return Object.fromEntries(names.map((name) => [name, hitsPerSecond / Math.max(1, round)]));
}
