import { readBody } from '../net/packet-body.js';
import type { LinkStatistics } from './link-statistics.js';
import { NetIncoming } from './net-incoming.js';
import type { Outbox } from './outbox.js';
import { encodeControl, PACKET } from './packet.js';
import type { PacketForm } from './packet-form.js';
import { isComplete } from './plausible.js';

/** What the KDNET half needs of its link. */
export interface NetHalfParts {
  readonly statistics: LinkStatistics;
  readonly form: PacketForm;
  readonly outbox: Pick<Outbox, 'ownId' | 'resend'>;
  readonly now: () => number;
  readonly transmit: (packet: Buffer) => void;
  /** Something has come. @param speaks it shows that the target stands or runs */
  readonly heard: (speaks: boolean) => void;
  /** An acknowledgement, or a wish to have the last packet again. */
  readonly control: (type: number, id: number) => void;
  /** A packet of data, acknowledged. */
  readonly data: (type: number, payload: Buffer, standing: 'new' | 'duplicate') => void;
  /** A packet that is no packet of this protocol. */
  readonly foreign: (type: number) => void;
}

/** The receiving half of a link over KDNET: what comes at once is one packet, whole, and its id counts on. */
export class NetHalf {
  readonly #incoming = new NetIncoming();

  constructor(private readonly parts: NetHalfParts) {}

  /** Another boot, or another machine, has a key with this host. */
  begun(): void {
    this.#incoming.restart();
  }

  /** Takes one packet. What a target says of its ids shows neither that it stands nor that it runs. */
  take(body: Buffer): void {
    const { statistics, transmit, heard, control } = this.parts;
    const received = readBody(body);
    heard(received.kind !== 'control' || received.type === PACKET.acknowledge);
    if (received.kind === 'noise') return;
    if (received.kind === 'bad') {
      statistics.bad++;
      transmit(encodeControl(PACKET.resend, 0));
      return;
    }
    statistics.packetsIn++;
    if (received.kind === 'data') this.#takeData(received.type, received.id, received.payload);
    else if (received.type === PACKET.reset) this.#takeReset(received.id);
    else control(received.type, received.id);
  }

  #takeData(type: number, id: number, payload: Buffer): void {
    const { now, transmit, form, data, foreign } = this.parts;
    const standing = this.#incoming.judge(type, id, payload, now());
    if (standing === 'unexpected') {
      this.#tellId();
      return;
    }
    transmit(form.encodeAcknowledge(id));
    if (isComplete(type, payload)) data(type, payload, standing);
    else foreign(type);
  }

  /** The target says the id of its next packet. It is told ours, unless that was what it has answered. */
  #takeReset(id: number): void {
    const { statistics, now, outbox } = this.parts;
    statistics.resets++;
    if (!this.#incoming.told(id, now())) this.#tellId();
    outbox.resend();
  }

  #tellId(): void {
    const { statistics, transmit, outbox, now } = this.parts;
    statistics.resets++;
    this.#incoming.asked(now());
    transmit(encodeControl(PACKET.reset, outbox.ownId));
  }
}
