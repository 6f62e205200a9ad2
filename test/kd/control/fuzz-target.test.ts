import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { API } from '../../../src/kd/control/api.js';
import {
  encodeAcknowledge,
  encodeControl,
  encodeData,
  followingId,
  INITIAL_ID,
  PACKET,
} from '../../../src/kd/wire/packet.js';
import { PacketReader } from '../../../src/kd/wire/packet-reader.js';
import { createRandom, type Random } from '../../../src/simulator/random.js';
import { KdHost } from '../kd-host.js';

/** A target that follows the protocol and means nothing by it: what it reports and answers is random. */
class Madness extends KdHost {
  requests = 0;
  readonly #reader = new PacketReader();
  #id = INITIAL_ID;

  constructor(
    private readonly random: Random,
    private readonly machine: number,
  ) {
    super();
  }

  protected override send(bytes: Buffer): void {
    for (const what of this.#reader.push(bytes)) {
      if (what.kind === 'control' && what.type === PACKET.reset) this.#reset();
      if (what.kind !== 'data') continue;
      this.link.receive(encodeAcknowledge(what.id));
      if (what.type === PACKET.stateManipulate) this.#answer(what.payload);
    }
  }

  /** Says something that nobody asked for. */
  says(type: typeof PACKET.stateChange64 | typeof PACKET.debugIo, payload: Buffer, sync = false): void {
    const id = sync ? (INITIAL_ID | 0x800) >>> 0 : this.#id;
    this.#id = followingId(id);
    this.link.receive(encodeData(type, id, payload));
  }

  /** So many random bytes; mostly small numbers and zeros, as real ones are. */
  noise(bytes: number): Buffer {
    return Buffer.from(
      Array.from({ length: bytes }, () => (this.random() < 0.7 ? 0 : Math.floor(this.random() * 256))),
    );
  }

  report(state: number): Buffer {
    const payload = this.noise(240 + Math.floor(this.random() * 60));
    payload.writeUInt32LE(state, 0);
    if (this.random() < 0.8)
      payload.writeUInt32LE([0x8000_0003, 0x8000_0004, 0xc000_0005][Math.floor(this.random() * 3)] ?? 0, 32);
    return payload;
  }

  #reset(): void {
    this.#id = INITIAL_ID;
    this.link.receive(encodeControl(PACKET.reset, 0));
    this.says(PACKET.stateChange64, this.report(0x3030));
  }

  #answer(request: Buffer): void {
    this.requests++;
    const api = request.readUInt32LE(0);
    if (api === API.continue || api === API.continue2) {
      if (this.random() < 0.5) this.clock.after(20, () => this.says(PACKET.stateChange64, this.report(0x3030)));
      return;
    }
    const reply = Buffer.concat([request.subarray(0, 56), this.noise(Math.floor(this.random() * 400))]);
    reply.writeUInt32LE(this.random() < 0.7 ? 0 : 0xc000_0001, 8);
    if (this.random() < 0.5) this.noise(20).copy(reply, 24);
    if (api === API.getVersion) reply.writeUInt16LE(this.machine, 24);
    // A target that answers within the call would be no target.
    this.clock.after(1, () => {
      this.link.receive(encodeData(PACKET.stateManipulate, this.#id, reply));
      this.#id = followingId(this.#id);
    });
  }
}

const act = fc.constantFrom(
  'stop',
  'load',
  'command',
  'print',
  'sync',
  'go',
  'step',
  'add',
  'set',
  'read',
  'modules',
  'break',
  'line',
);

describe('the host of a target that makes no sense', () => {
  it('comes through, and comes to rest', async () => {
    await fc.assert(
      fc.asyncProperty(
        ...[fc.nat(0xffff), fc.constantFrom(0x14c, 0x8664), fc.array(act, { maxLength: 14 })],
        async (seed, machine, acts) => {
          const kd = new Madness(createRandom(seed), machine);
          const settled = (promise: Promise<unknown> | undefined): void => void promise?.catch(() => undefined);
          kd.says(PACKET.stateChange64, kd.report(0x3030));
          for (const each of acts) {
            if (each === 'stop') kd.says(PACKET.stateChange64, kd.report(0x3030));
            else if (each === 'load') kd.says(PACKET.stateChange64, kd.report(0x3031));
            else if (each === 'command') kd.says(PACKET.stateChange64, kd.report(0x3032));
            else if (each === 'sync') kd.says(PACKET.stateChange64, kd.report(0x3030), true);
            else if (each === 'print') {
              const print = kd.noise(40);
              print.writeUInt32LE(0x3230, 0);
              kd.says(PACKET.debugIo, print);
            } else if (each === 'go') settled(kd.target.go());
            else if (each === 'step') settled(kd.target.step());
            else if (each === 'break') kd.link.breakIn();
            else if (each === 'line') {
              kd.target.lineChanged();
              kd.link.restream();
            } else if (kd.target.known) {
              const { breakpoints, contexts, memory, modules, architecture } = kd.target.known;
              if (each === 'add') breakpoints.add(BigInt(seed), 'software');
              else if (each === 'set') settled(contexts.set({ [architecture.sp]: 1n }));
              else if (each === 'read') settled(memory.read(BigInt(seed), 9000));
              else settled(modules.around(1n, 10));
            }
            await kd.clock.advanceAsync(100);
          }
          const { requests } = kd;
          await kd.clock.advanceAsync(60_000);
          // A stop is worked off with the 32 entries of the table and a few requests more; what goes on without end is another one each 20 ms.
          expect(kd.requests - requests).toBeLessThan(5000);
          kd.link.close();
          await kd.clock.advanceAsync(60_000);
          expect(kd.clock.pending).toBe(0);
        },
      ),
      { numRuns: 80 },
    );
  });
});
