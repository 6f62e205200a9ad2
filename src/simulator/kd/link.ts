import type { SimulatorClock } from '../clock.js';

/** Bytes that one operation of kd moves over the wire, both directions with acknowledgements. */
export interface LinkBytes {
  readonly connect: number;
  readonly first_stop: number;
  readonly stop: number;
  readonly hit: number;
  readonly k: number;
  readonly resume: number;
  readonly bp: number;
  readonly bc: number;
  readonly x: number;
  readonly read: number;
  readonly write: number;
  readonly reload: number;
}

/**
 * What kd's usual operations cost. A hit with its stack is hit + k + resume: 3850 bytes on x86 and 6910 on x64, modelled on
 * how kd reads context, control space and stack in 16-byte and 1-KB pieces; the first stop of a session was measured at 28 KB.
 */
export const linkBytes: Readonly<Record<'x86' | 'x64', LinkBytes>> = {
  x86: {
    connect: 1100,
    first_stop: 15900,
    stop: 2100,
    hit: 1900,
    k: 1400,
    resume: 550,
    bp: 180,
    bc: 180,
    x: 0,
    read: 178,
    write: 178,
    reload: 36000,
  },
  x64: {
    connect: 2100,
    first_stop: 28132,
    stop: 3600,
    hit: 3100,
    k: 3270,
    resume: 540,
    bp: 180,
    bc: 180,
    x: 0,
    read: 194,
    write: 194,
    reload: 60000,
  },
};

/** Milliseconds that `bytes` take on a serial line: a start bit, eight data bits and a stop bit each. */
export function simulatedLinkMs(bytes: number, baud: number): number {
  return (bytes * 10 * 1000) / baud;
}

/** Spends the time that operations take on the wire, and waits while the wire is cut. */
export interface SimulatedLink {
  readonly bytes: LinkBytes;
  /** True while the cable is out. */
  down: boolean;
  /** Told when the cable comes back, or goes. */
  set(down: boolean): void;
  /** Waits until the cable is in; nothing gets through before. */
  up(): Promise<void>;
  /**
   * Waits as long as the operation takes (forever on a dead link); gives the real milliseconds that passed.
   * @param share the part of it that is done
   */
  spend(operation: keyof LinkBytes, share?: number): Promise<number>;
}

/**
 * @param baud bits per second, or undefined for a link that costs nothing
 * @param onStuck told each time that an operation has to wait for a dead link
 */
export function createLink(
  clock: SimulatorClock,
  bytes: LinkBytes,
  baud: number | undefined,
  onStuck: () => void,
): SimulatedLink {
  let restored: (() => void)[] = [];
  const link: SimulatedLink = {
    bytes,
    down: false,
    set(down) {
      link.down = down;
      if (down) return;
      const waiting = restored;
      restored = [];
      for (const wake of waiting) wake();
    },
    async up() {
      if (!link.down) return;
      onStuck();
      await new Promise<void>((resolve) => restored.push(resolve));
    },
    async spend(operation, share = 1) {
      const from = clock.now();
      await link.up();
      if (baud !== undefined) await clock.sleep(simulatedLinkMs(bytes[operation] * share, baud));
      return clock.now() - from;
    },
  };
  return link;
}
