import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeDebugIo, encodePromptAnswer } from '../../../src/kd/wire/debug-io.js';
import { encodeControlRefusal, encodeFileRefusal, requestedFile } from '../../../src/kd/wire/file-io.js';
import { encodeControl, encodeData, MAX_PAYLOAD, PACKET } from '../../../src/kd/wire/packet.js';
import { ID0, Peer } from './peer.js';

const runs = { numRuns: 300 };
const payload = (minLength: number): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.constantFrom(undefined, 0x3230, 0x3231, 0x3430, 0x3431, 0x4300),
      fc.uint8Array({ minLength, maxLength: 300 }),
    )
    .map(([api, rest]) => {
      const bytes = Buffer.from(rest);
      if (api !== undefined && bytes.length >= 4) bytes.writeUInt32LE(api, 0);
      return bytes;
    });

describe('decoders of the wire', () => {
  it('read any DEBUG_IO, and no more than there is', () => {
    fc.assert(
      fc.property(payload(0), fc.string(), (bytes, answer) => {
        const io = decodeDebugIo(bytes);
        expect(io?.text.length ?? 0).toBeLessThanOrEqual(bytes.length);
        if (io?.kind !== 'prompt') return;
        const answered = encodePromptAnswer(bytes, answer);
        expect(answered.length - 16).toBe(Math.min(answer.length, io.limit));
        expect(answered.readUInt32LE(12)).toBe(answered.length - 16);
      }),
      runs,
    );
  });

  it('refuse any file', () => {
    fc.assert(
      fc.property(payload(64), (bytes) => {
        expect(encodeFileRefusal(bytes).readUInt32LE(4)).toBe(0xc000_000f);
        expect(requestedFile(bytes)?.length ?? 0).toBeLessThanOrEqual(bytes.length);
        expect(requestedFile(bytes.subarray(0, 63))).toBeUndefined();
        expect(encodeControlRefusal(bytes)).toHaveLength(12);
      }),
      runs,
    );
  });
});

/** What may come over a cable. Payloads are as long as their kind has them: shorter ones are a test of their own. */
const types = Object.values(PACKET).filter((type) => type !== 4 && type !== 5 && type !== 6);
const apis = [0x3030, 0x3031, 0x3130, 0x3136, 0x3230, 0x3231, 0x3430, 0x4300, 0x3330];
const chunk = fc.oneof(
  fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes)),
  fc
    .tuple(
      fc.constantFrom(...types),
      fc.constantFrom(...apis),
      fc.nat(0xfff),
      fc.uint8Array({ minLength: 240, maxLength: 600 }),
    )
    .map(([type, api, id, rest]) => {
      const bytes = Buffer.from(rest);
      bytes.writeUInt32LE(api, 0);
      return encodeData(type, (ID0 | (id & 0x801)) >>> 0, bytes);
    }),
  fc
    .tuple(fc.constantFrom(PACKET.acknowledge, PACKET.resend, PACKET.reset), fc.nat(1))
    .map(([type, id]) => encodeControl(type, type === PACKET.reset ? 0 : (ID0 | id) >>> 0)),
  fc
    .nat(MAX_PAYLOAD)
    .map((length) => encodeData(PACKET.stateManipulate, ID0, Buffer.alloc(MAX_PAYLOAD)).subarray(0, length)),
);
const step = fc.oneof(
  ...[chunk, chunk, chunk].map((each) => each.map((bytes) => ({ do: 'receive' as const, bytes }))),
  fc
    .constantFrom('ask', 'command', 'break', 'reset', 'restream', 'abandon')
    .map((what) => ({ do: what, bytes: Buffer.alloc(0) })),
  fc.nat(900).map((ms) => ({ do: ms, bytes: Buffer.alloc(0) })),
);

describe('a link', () => {
  it('comes through whatever is sent to it, with bounded memory and timers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const peer = new Peer();
        for (const { do: what, bytes } of steps) {
          if (what === 'receive') peer.link.receive(bytes);
          else if (what === 'ask') peer.ask();
          else if (what === 'command') peer.command();
          else if (what === 'break') peer.link.breakIn();
          else if (what === 'reset') peer.link.reset();
          else if (what === 'restream') peer.link.restream();
          else if (what === 'abandon') peer.link.abandon();
          else await peer.pass(what as number);
          expect(peer.clock.pending).toBeLessThanOrEqual(2);
        }
        const { bytesIn, bytesOut } = peer.link.statistics;
        // Nothing that comes in makes the host talk without end.
        expect(bytesOut).toBeLessThan(bytesIn * 4 + 100_000);
        peer.link.close();
        await peer.pass(0);
        expect(peer.clock.pending).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  it('works again after any noise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(chunk, { maxLength: 8 }), async (chunks) => {
        const peer = new Peer();
        for (const bytes of chunks) peer.link.receive(bytes);
        await peer.pass(2000);
        peer.link.abandon();
        const asked = peer.ask(0x3146);
        // An answer that a prompt is owed goes first, under both ids perhaps.
        for (let packets = 0; packets < 20 && peer.last.payload.readUInt32LE(0) !== 0x3146; packets++) peer.ack();
        peer.serve();
        await peer.pass(0);
        expect(asked.value?.confirmed).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});
