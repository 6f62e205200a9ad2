/** The bodies of the control channel, by which a target and a host find each other and agree on a key, and the hello that follows. */

/** Bytes of a poke and of its answer. */
export const POKE_BYTES = 344;
export const ANSWER_BYTES = 322;
/** Where the random bytes of a body stand; those of a host follow behind the target's. */
export const RANDOM_AT = 2;
export const RANDOM_BYTES = 32;
/** The first bytes of a target's random ones count its pokes: the others stay for as long as it runs. */
export const COUNTER_BYTES = 8;
/** Where addresses stand in a poke: IPv6 (an IPv4 one mapped), and a port behind it. */
export const ADDRESS_AT = { target: 34, host: 52, keyedWith: 70 } as const;

const POKE = 0x0101;
const ANSWER = 0x0102;
const ADDRESS_BYTES = 16;
const MAPPED = '00000000000000000000ffff';

export interface Poke {
  /** The target's 32 random bytes. */
  readonly random: Buffer;
  readonly counter: bigint;
  /** What tells one run of a target from another. */
  readonly run: string;
  /** `10.0.0.7:50000`, as the target sees it. */
  readonly target: string;
  readonly host: string;
  /** The host that it has a key with. */
  readonly keyedWith: string | undefined;
}

/** Reads a poke; undefined for any other body. */
export function readPoke(body: Buffer): Poke | undefined {
  if (body.length !== POKE_BYTES || body.readUInt16BE(0) !== POKE) return undefined;
  const random = Buffer.from(body.subarray(RANDOM_AT, RANDOM_AT + RANDOM_BYTES));
  const keyed = body.subarray(ADDRESS_AT.keyedWith, ADDRESS_AT.keyedWith + ADDRESS_BYTES + 2);
  const port = keyed.readUInt16BE(ADDRESS_BYTES);
  return {
    random,
    counter: random.readBigUInt64LE(),
    run: random.toString('hex', COUNTER_BYTES),
    target: addressText(body, ADDRESS_AT.target),
    host: addressText(body, ADDRESS_AT.host),
    keyedWith: port === 0 ? undefined : addressText(body, ADDRESS_AT.keyedWith),
  };
}

/** The body of an answer to a poke. @param own 32 random bytes of the host */
export function answerBody(poke: Poke, own: Uint8Array): Buffer {
  const body = Buffer.alloc(ANSWER_BYTES);
  body.writeUInt16BE(ANSWER, 0);
  body.set(poke.random, RANDOM_AT);
  body.set(own, RANDOM_AT + RANDOM_BYTES);
  return body;
}

export function isAnswer(body: Buffer): boolean {
  return body.length === ANSWER_BYTES && body.readUInt16BE(0) === ANSWER;
}

/** What a target says first with a new key: its content says nothing. */
export function isHello(body: Buffer): boolean {
  return body.length === 8 || body.length === 12;
}

function addressText(body: Buffer, at: number): string {
  const hex = body.toString('hex', at, at + ADDRESS_BYTES);
  const port = body.readUInt16BE(at + ADDRESS_BYTES);
  if (hex.startsWith(MAPPED)) return `${[...body.subarray(at + 12, at + ADDRESS_BYTES)].join('.')}:${port}`;
  return `[${(hex.match(/.{4}/g) ?? []).map((group) => group.replace(/^0{1,3}/, '')).join(':')}]:${port}`;
}
