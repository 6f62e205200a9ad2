import { createHash } from 'node:crypto';
import { type Sealed, seal, unseal } from '../../../src/kd/net/datagram.js';
import { type Beginning, HostChannel } from '../../../src/kd/net/host-channel.js';
import type { Keys } from '../../../src/kd/net/key.js';
import type { NetPlace } from '../../../src/kd/net/place.js';
import { keysOf } from './captures.js';

export const KEY = '1.2.3.4';
export const TARGET: NetPlace = { address: '10.0.0.7', port: 50_000 };

/** A host's channel on a bench, with a clock that a test sets. */
export class HostBench {
  now = 0;
  readonly sent: { readonly datagram: Buffer; readonly to: NetPlace }[] = [];
  readonly begun: Beginning[] = [];
  readonly packets: Buffer[] = [];
  readonly notes: string[] = [];
  /** What a host takes for random. */
  randoms: Buffer[] = [];
  #drawn = 0;
  readonly channel: HostChannel;

  constructor(key = KEY) {
    this.channel = new HostChannel(keysOf(key), {
      now: () => this.now,
      random: () => this.randoms.shift() ?? Buffer.alloc(32, ++this.#drawn),
      send: (datagram, to) => this.sent.push({ datagram, to }),
      begun: (beginning) => this.begun.push(beginning),
      packet: (body) => this.packets.push(body),
      note: (text) => this.notes.push(text),
    });
  }

  /** What it has sent since it was last looked at. */
  take(): { readonly datagram: Buffer; readonly to: NetPlace }[] {
    return this.sent.splice(0);
  }
}

export interface PokeWish {
  readonly version?: number;
  readonly sequence?: bigint;
  readonly bytes?: number;
  readonly head?: number;
  readonly fromHost?: boolean;
  /** The host that it says it has a key with. */
  readonly keyed?: boolean;
}

/** A target as the wire shows one, by hand: it pokes, takes answers, and says what a test wants. */
export class NetPeer {
  keys: Keys | undefined;
  counter = 1n;
  sequence = 0n;
  #pokes = 0n;

  constructor(
    private readonly bench: HostBench,
    /** What tells this run from another. */
    public run = 1,
    public place = TARGET,
    private readonly control = keysOf(KEY),
  ) {}

  poke({ version = 4, sequence, bytes = 344, head = 0x0101, fromHost = false, keyed = false }: PokeWish = {}): Buffer {
    const body = Buffer.alloc(bytes);
    body.writeUInt16BE(head, 0);
    body.writeBigUInt64LE(this.counter++, 2);
    body.fill(this.run, 10, 34);
    body.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1, 0xc3, 0x50], 52);
    if (keyed) body.copy(body, 70, 52, 70);
    return seal(this.control, { version, channel: 1, sequence: sequence ?? ++this.#pokes, fromHost, body });
  }

  /** Pokes, and takes the answer. */
  asks(wish: PokeWish = {}): Sealed | undefined {
    this.bench.channel.receive(this.poke(wish), this.place);
    const [answer] = this.bench.take();
    return answer && this.answered(answer.datagram);
  }

  answered(datagram: Buffer): Sealed {
    const sealed = unseal(this.control, datagram);
    if (!sealed) throw new Error('the answer does not authenticate');
    const cipher = createHash('sha256').update(this.control.cipher).update(sealed.body).digest();
    this.keys = { cipher, authentication: this.control.authentication };
    this.sequence = 0n;
    return sealed;
  }

  data(body: Buffer, sequence = ++this.sequence, keys = this.keys): Buffer {
    if (!keys) throw new Error('there is no key');
    return seal(keys, { version: 4, channel: 0, sequence, fromHost: false, body });
  }

  says(body: Buffer, from = this.place): void {
    this.bench.channel.receive(this.data(body), from);
  }

  /** Pokes, is answered, and says hello. */
  connects(): this {
    this.asks();
    this.says(Buffer.alloc(12));
    return this;
  }

  opened(datagram: Buffer): Sealed | undefined {
    return this.keys && unseal(this.keys, datagram);
  }
}
