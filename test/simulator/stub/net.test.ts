import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Sealed, seal, unseal } from '../../../src/kd/net/datagram.js';
import { type Keys, parseKey } from '../../../src/kd/net/key.js';
import { measured } from '../../../src/simulator/stub/kd-variant.js';
import type { PartialStubOptions } from '../../../src/simulator/stub/stub-options.js';
import { TargetStub } from '../../../src/simulator/stub/target-stub.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';
import { FakeMachine } from './fake-machine.js';

const control = parseKey('1.2.3.4') as Keys;
const [ACK, RESEND, RESET, MANIPULATE, STATE] = [4, 5, 6, 2, 7];

/** A host by hand: it answers, and says what a test wants. */
class Host {
  readonly clock = new VirtualClock();
  readonly stub: TargetStub;
  readonly came: { readonly at: number; readonly sealed: Sealed }[] = [];
  keys: Keys | undefined;
  #sequence = 0n;
  #answers = 0;

  constructor(options: PartialStubOptions = {}) {
    const places = { target: { address: '10.0.0.7', port: 50_000 }, host: { address: '10.0.0.1', port: 50_001 } };
    const machine = new FakeMachine({ architecture: 'x64', processors: 1 });
    this.stub = new TargetStub(machine, measured, this.clock, (bytes) => this.#take(bytes), {
      ...options,
      net: { keys: control, places: () => places },
    });
    this.stub.start();
  }

  #take(bytes: Buffer): void {
    const sealed = unseal(control, bytes) ?? (this.keys && unseal(this.keys, bytes));
    if (!sealed) throw new Error('it does not authenticate');
    this.came.push({ at: this.clock.now(), sealed });
  }

  bodies(channel: number): Buffer[] {
    return this.came.filter(({ sealed }) => sealed.channel === channel).map(({ sealed }) => sealed.body);
  }

  /** `type id` of every packet. */
  get packets(): string[] {
    const packets = this.bodies(0).filter((body) => body.length >= 16);
    return packets.map((body) => `${body.readUInt16LE(4)} ${body.readUInt32LE(8).toString(16)}`);
  }

  answers(poke = this.bodies(1).at(-1) as Buffer, again = false): void {
    const body = Buffer.alloc(322);
    body.set([1, 2], 0);
    poke.copy(body, 2, 2, 34);
    if (!again) this.#answers++;
    body.fill(this.#answers, 34, 66);
    const cipher = createHash('sha256').update(control.cipher).update(body).digest();
    this.keys = { cipher, authentication: control.authentication };
    if (!again) this.#sequence = 0n;
    this.stub.receive(seal(control, { version: 4, channel: 1, sequence: 3n, fromHost: true, body }));
  }

  says(body: Buffer, sequence = ++this.#sequence): void {
    const keys = this.keys as Keys;
    this.stub.receive(seal(keys, { version: 4, channel: 0, sequence, fromHost: true, body }));
  }

  controls(type: number, id: number): void {
    this.says(packet(0x69, type, id));
  }

  asksVersion(id: number): void {
    const payload = Buffer.alloc(56);
    payload.writeUInt32LE(0x3146, 0);
    this.says(packet(0x30, MANIPULATE, id, payload));
  }

  /** Has a session, and a target that stands and waits for a request. */
  stops(): this {
    this.answers();
    this.says(Buffer.from('b'));
    this.clock.runUntil(() => this.packets.length > 0);
    this.controls(ACK, 0);
    this.came.length = 0;
    return this;
  }
}

function packet(leader: number, type: number, id: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(16, leader);
  head.writeUInt16LE(type, 4);
  head.writeUInt16LE(payload.length, 6);
  head.writeUInt32LE(id, 8);
  head.writeUInt32LE(
    payload.reduce((sum, byte) => sum + byte, 0),
    12,
  );
  return Buffer.concat([head, payload]);
}

let host: Host;
beforeEach(() => {
  host = new Host();
});

describe('a simulated target on a network', () => {
  it('pokes every 3 s, in every state', () => {
    host.clock.advance(9500);
    host.stops();
    host.clock.advance(9500);
    const pokes = host.came.filter(({ sealed }) => sealed.channel === 1).map(({ at }) => Math.round(at));
    expect(pokes.map((at) => at % 3000)).toEqual([0, 0, 0]);
  });

  it('says in a poke where it is, where its host is, and with whom it has a key', () => {
    host.stops();
    host.clock.advance(3000);
    const [poke] = host.bodies(1);
    const hex = (at: number): string | undefined => poke?.toString('hex', at, at + 18);
    expect(poke).toHaveLength(344);
    expect(poke?.toString('hex', 0, 2)).toBe('0101');
    expect(hex(34)).toBe('00000000000000000000ffff0a000007c350');
    expect(hex(52)).toBe('00000000000000000000ffff0a000001c351');
    expect(hex(70)).toBe(hex(52));
    expect(poke?.subarray(88)).toEqual(Buffer.alloc(256));
  });

  it('says hello with the key of an answer, once', () => {
    host.answers();
    host.answers(undefined, true);
    expect(host.bodies(0).map((body) => body.toString('hex'))).toEqual(['00000000000000000100000a']);
  });

  it('takes no answer to a poke of another run, or to none', () => {
    const poke = Buffer.from(host.bodies(1)[0] as Buffer);
    poke.writeUInt8((poke[20] as number) ^ 1, 20);
    host.answers(poke);
    expect(host.bodies(0)).toEqual([]);
  });

  it('counts its packets by 2, and takes an acknowledgement, or the next request, for one', () => {
    host.stops();
    host.asksVersion(0x8000_0000);
    expect(host.packets).toEqual([`${ACK} 80000000`, `${MANIPULATE} 2`]);
    host.controls(ACK, 2);
    host.asksVersion(0x8000_0002);
    host.came.length = 0;
    // The acknowledgement of the last reply is lost: the request stands for it, and is asked for again.
    host.asksVersion(0x8000_0004);
    expect(host.packets).toEqual([`${RESEND} 0`]);
    host.asksVersion(0x8000_0004);
    expect(host.packets.slice(1)).toEqual([`${ACK} 80000004`, `${MANIPULATE} 6`]);
  });

  it('answers a RESET with its own next id, and sends again what is not acknowledged', () => {
    host.stops();
    host.asksVersion(0x8000_0000);
    host.came.length = 0;
    host.controls(RESET, 0x8000_0008);
    expect(host.packets).toEqual([`${RESET} 2`, `${MANIPULATE} 2`]);
    host.controls(ACK, 2);
    host.asksVersion(0x8000_0008);
    expect(host.packets.slice(2)).toEqual([`${ACK} 80000008`, `${MANIPULATE} 4`]);
  });

  it('takes each datagram once, and none that is older than the last', () => {
    host.stops();
    host.says(Buffer.from('b'), 900n);
    host.asksVersion(0x8000_0000);
    expect(host.packets).toEqual([]);
  });

  it('says again to another host why it stands', () => {
    host.stops();
    host.clock.advance(3000);
    host.answers();
    expect(host.packets).toEqual([`${STATE} 2`]);
  });

  it('has another run, and ids from 0, after a reboot', () => {
    const run = (): string | undefined => host.bodies(1).at(-1)?.toString('hex', 10, 34);
    const before = run();
    host.stops();
    host.stub.power();
    expect(run()).not.toBe(before);
    expect(host.bodies(1).at(-1)?.subarray(70, 88)).toEqual(Buffer.alloc(18));
    host.answers();
    host.clock.advance(2000);
    expect(host.packets.at(-1)).toMatch(/ 0$/);
  });

  it('pokes a host that calls it', () => {
    const { length } = host.came;
    const call: Sealed = { version: 2, channel: 1, sequence: 0n, fromHost: true, body: Buffer.alloc(0) };
    host.stub.receive(seal(control, call));
    expect(host.came).toHaveLength(length + 1);
  });

  it('loses, doubles, damages and delays datagrams, and not bytes', () => {
    const all = { lose: 0.2, double: 0.2, flip: 0, late: 0.2, lateMs: 7 };
    const clean = { lose: 0, double: 0, flip: 0, late: 0, lateMs: 0 };
    const faults = { toTarget: clean, toHost: all, staleId: 0, replyDelayMs: 0 };
    const lossy = new Host({ faults });
    lossy.clock.advance(300_000);
    const seen = lossy.came.map(({ at, sealed }) => [Math.round(at) % 3000, sealed.body.length]);
    expect(new Set(seen.map(([, bytes]) => bytes))).toEqual(new Set([344]));
    expect(seen.filter(([at]) => at === 7).length).toBeGreaterThan(5);
    const sequences = lossy.came.map(({ sealed }) => sealed.sequence);
    expect(new Set(sequences).size).toBeLessThan(95);
    expect(sequences.length).toBeGreaterThan(new Set(sequences).size + 5);
  });
});
