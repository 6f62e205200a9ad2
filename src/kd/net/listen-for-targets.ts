import { isIP } from 'node:net';
import { type Poke, readPoke } from './control.js';
import { CHANNEL, readHeader, seal, unseal } from './datagram.js';
import type { Keys } from './key.js';
import { type NetPlace, placeText } from './place.js';
import { openSockets } from './sockets.js';

/** A target that was heard. */
export interface HeardTarget {
  readonly place: NetPlace;
  /** How often it asked for a host. */
  readonly pokes: number;
  /** The host that it has a session with, as it says itself: `10.0.0.5:50000`. */
  readonly keyedWith: string | undefined;
}

/** What came to a port of KDNET. */
export interface Heard {
  /** They have our key. The first that was heard is the first. */
  readonly targets: readonly HeardTarget[];
  /** Who sends datagrams of KDNET that our key does not open, as `10.0.0.7`. */
  readonly foreign: readonly string[];
  /** Who sends something else. */
  readonly strangers: readonly string[];
  /** Families, 4 and 6, at whose port another program listens: what comes by them was not heard. */
  readonly taken: readonly number[];
}

export interface Listening {
  readonly keys: Keys;
  /** UDP port of this host. */
  readonly port: number;
  /** A target that waits to be called. */
  readonly target: NetPlace | undefined;
  readonly ms: number;
  readonly signal?: AbortSignal;
}

/** How often a target that waits to be called is called, ms. */
const CALL_MS = 490;

/**
 * Listens at a port of this host as a debugger does, and answers nobody: no target begins a session by it. It ends with the first
 * target that has the key, or when the time is over.
 * @throws Fault `udp-busy`, `udp-denied`, `udp-broken`
 */
export async function listenForTargets({ keys, port, target, ms, signal }: Listening): Promise<Heard> {
  const heard = new HeardTargets(keys);
  const end = new AbortController();
  // AbortSignal.any may lose a time-out that nothing else holds (Node 20).
  const stop = (): void => end.abort();
  const families = target ? ([isIP(target.address) === 6 ? 6 : 4] as const) : ([4, 6] as const);
  const sockets = await openSockets(target ? 0 : port, families, (datagram, from) => {
    heard.take(datagram, from);
    if (heard.all.targets.length > 0) stop();
  });
  const call = (): void => {
    const empty = { version: 2, channel: CHANNEL.control, sequence: 0n, fromHost: true, body: Buffer.alloc(0) };
    if (target) sockets.send(seal(keys, empty), target);
  };
  const again = setInterval(call, CALL_MS);
  const over = setTimeout(stop, ms);
  signal?.addEventListener('abort', stop, { once: true });
  call();
  if (!end.signal.aborted && !signal?.aborted)
    await new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()));
  clearTimeout(over);
  clearInterval(again);
  await sockets.close();
  return { ...heard.all, taken: sockets.taken };
}

class HeardTargets {
  readonly #targets = new Map<string, HeardTarget>();
  readonly #foreign = new Set<string>();
  readonly #strangers = new Set<string>();

  constructor(private readonly keys: Keys) {}

  get all(): Omit<Heard, 'taken'> {
    return { targets: [...this.#targets.values()], foreign: [...this.#foreign], strangers: [...this.#strangers] };
  }

  take(datagram: Buffer, from: NetPlace): void {
    const header = readHeader(datagram);
    if (!header) {
      this.#strangers.add(from.address);
      return;
    }
    const poke = this.#pokeOf(datagram);
    if (poke) {
      const name = placeText(from);
      const before = this.#targets.get(name)?.pokes ?? 0;
      this.#targets.set(name, { place: from, pokes: before + 1, keyedWith: poke.keyedWith });
    } else if (header.channel === CHANNEL.control) this.#foreign.add(from.address);
  }

  #pokeOf(datagram: Buffer): Poke | undefined {
    const sealed = unseal(this.keys, datagram);
    return sealed && !sealed.fromHost ? readPoke(sealed.body) : undefined;
  }
}
