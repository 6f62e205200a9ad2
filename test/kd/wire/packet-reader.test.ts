import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeAcknowledge,
  encodeControl,
  encodeData,
  followingId,
  INITIAL_ID,
  MAX_PAYLOAD,
  PACKET,
  SYNC_BIT,
} from '../../../src/kd/wire/packet.js';
import { PacketReader, type Received } from '../../../src/kd/wire/packet-reader.js';

const reply = encodeData(PACKET.stateManipulate, INITIAL_ID, Buffer.from('some payload'));

function packets(received: readonly Received[]): Received[] {
  return received.filter(({ kind }) => kind === 'data' || kind === 'control');
}

describe('packets', () => {
  it('have the bytes of the protocol table', () => {
    expect(encodeControl(PACKET.reset, 0).toString('hex')).toBe('69696969060000000000000000000000');
    expect(encodeAcknowledge(INITIAL_ID | SYNC_BIT).toString('hex')).toBe('69696969040000000000808000000000');
    const data = encodeData(PACKET.debugIo, 0x80800001, Buffer.from([1, 2, 0xff]));
    expect(data.toString('hex')).toBe('30303030030003000100808002010000' + '0102ffaa');
  });

  it('refuse a payload that no packet can carry', () => {
    expect(() => encodeData(PACKET.fileIo, 0, Buffer.alloc(MAX_PAYLOAD + 1))).toThrow(RangeError);
  });

  it('alternate the lowest bit of the id, and drop SYNC', () => {
    expect(followingId((INITIAL_ID | SYNC_BIT) >>> 0)).toBe(INITIAL_ID + 1);
    expect(followingId(INITIAL_ID + 1)).toBe(INITIAL_ID);
  });
});

describe('the packet reader', () => {
  it('finds packets in noise that looks like leaders', () => {
    const reader = new PacketReader();
    const noise = Buffer.from('Loading 0000 drivers 000 iii iiii 0x0000');
    const found = reader.push(Buffer.concat([noise, reply, Buffer.from('b'), encodeControl(PACKET.resend, 0)]));
    expect(packets(found)).toMatchObject([
      { kind: 'data', type: PACKET.stateManipulate, id: INITIAL_ID },
      { kind: 'control', type: PACKET.resend },
    ]);
  });

  it('finds a good packet behind a leader that began one byte early', () => {
    const found = new PacketReader().push(Buffer.concat([Buffer.from('0'), reply]));
    expect(packets(found)).toHaveLength(1);
  });

  it('finds a good packet inside the length that a damaged one claims', () => {
    const damaged = Buffer.from(reply);
    damaged.writeUInt16LE(300, 6);
    const reader = new PacketReader();
    const found = reader.push(Buffer.concat([damaged, reply]));
    expect(found).toEqual([]);
    const after = reader.abandon();
    expect(after.some((each) => each.kind === 'bad' && each.why === 'cut')).toBe(true);
    expect(packets(after)).toHaveLength(1);
  });

  it.each([
    ['checksum', (bytes: Buffer) => bytes.writeUInt8(0x21, 20)],
    ['trailer', (bytes: Buffer) => bytes.writeUInt8(0xab, bytes.length - 1)],
    ['length', (bytes: Buffer) => bytes.writeUInt16LE(5000, 6)],
  ] as const)('says what is wrong with a damaged packet: %s', (why, damage) => {
    const bytes = Buffer.from(reply);
    damage(bytes);
    expect(new PacketReader().push(bytes)).toContainEqual(expect.objectContaining({ kind: 'bad', why }));
  });

  const wire = fc.array(
    fc.oneof(
      fc.constant(reply),
      fc.constant(encodeControl(PACKET.acknowledge, INITIAL_ID)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      fc.constantFrom('0', '00', '0000', 'iiii', 'b').map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => encodeData(PACKET.stateChange64, INITIAL_ID, bytes)),
    ),
    { maxLength: 12 },
  );

  it('gives the same whatever pieces the bytes come in', () => {
    fc.assert(
      fc.property(wire, fc.array(fc.integer({ min: 1, max: 50 })), (parts, cuts) => {
        const bytes = Buffer.concat(parts);
        const whole = new PacketReader();
        const expected = [...whole.push(bytes), ...whole.abandon()];
        const reader = new PacketReader();
        const found: Received[] = [];
        let at = 0;
        for (const cut of [...cuts, bytes.length]) {
          found.push(...reader.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        found.push(...reader.abandon());
        expect(joinNoise(found)).toEqual(joinNoise(expected));
      }),
    );
  });

  it('accounts for every byte, and holds no more than one packet', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 10 }), (chunks) => {
        const reader = new PacketReader();
        const found: Received[] = [];
        for (const chunk of chunks) {
          found.push(...reader.push(chunk));
          expect(reader.heldBytes).toBeLessThanOrEqual(16 + MAX_PAYLOAD + 1);
        }
        found.push(...reader.abandon());
        expect(reader.heldBytes).toBe(0);
      }),
    );
  });
});

// Where the pieces were cut shows in the runs of noise, and only there.
function joinNoise(received: readonly Received[]): (Received | string)[] {
  const joined: (Received | string)[] = [];
  let noise = '';
  for (const each of received) {
    if (each.kind === 'noise') noise += each.bytes.toString('hex');
    else {
      if (noise) joined.push(noise);
      noise = '';
      joined.push(each);
    }
  }
  return noise ? [...joined, noise] : joined;
}
