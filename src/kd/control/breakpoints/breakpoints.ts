import type { Breakpoint, BreakpointWish } from './breakpoint.js';
import { type BreakpointTable, TABLE_SIZE } from './breakpoint-table.js';
import type { DebugRegisters, HardwareBreakpoint } from './debug-registers.js';

// The list of breakpoints and where each is: in the target's table, in a debug register, or nowhere yet.
// Which of these, and how it is stepped over, is decided by the breakpoint strategy.

/** Bytes of code in a report. */
const REPORTED_BYTES = 16n;

/**
 * kd's breakpoints, and which of them are in the target. Software ones go into the target's table when it resumes,
 * and the target takes those out again that lie in the code it reports.
 */
export class Breakpoints {
  readonly list: Breakpoint[] = [];
  /** Numbers of breakpoints that wait for their module. */
  reserved: ReadonlySet<number> = new Set();

  constructor(
    private readonly table: BreakpointTable,
    private readonly registers: DebugRegisters,
  ) {}

  /**
   * Adds one; it is in the target when that resumes.
   * @throws Error when the table or the debug registers are full
   */
  add(address: bigint, access: Breakpoint['access'], bytes = 1, wish: BreakpointWish = {}): Breakpoint {
    const passes = wish.passes ?? 1;
    const slot = access === 'software' ? undefined : this.#take({ address, access, bytes });
    if (this.list.length >= TABLE_SIZE) {
      if (slot !== undefined) this.registers.free(slot);
      throw new Error(`Too many breakpoints: the target's table has ${TABLE_SIZE} entries.`);
    }
    const id = wish.id !== undefined && !this.find(wish.id) ? wish.id : this.#free(wish.id);
    const breakpoint: Breakpoint = {
      id,
      address,
      access,
      bytes,
      slot,
      place: address,
      coming: undefined,
      enabled: true,
      handle: undefined,
      lastHandle: undefined,
      stackOnly: wish.stackOnly ?? false,
      command: wish.command,
      passes,
      passesLeft: passes,
      once: wish.once ?? false,
    };
    this.list.push(breakpoint);
    this.list.sort((a, b) => a.id - b.id);
    return breakpoint;
  }

  /** One that is set again takes the lowest number that is free, as a new one would. */
  renumber(breakpoint: Breakpoint): void {
    // A number that is reserved is its owner's name for it.
    if (!this.reserved.has(breakpoint.id)) breakpoint.id = Math.min(breakpoint.id, this.#free());
    this.list.sort((a, b) => a.id - b.id);
  }

  #free(from = 0): number {
    let id = from;
    while (this.find(id) || this.reserved.has(id)) id++;
    return id;
  }

  /**
   * Takes those out that lie among these bytes, so that they can be shown as they are; they go in again when the target resumes.
   * @returns whether there were any
   * @throws LinkError
   */
  async uncover(address: bigint, length: number): Promise<boolean> {
    let found = false;
    for (const each of this.list) {
      if (each.handle === undefined || each.address < address || each.address >= address + BigInt(length)) continue;
      await this.table.restore(each.handle);
      each.lastHandle = each.handle;
      each.handle = undefined;
      found = true;
    }
    return found;
  }

  find(id: number): Breakpoint | undefined {
    return this.list.find((each) => each.id === id);
  }

  /** The enabled breakpoint that stops execution there; a software one first. */
  at(address: bigint): Breakpoint | undefined {
    const here = this.list.filter((each) => each.enabled && each.place === address);
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
      breakpoint.slot = this.#take({ address, access, bytes });
    }
    breakpoint.enabled = on;
  }

  /** A register for a hardware breakpoint: one that stands in for the table gives way. @throws Error when none is left */
  #take(wanted: HardwareBreakpoint): number {
    let slot = this.registers.take(wanted);
    if (slot === undefined) {
      const lent = this.list.find((each) => each.access === 'software' && (each.slot ?? each.coming) !== undefined);
      if (lent) this.toTable(lent);
      slot = this.registers.take(wanted);
    }
    if (slot === undefined) throw new Error('Too many data breakpoints: the processor has four debug registers.');
    return slot;
  }

  /**
   * Brings a debug register one processor nearer to standing in for the target's table, whose entries cost more at every hit.
   * @param place where it is to stop the target
   * @returns whether it does from the next resume on
   * @throws LinkError; Error when the target refuses
   */
  async toRegister(breakpoint: Breakpoint, place: bigint, processors: number): Promise<boolean> {
    if (breakpoint.coming?.place !== place) {
      const slot = this.registers.take({ address: place, access: 'execute', bytes: 1 }, false);
      if (slot === undefined) return false;
      breakpoint.coming = { slot, place };
    }
    const { slot } = breakpoint.coming;
    if (!(await this.registers.prepare(slot, processors))) return false;
    breakpoint.coming = undefined;
    await this.#takeOut(breakpoint);
    Object.assign(breakpoint, { slot, place });
    return true;
  }

  /** A software breakpoint gives its debug register back: it is in the target's table when that resumes. */
  toTable(breakpoint: Breakpoint): void {
    this.#freeSlots(breakpoint);
    breakpoint.place = breakpoint.address;
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
      if (!each.enabled || each.access !== 'software' || each.slot !== undefined) continue;
      if (each.handle !== undefined || each.address === except) continue;
      each.handle = (await this.table.write(each.address)) ?? (await this.#writeAfterCleaning(each));
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
      if (each.handle !== undefined) await this.table.restore(each.handle);
      each.handle = undefined;
    }
  }

  /** Takes every entry out of the target's table, whoever put it there. @returns how many there were. @throws LinkError */
  async clearTable(): Promise<number> {
    const found = await this.table.clear();
    this.#forgetHandles();
    return found;
  }

  /** The same with a target that nobody is known to have left anything in, for less. */
  async clearLeftovers(): Promise<number> {
    const found = await this.table.clearLeftovers();
    this.#forgetHandles();
    return found;
  }

  /** Takes out what a damaged packet may have put into the table. @throws LinkError; Error when something stays */
  async clearStray(): Promise<void> {
    if (await this.table.clearStray()) this.#forgetHandles();
  }

  /** Sees to it that nothing of ours is left in the table. @throws LinkError; Error when something stays */
  async seeEmpty(): Promise<void> {
    if (await this.table.seeEmpty()) this.#forgetHandles();
  }

  /** Whatever was in the table is out of it. */
  #forgetHandles(): void {
    for (const each of this.list) each.handle = undefined;
  }

  async #takeOut(breakpoint: Breakpoint): Promise<void> {
    if (breakpoint.handle !== undefined) await this.table.restore(breakpoint.handle);
    breakpoint.handle = undefined;
    this.#freeSlots(breakpoint);
    breakpoint.place = breakpoint.address;
  }

  #freeSlots(breakpoint: Breakpoint): void {
    for (const slot of [breakpoint.slot, breakpoint.coming?.slot]) if (slot !== undefined) this.registers.free(slot);
    Object.assign(breakpoint, { slot: undefined, coming: undefined });
  }

  /**
   * A second entry for an address is refused: the target kept the old one, or executed a request twice whose reply got lost.
   */
  async #writeAfterCleaning(breakpoint: Breakpoint): Promise<number | undefined> {
    if (breakpoint.lastHandle !== undefined && (await this.table.restore(breakpoint.lastHandle))) {
      const handle = await this.table.write(breakpoint.address);
      if (handle !== undefined) return handle;
    }
    const others = new Set(this.list.map(({ handle }) => handle));
    for (let handle = 1; handle <= TABLE_SIZE; handle++) if (!others.has(handle)) await this.table.restore(handle);
    return this.table.write(breakpoint.address);
  }
}
