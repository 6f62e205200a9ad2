import { canonical } from '../control/architecture.js';
import type { Breakpoint, BreakpointWish } from '../control/breakpoints/breakpoint.js';
import type { KnownTarget } from '../control/known-target.js';
import type { ModuleEvent } from '../control/state-change.js';
import { evaluate } from './expressions/expression.js';
import { CommandError, type Scene } from './shell-context.js';

/** `bu`: a breakpoint that is bound to a name, and waits while its module is not there. */
export interface Deferred {
  readonly id: number;
  readonly expression: string;
  readonly wish: BreakpointWish;
  enabled: boolean;
  /** Where it is, and in which boot of the target; undefined while it waits. */
  place: { readonly breakpoint: Breakpoint; readonly known: KnownTarget } | undefined;
}

/** The breakpoints of `bu`. They outlive the boots of the target, as the names do that they are bound to. */
export class DeferredBreakpoints {
  #list: Deferred[] = [];

  /** Those that wait, by number. */
  waiting(known: KnownTarget): readonly Deferred[] {
    this.#look(known);
    return this.#list.filter(({ place }) => place === undefined);
  }

  /** Adds one. It waits when its name is not there yet. @throws CommandError for what is no name */
  async add(expression: string, wish: BreakpointWish, scene: Scene): Promise<void> {
    const { breakpoints } = scene.known;
    const address = await addressOf(expression, scene);
    this.#look(scene.known);
    const before = this.#list.find((each) => each.expression === expression);
    let id = before?.id ?? 0;
    const used = (): boolean => breakpoints.find(id) !== undefined || this.#list.some((each) => each.id === id);
    while (!before && used()) id++;
    if (before) await this.remove(before, scene.known);
    const added: Deferred = { id, expression, wish: { ...wish, id }, enabled: true, place: undefined };
    this.#list.push(added);
    this.#list.sort((a, b) => a.id - b.id);
    if (address !== undefined) this.#settle(added, address, scene.known);
    this.#look(scene.known);
  }

  /** An image came or went: those that wait for it get their place, those in it lose theirs. @throws LinkError */
  async moduleEvent({ kind, base, size }: ModuleEvent, scene: Scene): Promise<void> {
    const { breakpoints, architecture, modules } = scene.known;
    const from = canonical(architecture, base);
    const name = modules.known.find((each) => each.base === from)?.name ?? '';
    this.#look(scene.known);
    for (const each of this.#list) {
      const breakpoint = each.place?.breakpoint;
      const inside = breakpoint && breakpoint.address >= from && breakpoint.address < from + BigInt(size);
      if (kind === 'unload' && inside) {
        await breakpoints.clear(breakpoint);
        each.place = undefined;
      }
      if (kind !== 'load' || breakpoint || !isFor(each.expression, name)) continue;
      const address = await addressOf(each.expression, scene);
      if (address !== undefined) await breakpoints.enable(this.#settle(each, address, scene.known), each.enabled);
    }
    this.#look(scene.known);
  }

  /** `bc` */
  async remove(deferred: Deferred, known: KnownTarget): Promise<void> {
    if (deferred.place) await known.breakpoints.clear(deferred.place.breakpoint);
    this.#list = this.#list.filter((each) => each !== deferred);
    this.#look(known);
  }

  /** The target refuses a second breakpoint at an address: the one that is there takes the wish over. */
  #settle(deferred: Deferred, address: bigint, known: KnownTarget): Breakpoint {
    const { breakpoints } = known;
    const { command, passes = 1, once = false } = deferred.wish;
    let breakpoint = breakpoints.list.find((each) => each.access === 'software' && each.address === address);
    if (breakpoint) Object.assign(breakpoint, { command, passes, passesLeft: passes, once, stackOnly: false });
    else breakpoint = breakpoints.add(address, 'software', 1, deferred.wish);
    deferred.place = { breakpoint, known };
    return breakpoint;
  }

  /** What is gone from the target was cleared there; a target that has begun anew has none of them, and they wait again. */
  #look(known: KnownTarget): void {
    const { breakpoints } = known;
    const gone = ({ place }: Deferred): boolean =>
      place?.known === known && !breakpoints.list.includes(place.breakpoint);
    this.#list = this.#list.filter((each) => !gone(each));
    for (const each of this.#list) {
      if (each.place && each.place.known !== known) each.place = undefined;
      if (each.place) each.enabled = each.place.breakpoint.enabled;
    }
    breakpoints.reserved = new Set(this.#list.map(({ id }) => id));
  }
}

/** A module's name in front of `!` says what is waited for; without it everything may be. */
function isFor(expression: string, module: string): boolean {
  const wanted = /([\w.$]+)!/.exec(expression)?.[1];
  return wanted === undefined || wanted.toLowerCase() === module.toLowerCase();
}

/** Undefined for a name that is not there: what else is wrong stays an error. */
async function addressOf(expression: string, scene: Scene): Promise<bigint | undefined> {
  try {
    return await evaluate(expression, scene);
  } catch (error) {
    if (error instanceof CommandError && /^Couldn't resolve/.test(error.message)) return undefined;
    throw error;
  }
}
