import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { EXIT, Fault } from '../../fault.js';
import type { ByteListener, ByteStream, OpenStream } from '../stream/byte-stream.js';
import { realTimers, type Timers } from '../wire/timers.js';
import type { NetConnection } from './connection.js';
import { CHANNEL, seal } from './datagram.js';
import { HostChannel } from './host-channel.js';
import type { NetPlace } from './place.js';
import { openSockets, type Sockets } from './sockets.js';

/** How often a target that waits to be called is called, ms. */
const CALL_MS = 490;
/** A target pokes every 3 s. After so much silence people are told what may be wrong, ms. */
const SILENCE_MS = 20_000;

/**
 * KDNET: a stream whose every piece is one packet. It is open as soon as this host listens; the target comes when it likes.
 * @throws Fault `udp-busy`, `udp-denied`, `udp-broken`, `net-target-missing`
 */
export function netStream(connection: NetConnection, timers = realTimers): OpenStream {
  return async (listener, signal) => {
    const target = connection.target === undefined ? undefined : await placeOf(connection.target, connection.port);
    signal?.throwIfAborted();
    const stream = new NetStream(connection, target, listener, timers);
    await stream.open();
    if (signal?.aborted) {
      await stream.close();
      throw signal.reason;
    }
    return stream;
  };
}

class NetStream implements ByteStream {
  readonly bytesPerSecond = undefined;
  readonly #channel: HostChannel;
  #sockets: Sockets | undefined;
  #silent = false;
  #cancel: () => void = () => undefined;
  #cancelCall: () => void = () => undefined;

  constructor(
    private readonly connection: NetConnection,
    private readonly target: NetPlace | undefined,
    private readonly listener: ByteListener,
    private readonly timers: Timers,
  ) {
    const told = (tell: () => void): void => {
      if (!this.#silent) tell();
    };
    this.#channel = new HostChannel(connection.keys, {
      now: () => timers.now(),
      random: () => randomBytes(32),
      send: (datagram, to) => this.#sockets?.send(datagram, to),
      begun: (beginning) => told(() => listener.begun?.(beginning)),
      packet: (body) => told(() => listener.bytes(body)),
      alive: () => told(() => listener.alive?.()),
      note: (text) => told(() => listener.note?.(text)),
    });
    this.#cancel = timers.after(SILENCE_MS, () =>
      // What came and did not authenticate was told.
      told(() => this.#channel.poked || this.#channel.dropped.forged > 0 || listener.note?.(this.#whySilent())),
    );
  }

  async open(): Promise<void> {
    const { target, connection } = this;
    const families = target ? ([isIP(target.address) === 6 ? 6 : 4] as const) : ([4, 6] as const);
    try {
      // What comes before the stream is open comes again.
      this.#sockets = await openSockets(target ? 0 : connection.port, families, (datagram, from) => {
        if (this.#sockets) this.#channel.receive(datagram, from);
      });
    } catch (error) {
      this.#cancel();
      throw error;
    }
    for (const family of this.#sockets.taken) this.listener.note?.(takenText(connection.port, family));
    if (target) this.#call(target);
  }

  write(bytes: Uint8Array): void {
    if (!this.#silent) this.#channel.send(Buffer.from(bytes));
  }

  async drain(): Promise<void> {
    await this.#sockets?.drain();
  }

  async close(): Promise<void> {
    this.#silent = true;
    this.#cancel();
    this.#cancelCall();
    const sockets = this.#sockets;
    this.#sockets = undefined;
    await sockets?.close();
  }

  /** A target that waits to be called pokes whoever does. */
  #call(target: NetPlace): void {
    if (this.#channel.poked || this.#silent) return;
    const call = { version: 2, channel: CHANNEL.control, sequence: 0n, fromHost: true, body: Buffer.alloc(0) };
    this.#sockets?.send(seal(this.connection.keys, call), target);
    this.#cancelCall = this.timers.after(CALL_MS, () => this.#call(target));
  }

  #whySilent(): string {
    const { target, port } = { target: this.connection.target, port: this.connection.port };
    const seconds = SILENCE_MS / 1000;
    return target === undefined
      ? `Nothing has come to UDP port ${port} of this host in ${seconds} s, where a target asks every 3 s. It is off, set up for another host or port, or a firewall of this host drops what comes: allow UDP port ${port}.`
      : `${target} has not answered on UDP port ${port} in ${seconds} s. It is off, set up for another port, or a firewall lies between the two.`;
  }
}

/** What it means that somebody else has the port for one of the two families. */
export function takenText(port: number, family: number): string {
  return `Another program has UDP port ${port} of this host for IPv${family}: a target that comes by IPv${family} is not heard.`;
}

/** Where a target is that waits to be called. @throws Fault `net-target-missing` */
export async function placeOf(host: string, port: number): Promise<NetPlace> {
  try {
    const { address } = await lookup(host);
    return { address, port };
  } catch (error) {
    throw new Fault(
      'net-target-missing',
      EXIT.missing,
      `There is no host "${host}" that a name server or this host knows.`,
      'Write target=HOST with the name or address of the target, or leave it out and let the target call this host.',
      { cause: error },
    );
  }
}
