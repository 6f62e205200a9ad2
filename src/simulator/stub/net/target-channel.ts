import { isIPv6 } from 'node:net';
import { MAX_BODY, type Sealed, seal, unseal } from '../../../kd/net/datagram.js';
import { dataKeys, type Keys } from '../../../kd/net/key.js';
import type { Random } from '../../random.js';
import type { TargetClock } from '../target-clock.js';

/** A host and a UDP port of it. */
export interface NetPlace {
  readonly address: string;
  readonly port: number;
}

/** Where a target and its host are, as the target tells it. */
export interface NetPlaces {
  readonly target: NetPlace;
  readonly host: NetPlace;
}

/** What the channel needs of the world. */
export interface TargetChannelParts {
  readonly clock: TargetClock;
  readonly random: Random;
  readonly send: (datagram: Buffer) => void;
  /** What the host says. */
  readonly packet: (body: Buffer) => void;
  /** A host has a key now. */
  readonly keyed: () => void;
  /** Undefined while it does not know. */
  readonly places: () => NetPlaces | undefined;
}

const VERSION = 4;
const [DATA, CONTROL] = [0, 1];
const POKE_MS = 3000;
const [POKE_BYTES, ANSWER_BYTES, RANDOM_BYTES] = [344, 322, 32];
const [POKE, ANSWER] = [0x0101, 0x0102];
const [TARGET_AT, HOST_AT, KEYED_AT] = [34, 52, 70];
/** Pokes whose answers may still come. */
const REMEMBERED = 4;

/** The target's half of KDNET below the packets: it pokes in every state, takes the host's answer for a key, and says hello. */
export class TargetChannel {
  /** What a host cannot know before this run has said it. */
  #run = Buffer.alloc(24);
  #counter = 0n;
  #control = 0n;
  #pokes: string[] = [];
  #session: { readonly keys: Keys; readonly answer: Buffer; sent: bigint; taken: bigint } | undefined;
  #cancel: () => void = () => undefined;
  /** Datagrams that no key opens. */
  refused = 0;

  constructor(
    private readonly keys: Keys,
    private readonly parts: TargetChannelParts,
  ) {}

  /** A kernel begins: nothing of an earlier session holds. */
  restart(): void {
    const { random } = this.parts;
    this.#run = Buffer.from(Array.from({ length: 24 }, () => Math.floor(random() * 256)));
    this.#counter = BigInt(Math.floor(random() * 2 ** 32));
    this.#control = 0n;
    this.#pokes = [];
    this.#session = undefined;
    this.#again();
  }

  stop(): void {
    this.#cancel();
    this.#session = undefined;
  }

  /** Sends a packet to the host; without a key it is lost. */
  send(body: Buffer): void {
    const session = this.#session;
    if (!session) return;
    // A network card has room for no more.
    if (body.length > MAX_BODY) throw new RangeError(`a packet of ${body.length} bytes fits into no datagram`);
    this.parts.send(sealed(session.keys, DATA, ++session.sent, body));
  }

  receive(datagram: Buffer): void {
    if (datagram[5] === CONTROL) {
      const said = unseal(this.keys, datagram);
      if (said?.fromHost) this.#takeControl(said);
      else this.refused++;
      return;
    }
    const session = this.#session;
    const said = session && unseal(session.keys, datagram);
    if (!session || !said?.fromHost) this.refused++;
    else if (said.sequence > session.taken) {
      session.taken = said.sequence;
      this.parts.packet(said.body);
    }
  }

  #takeControl({ body }: Sealed): void {
    // A host that was told where its target is calls it.
    if (body.length === 0) this.#again();
    if (body.length !== ANSWER_BYTES || body.readUInt16BE(0) !== ANSWER) return;
    if (!this.#pokes.includes(body.toString('hex', 2, 2 + RANDOM_BYTES))) return;
    if (this.#session?.answer.equals(body)) return;
    this.#session = { keys: dataKeys(this.keys, body), answer: Buffer.from(body), sent: 0n, taken: 0n };
    this.send(this.#hello());
    this.parts.keyed();
  }

  /** Eight zeros, and the host's address where it is one of IPv4. */
  #hello(): Buffer {
    const hello = Buffer.alloc(12);
    const address = this.parts.places()?.host.address ?? '';
    if (/^\d+(?:\.\d+){3}$/.test(address)) hello.set(address.split('.').map(Number).reverse(), 8);
    return hello;
  }

  #again(): void {
    this.#cancel();
    this.#poke();
    this.#cancel = this.parts.clock.after(POKE_MS, () => this.#again());
  }

  #poke(): void {
    const body = Buffer.alloc(POKE_BYTES);
    body.writeUInt16BE(POKE, 0);
    body.writeBigUInt64LE(this.#counter++, 2);
    body.set(this.#run, 10);
    const places = this.parts.places();
    if (places) {
      writePlace(body, TARGET_AT, places.target);
      writePlace(body, HOST_AT, places.host);
    }
    if (places && this.#session) writePlace(body, KEYED_AT, places.host);
    this.#pokes = [body.toString('hex', 2, 2 + RANDOM_BYTES), ...this.#pokes].slice(0, REMEMBERED);
    this.parts.send(sealed(this.keys, CONTROL, ++this.#control, body));
  }
}

function sealed(keys: Keys, channel: number, sequence: bigint, body: Buffer): Buffer {
  return seal(keys, { version: VERSION, channel, sequence, fromHost: false, body });
}

/** An IPv6 address, one of IPv4 as a part of it, and a port. */
function writePlace(body: Buffer, at: number, { address, port }: NetPlace): void {
  if (isIPv6(address)) {
    const [head = '', tail] = address.replace(/%.*$/, '').split('::');
    const groups = (text: string): string[] => text.split(':').filter(Boolean);
    const behind = groups(tail ?? '');
    const zeros = Array<string>(Math.max(0, 8 - groups(head).length - behind.length)).fill('0');
    const all = [...groups(head), ...zeros, ...behind].slice(0, 8);
    for (const [index, group] of all.entries()) body.writeUInt16BE(Number.parseInt(group, 16) & 0xffff, at + 2 * index);
  } else body.set([0xff, 0xff, ...address.split('.').map(Number)], at + 10);
  body.writeUInt16BE(port, at + 16);
}
