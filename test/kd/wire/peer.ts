import { Link } from '../../../src/kd/wire/link.js';
import type { LinkOptions } from '../../../src/kd/wire/link-options.js';
import {
  encodeAcknowledge,
  encodeControl,
  encodeData,
  followingId,
  INITIAL_ID,
  PACKET,
} from '../../../src/kd/wire/packet.js';
import { PacketReader, type Received } from '../../../src/kd/wire/packet-reader.js';
import { hexId, packetName } from '../../../src/kd/wire/trace/trace.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';

export const ID0 = INITIAL_ID;
export const ID1 = followingId(INITIAL_ID);
export const SYNC0 = (INITIAL_ID | 0x800) >>> 0;

/** A promise that a test looks at instead of waiting for it. */
export interface Watched<T> {
  value: T | undefined;
  error: unknown;
  settled: boolean;
}

/**
 * A hand at the target's end of a link. It sends the bytes that a test wants, and nothing by itself. What the host sends and what the
 * link tells stand in one list, in their order: `> ACKNOWLEDGE 80800000`, `print hello`.
 */
export class Peer {
  readonly clock = new VirtualClock();
  readonly link: Link;
  /** What went over the wire and what was told since the last look. */
  #log: string[] = [];
  /** Every good packet of the host, with its time. */
  readonly sent: { readonly at: number; readonly what: Received }[] = [];
  readonly raw: Buffer[] = [];
  /** Answers of the listener to prompts. */
  answer: () => Promise<string> = async () => 'i';
  /** Told of everything that the host sends. */
  onSend: (bytes: Buffer) => void = () => undefined;
  /** Id of the target's next packet. */
  id = INITIAL_ID;
  readonly #reader = new PacketReader();

  constructor(options: LinkOptions = {}) {
    const tell = (text: string): void => void this.#log.push(text);
    this.link = new Link(
      (bytes) => this.#came(bytes),
      {
        stateChange: (payload, sync) =>
          tell(`state change ${payload.readUInt32LE(0).toString(16)}${sync ? ' sync' : ''}`),
        print: (text) => tell(`print ${text.toString('latin1')}`),
        prompt: (text) => {
          tell(`prompt ${text.toString('latin1')}`);
          return this.answer();
        },
        fileRefused: (name) => tell(`refused ${name}`),
        retrying: (times) => tell(`retrying ${times}`),
        recovered: () => tell('recovered'),
        noise: (bytes) => tell(`noise ${bytes.length}`),
        foreign: (type) => tell(`foreign ${type}`),
        sync: (type) => tell(`sync ${packetName(type)}`),
      },
      this.clock,
      options,
    );
  }

  #came(bytes: Buffer): void {
    this.raw.push(Buffer.from(bytes));
    for (const what of this.#reader.push(bytes)) {
      this.sent.push({ at: this.clock.now(), what });
      this.#log.push(`> ${words(what)}`);
    }
    this.onSend(bytes);
  }

  /** What happened since the last call. */
  happened(): string[] {
    return this.#log.splice(0);
  }

  /** The host's last data packet. */
  get last(): Extract<Received, { kind: 'data' }> {
    const found = this.sent.map(({ what }) => what).filter((what) => what.kind === 'data');
    return found.at(-1) as Extract<Received, { kind: 'data' }>;
  }

  /** When the host sent its data packets. */
  get times(): number[] {
    return this.sent.filter(({ what }) => what.kind === 'data').map(({ at }) => at);
  }

  /** Sends a data packet under the next id, or that one. */
  data(type: number, payload: Buffer, id = this.id): void {
    this.id = followingId(id);
    this.link.receive(encodeData(type as typeof PACKET.debugIo, id, payload));
  }

  /** Acknowledges the host's last data packet. */
  ack(id = this.last.id): void {
    this.link.receive(encodeAcknowledge(id));
  }

  control(type: typeof PACKET.reset | typeof PACKET.resend | typeof PACKET.acknowledge, id = 0): void {
    this.link.receive(encodeControl(type, id));
  }

  /** Answers the host's last request: with its own payload, and these data. */
  reply(data: Uint8Array = Buffer.alloc(0), id = this.id): void {
    this.data(PACKET.stateManipulate, Buffer.concat([this.last.payload.subarray(0, 56), data]), id);
  }

  /** Acknowledges and answers it. */
  serve(): void {
    this.ack();
    this.reply();
  }

  /** Lets time pass, and promises settle. */
  pass(ms: number): Promise<void> {
    return this.clock.advanceAsync(ms);
  }

  watch<T>(promise: Promise<T>): Watched<T> {
    const watched: Watched<T> = { value: undefined, error: undefined, settled: false };
    promise.then(
      (value) => Object.assign(watched, { value, settled: true }),
      (error) => Object.assign(watched, { error, settled: true }),
    );
    return watched;
  }

  /** A request under way. */
  ask(api = 0x3130): Watched<{ readonly reply: Buffer; readonly confirmed: boolean; readonly repeated: boolean }> {
    return this.watch(this.link.request(manipulate(api)));
  }

  /** A command under way. */
  command(api = 0x3136): Watched<{ readonly confirmed: boolean; readonly repeated: boolean }> {
    return this.watch(this.link.command(manipulate(api)));
  }
}

function words(what: Received): string {
  if (what.kind === 'noise') return what.bytes.equals(Buffer.from('b')) ? 'break-in' : `noise ${what.bytes.length}`;
  if (what.kind === 'bad') return `bad ${what.why}`;
  if (what.kind === 'control' && what.type !== PACKET.acknowledge) return packetName(what.type);
  return `${packetName(what.type)} ${hexId(what.id)}`;
}

/** A STATE_MANIPULATE payload. */
export function manipulate(api: number, data: Uint8Array = Buffer.alloc(0)): Buffer {
  const payload = Buffer.alloc(56 + data.length);
  payload.writeUInt32LE(api, 0);
  payload.set(data, 56);
  return payload;
}

/** A STATE_CHANGE64 payload. @param mark makes one stop differ from the other */
export function stateChange(state = 0x3030, mark = 0): Buffer {
  const payload = Buffer.alloc(240);
  payload.writeUInt32LE(state, 0);
  payload.writeUInt32LE(1, 8);
  payload.writeUInt32LE(mark, 40);
  return payload;
}

/** A DEBUG_IO payload: a print, or with a limit a prompt. */
export function debugIo(text: string, limit?: number): Buffer {
  const payload = Buffer.concat([Buffer.alloc(16), Buffer.from(text, 'latin1')]);
  payload.writeUInt32LE(limit === undefined ? 0x3230 : 0x3231, 0);
  payload.writeUInt32LE(text.length, 8);
  if (limit !== undefined) payload.writeUInt32LE(limit, 12);
  return payload;
}

/** A FILE_IO payload. */
export function fileIo(api: number, name = ''): Buffer {
  const payload = Buffer.concat([Buffer.alloc(64), Buffer.from(`${name}\0`, 'utf16le')]);
  payload.writeUInt32LE(api, 0);
  return payload;
}
