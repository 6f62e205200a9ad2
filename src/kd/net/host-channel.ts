import { answerBody, isHello, type Poke, readPoke } from './control.js';
import { CHANNEL, readHeader, type Sealed, seal, unseal } from './datagram.js';
import { dataKeys, type Keys } from './key.js';
import { isSamePlace, type NetPlace, placeText } from './place.js';
import { Rivals } from './rivals.js';

/** What a channel needs of the world. */
export interface HostChannelParts {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** 32 random bytes. */
  readonly random: () => Buffer;
  readonly send: (datagram: Buffer, to: NetPlace) => void;
  /** A target has a key with this host. Told before the first packet of it. */
  readonly begun: (beginning: Beginning) => void;
  /** What a data datagram carries. */
  readonly packet: (body: Buffer) => void;
  /** The target of the session pokes: it is there, whether it stands or runs. */
  readonly alive?: () => void;
  /** What people should know; nothing is told twice. */
  readonly note: (text: string) => void;
}

export interface Beginning {
  readonly target: NetPlace;
  /** This host's address, as the target knows it. */
  readonly host: string;
  /** It is another boot, or another machine, than the last one; true for the first. */
  readonly anew: boolean;
}

/** Datagrams that came and were not taken. */
export interface Dropped {
  /** No datagram of KDNET. */
  stray: number;
  /** Not sealed with the key. */
  forged: number;
  /** Taken before, or overtaken by one that was. */
  old: number;
  /** Of another target with the same key. */
  others: number;
}

/** A key that was offered to a target, which has not used it yet. */
interface Offer {
  readonly keys: Keys;
  readonly poke: Poke;
  readonly version: number;
  readonly answer: Buffer;
  place: NetPlace;
  readonly at: number;
}

interface Session {
  readonly keys: Keys;
  readonly run: string;
  readonly version: number;
  place: NetPlace;
  /** The last sequence numbers, of either side. */
  sent: bigint;
  taken: bigint;
  counter: bigint;
  heardAt: number;
}

const VERSIONS = new Set([2, 3, 4, 5]);
/** Offers that may be used: a network doubles pokes, and loses answers. */
const MOST_OFFERS = 4;
/** An offer that was not used by then is forgotten, ms. */
const OFFER_MS = 10_000;
/** A target that has a session and says that it has none is believed after so much silence, ms. */
const LOST_MS = 1000;
/** Answers that a target does not take, after which people are told. */
const UNANSWERED = 5;

/**
 * The host's half of KDNET below the packets: answers the target's pokes, agrees on a key, and seals and opens what passes. What
 * does not authenticate is dropped without a word to the sender, and counted.
 */
export class HostChannel {
  readonly dropped: Dropped = { stray: 0, forged: 0, old: 0, others: 0 };
  #session: Session | undefined;
  #offers: Offer[] = [];
  #lastRun: string | undefined;
  #poked = false;
  #answers = 0;
  readonly #told = new Set<string>();
  readonly #rivals: Rivals;

  constructor(
    private readonly control: Keys,
    private readonly parts: HostChannelParts,
  ) {
    this.#rivals = new Rivals(parts.now);
  }

  /** A target has poked this host. */
  get poked(): boolean {
    return this.#poked;
  }

  /** Sends a packet to the target; without a session it is lost. */
  send(body: Buffer): void {
    const session = this.#session;
    if (!session) return;
    const { version, keys, place } = session;
    const sequence = ++session.sent;
    this.parts.send(seal(keys, { version, channel: CHANNEL.data, sequence, fromHost: true, body }), place);
  }

  receive(datagram: Buffer, from: NetPlace): void {
    const header = readHeader(datagram);
    if (!header) this.dropped.stray++;
    else if (!VERSIONS.has(header.version)) {
      this.dropped.stray++;
      this.#tell('version', `${from.address} speaks version ${header.version} of KDNET, and this kd versions 2 to 5.`);
    } else if (header.channel === CHANNEL.control) this.#takeControl(unseal(this.control, datagram), from);
    else if (header.channel === CHANNEL.data) this.#takeData(datagram, from);
    else this.#forged(from);
  }

  #takeControl(sealed: Sealed | undefined, from: NetPlace): void {
    const poke = sealed && !sealed.fromHost ? readPoke(sealed.body) : undefined;
    if (!sealed) this.#forged(from);
    else if (!poke) this.dropped.stray++;
    else if (!this.#session) this.#answer(poke, sealed, from);
    else if (poke.run === this.#session.run) this.#pokedAgain(this.#session, poke, sealed, from);
    else this.#pokedByAnother(this.#session, poke, sealed, from);
  }

  /** The target of this session pokes all the time. To answer would give it another key: only one that has none gets it. */
  #pokedAgain(session: Session, poke: Poke, sealed: Sealed, from: NetPlace): void {
    const { place } = session;
    const isNew = poke.counter > session.counter;
    const silent = this.parts.now() - session.heardAt > LOST_MS;
    if (from.address !== place.address || (poke.keyedWith === undefined && isNew && silent))
      this.#answer(poke, sealed, from);
    if (!isNew) return;
    session.counter = poke.counter;
    session.heardAt = this.parts.now();
    this.parts.alive?.();
    // A router between the two has given it another port or address.
    session.place = from;
  }

  /** A target that was started again, or a second one with the same key: the first one that goes on tells which. */
  #pokedByAnother(session: Session, poke: Poke, sealed: Sealed, from: NetPlace): void {
    const verdict = this.#rivals.judge(poke.run, from, session.place, session.heardAt);
    if (verdict === 'restarted') this.#answer(poke, sealed, from);
    else this.dropped.others++;
    if (verdict === 'second')
      this.#tell(
        'second',
        `A second target with the same key, at ${placeText(from)}, asks for this host. It is left alone: the session is with ${placeText(session.place)}. Give each target a port and a key of its own.`,
      );
  }

  #answer(poke: Poke, { version: spoken, sequence }: Sealed, from: NetPlace): void {
    const { now, random, send } = this.parts;
    this.#poked = true;
    this.#offers = this.#offers.filter(({ at }) => now() - at < OFFER_MS);
    const version = spoken === 3 ? 2 : spoken;
    // The same poke, doubled by the network, gets the same answer: the target may take either.
    let offer = this.#offers.find((each) => each.poke.random.equals(poke.random) && each.version === version);
    if (!offer) {
      const body = answerBody(poke, random());
      const answer = seal(this.control, { version, channel: CHANNEL.control, sequence, fromHost: true, body });
      offer = { keys: dataKeys(this.control, body), poke, version, answer, place: from, at: now() };
      this.#offers = [offer, ...this.#offers].slice(0, MOST_OFFERS);
      if (++this.#answers === UNANSWERED)
        this.#tell(
          'unanswered',
          `The target at ${placeText(from)} asks for this host, and does not take the answers: something between the two lets them through in one direction only.`,
        );
    }
    offer.place = from;
    send(offer.answer, from);
  }

  #takeData(datagram: Buffer, from: NetPlace): void {
    const session = this.#session;
    const sealed = session && unseal(session.keys, datagram);
    if (session && sealed) {
      if (sealed.fromHost || sealed.sequence <= session.taken) {
        this.dropped.old++;
        return;
      }
      session.taken = sealed.sequence;
      session.heardAt = this.parts.now();
      if (!isSamePlace(session.place, from)) session.place = from;
      // A later hello says nothing new.
      if (!isHello(sealed.body)) this.parts.packet(sealed.body);
      return;
    }
    for (const offer of this.#offers) {
      const first = unseal(offer.keys, datagram);
      if (!first || first.fromHost) continue;
      this.#begin(offer, first, from);
      return;
    }
    this.#forged(from);
  }

  /** The first datagram with a new key. It should be a hello; where that was lost, what follows it says as much. */
  #begin({ keys, poke, version }: Offer, first: Sealed, from: NetPlace): void {
    const anew = this.#lastRun !== poke.run;
    if (anew && this.#session && this.#lastRun !== undefined)
      this.#tell(`restart ${poke.run}`, 'The target has restarted without notifying the debugger.');
    this.#lastRun = poke.run;
    this.#offers = [];
    this.#answers = 0;
    this.#session = {
      keys,
      run: poke.run,
      version,
      place: from,
      counter: poke.counter,
      sent: 0n,
      taken: first.sequence,
      heardAt: this.parts.now(),
    };
    this.parts.begun({ target: from, host: poke.host.replace(/:\d+$/, ''), anew });
    if (!isHello(first.body)) this.parts.packet(first.body);
  }

  #forged(from: NetPlace): void {
    this.dropped.forged++;
    this.#tell(
      'forged',
      `What comes from ${from.address} does not authenticate. The key of the target is another one than that of this host, or somebody else sends to this port. It is dropped, and counted.`,
    );
  }

  #tell(what: string, text: string): void {
    if (this.#told.has(what)) return;
    this.#told.add(what);
    this.parts.note(text);
  }
}
