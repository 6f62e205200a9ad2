import type { Doubt } from '../wire/doubt.js';
import { API } from './api.js';
import { type Architecture, onTheWire } from './architecture.js';
import type { DebugRegisters, HardwareAccess } from './debug-registers.js';
import { ask, type Wire } from './requests.js';

/** Bytes of code in a report. */
const REPORTED_BYTES = 16n;
/** Entries of the target's own table. */
export const TABLE_SIZE = 32;

/** A breakpoint as `bl` lists it. */
export interface Breakpoint {
  readonly id: number;
  readonly address: bigint;
  readonly access: 'software' | HardwareAccess;
  readonly bytes: number;
  enabled: boolean;
  /** The target's handle while it is in the table there. */
  handle: number | undefined;
  /** The last handle, in case the target kept the entry. */
  lastHandle: number | undefined;
  /** The debug register, for a hardware breakpoint. */
  slot: number | undefined;
  /** What its owner wants to be done at a hit; means nothing here. */
  command: string | undefined;
  /** Hits that are passed over before one is told, and how many of them are left. */
  passes: number;
  passesLeft: number;
  /** Cleared by its first hit. */
  once: boolean;
}

/** What an owner wants of a breakpoint besides its place. */
export interface BreakpointWish {
  readonly command?: string | undefined;
  readonly passes?: number;
  readonly once?: boolean;
}

/**
 * kd's breakpoints, and which of them are in the target. Software ones go into the target's table when it resumes,
 * and the target takes those out again that lie in the code it reports.
 */
export class Breakpoints {
  readonly list: Breakpoint[] = [];

  constructor(
    private readonly wire: Wire,
    private readonly architecture: Architecture,
    private readonly registers: DebugRegisters,
    private readonly doubt: Doubt,
  ) {}

  /**
   * Adds one; it is in the target when that resumes.
   * @throws Error when the table or the debug registers are full
   */
  add(address: bigint, access: Breakpoint['access'], bytes = 1, wish: BreakpointWish = {}): Breakpoint {
    const passes = wish.passes ?? 1;
    const slot = access === 'software' ? undefined : this.registers.take({ address, access, bytes });
    if (access !== 'software' && slot === undefined)
      throw new Error('Too many data breakpoints: the processor has four debug registers.');
    if (this.list.length >= TABLE_SIZE) {
      if (slot !== undefined) this.registers.free(slot);
      throw new Error(`Too many breakpoints: the target's table has ${TABLE_SIZE} entries.`);
    }
    let id = 0;
    while (this.list.some((each) => each.id === id)) id++;
    const breakpoint: Breakpoint = {
      ...{ id, address, access, bytes, slot },
      ...{ enabled: true, handle: undefined, lastHandle: undefined },
      ...{ command: wish.command, passes, passesLeft: passes, once: wish.once ?? false },
    };
    this.list.push(breakpoint);
    this.list.sort((a, b) => a.id - b.id);
    return breakpoint;
  }

  find(id: number): Breakpoint | undefined {
    return this.list.find((each) => each.id === id);
  }

  /** The enabled breakpoint that stops execution there; a software one first. */
  at(address: bigint): Breakpoint | undefined {
    const here = this.list.filter((each) => each.enabled && each.address === address);
    return here.find(({ access }) => access === 'software') ?? here.find(({ access }) => access === 'execute');
  }

  /** Takes a breakpoint out of the target, and off the list. @throws LinkError */
  async clear(breakpoint: Breakpoint): Promise<void> {
    await this.#takeOut(breakpoint);
    const index = this.list.indexOf(breakpoint);
    if (index >= 0) this.list.splice(index, 1);
  }

  /** Switches a breakpoint on or off. @throws Error when no debug register is left */
  async enable(breakpoint: Breakpoint, on: boolean): Promise<void> {
    if (breakpoint.enabled === on) return;
    if (!on) await this.#takeOut(breakpoint);
    else if (breakpoint.access !== 'software') {
      const { address, access, bytes } = breakpoint;
      breakpoint.slot = this.registers.take({ address, access, bytes });
      if (breakpoint.slot === undefined)
        throw new Error('Too many data breakpoints: the processor has four debug registers.');
    }
    breakpoint.enabled = on;
  }

  /** The target reported the code from there on: it has taken its breakpoints out of what its report has room for. */
  reported(address: bigint): void {
    for (const each of this.list) {
      if (each.handle === undefined || each.address < address || each.address >= address + REPORTED_BYTES) continue;
      each.lastHandle = each.handle;
      each.handle = undefined;
    }
  }

  /**
   * Puts every enabled software breakpoint into the target that is not there.
   * @param except an address that is stepped over first
   * @throws Error for one that the target refuses
   */
  async insert(except?: bigint): Promise<void> {
    for (const each of this.list) {
      if (!each.enabled || each.access !== 'software' || each.handle !== undefined || each.address === except) continue;
      each.handle = (await this.#write(each)) ?? (await this.#writeAfterCleaning(each));
      if (each.handle === undefined)
        throw new Error(`The target refuses breakpoint ${each.id} at ${each.address.toString(16)}.`);
    }
  }

  /** Forgets everything without a word to the target: it has begun anew. */
  forget(): void {
    this.list.length = 0;
    this.registers.forget();
  }

  /** Takes all of ours out of the target and keeps them on the list: they go in again when it resumes. @throws LinkError */
  async takeOutAll(): Promise<void> {
    for (const each of this.list) {
      if (each.handle !== undefined) await this.#restore(each.handle);
      each.handle = undefined;
    }
  }

  /**
   * Takes out what a damaged packet may have put into the table in place of one of ours. Does nothing on a line that never
   * showed an error. @throws LinkError
   */
  async clearStray(): Promise<void> {
    if (this.doubt.everTroubled) await this.clearTable();
  }

  /** Takes every entry out of the target's table, whoever put it there. Gives how many there were. */
  async clearTable(): Promise<number> {
    let found = 0;
    for (let handle = 1; handle <= TABLE_SIZE; handle++) if (await this.#restore(handle)) found++;
    for (const each of this.list) each.handle = undefined;
    return found;
  }

  async #takeOut(breakpoint: Breakpoint): Promise<void> {
    if (breakpoint.handle !== undefined) await this.#restore(breakpoint.handle);
    breakpoint.handle = undefined;
    if (breakpoint.slot !== undefined) this.registers.free(breakpoint.slot);
    breakpoint.slot = undefined;
  }

  async #write(breakpoint: Breakpoint): Promise<number | undefined> {
    const address = onTheWire(this.architecture, breakpoint.address);
    const answer = await ask(this.wire, { api: API.writeBreakPoint, fields: [[16, address]] });
    return answer.ok && answer.u32(24) !== 0 ? answer.u32(24) : undefined;
  }

  /**
   * A second entry for an address is refused: the target kept the old one, or executed a request twice whose reply got lost.
   */
  async #writeAfterCleaning(breakpoint: Breakpoint): Promise<number | undefined> {
    if (breakpoint.lastHandle !== undefined && (await this.#restore(breakpoint.lastHandle))) {
      const handle = await this.#write(breakpoint);
      if (handle !== undefined) return handle;
    }
    const others = new Set(this.list.map(({ handle }) => handle));
    for (let handle = 1; handle <= TABLE_SIZE; handle++) if (!others.has(handle)) await this.#restore(handle);
    return this.#write(breakpoint);
  }

  async #restore(handle: number): Promise<boolean> {
    return (await ask(this.wire, { api: API.restoreBreakPoint, fields: [[16, handle]] })).ok;
  }
}
