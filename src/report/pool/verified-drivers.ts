import type { VerifiedBlock, VerifiedLine } from '../../kd-text/pool/verified.js';

/** What one caller has outstanding, of one tag. */
export interface VerifiedCaller {
  readonly caller: string;
  readonly tag: string;
  blocks: number;
  bytes: number;
}

/** What Driver Verifier has on one driver. */
export interface VerifiedDriver {
  readonly name: string;
  readonly state: string;
  /** What the driver has, by Driver Verifier's own count; undefined where the listing lacks it. */
  count: number | undefined;
  bytes: number | undefined;
  peak: number | undefined;
  /** Of these, the allocations that are listed. */
  listed: number;
  listedBytes: number;
  readonly callers: Map<string, VerifiedCaller>;
  /** Listed allocations of callers that there was no room for. */
  otherCallers: number;
}

const MOST_DRIVERS = 4096;
const MOST_CALLERS = 4096;

/** Counts what `!verifier 3` lists. Of several listings the last one counts: it shows what is outstanding at its time. */
export class VerifiedDrivers {
  #drivers = new Map<string, VerifiedDriver>();
  #open: VerifiedDriver | undefined;

  get drivers(): VerifiedDriver[] {
    return [...this.#drivers.values()];
  }

  /** Another listing begins. */
  begin(): void {
    this.#drivers = new Map();
    this.#open = undefined;
  }

  /** @returns false for a line that belongs to no driver that is known */
  add(line: VerifiedLine): boolean {
    if (line.kind === 'driver') {
      if (this.#drivers.size >= MOST_DRIVERS) return false;
      const numbers = { count: undefined, bytes: undefined, peak: undefined };
      const none = { listed: 0, listedBytes: 0, otherCallers: 0 };
      this.#open = { name: line.name, state: line.state, ...numbers, ...none, callers: new Map() };
      this.#drivers.set(line.name.toLowerCase(), this.#open);
      return true;
    }
    const driver = this.#open;
    if (!driver) return false;
    if (line.kind === 'count') driver.count = line.allocations;
    else if (line.kind === 'bytes') driver.bytes = line.bytes;
    else if (line.kind === 'peak') driver.peak = line.bytes;
    else addBlock(driver, line);
    return true;
  }
}

function addBlock(driver: VerifiedDriver, { size, tag, caller, symbol }: VerifiedBlock): void {
  driver.listed++;
  driver.listedBytes += size;
  const name = symbol ?? `0x${caller.toString(16)}`;
  const key = `${tag}${name}`;
  const known = driver.callers.get(key);
  if (!known && driver.callers.size >= MOST_CALLERS) {
    driver.otherCallers++;
    return;
  }
  const entry = known ?? { caller: name, tag, blocks: 0, bytes: 0 };
  entry.blocks++;
  entry.bytes += size;
  driver.callers.set(key, entry);
}
