import { describe, expect, it } from 'vitest';
import { BREAK_IN, encodeData, PACKET } from '../../../src/kd/wire/packet.js';
import { debugIo, fileIo, ID0, ID1, manipulate, Peer, stateChange } from './peer.js';

const { stateManipulate, stateChange64, debugIo: DEBUG_IO, fileIo: FILE_IO, controlRequest, traceIo } = PACKET;

describe('a packet of the target', () => {
  it.each([
    ['a state change', stateChange64, stateChange(), 'state change 3030'],
    ['a print', DEBUG_IO, debugIo('hello'), 'print hello'],
  ])('is acknowledged before anything is done about it: %s', (_, type, payload, told) => {
    const peer = new Peer();
    peer.data(type, payload);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', told]);
  });

  it('is acknowledged before its request gets the reply', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.ack();
    peer.happened();
    peer.reply(Buffer.from('data'));
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000']);
    expect(asked.settled).toBe(false);
    await peer.pass(0);
    expect(asked.value?.reply.toString('latin1', 56)).toBe('data');
    expect(asked.value).toMatchObject({ confirmed: true, repeated: false });
  });

  it('is acknowledged again and dropped when it comes twice', () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('once'), ID0);
    peer.data(DEBUG_IO, debugIo('once'), ID0);
    peer.data(DEBUG_IO, debugIo('once'), ID0);
    expect(peer.happened()).toEqual([
      '> ACKNOWLEDGE 80800000',
      'print once',
      ...Array(2).fill('> ACKNOWLEDGE 80800000'),
    ]);
    expect(peer.link.statistics.duplicates).toBe(2);
  });

  it('is none of the same again when it says the same under the next id', () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('twice'), ID0);
    peer.data(DEBUG_IO, debugIo('twice'), ID1);
    expect(peer.happened().filter((text) => text.startsWith('print'))).toHaveLength(2);
  });

  it('is taken under an old id when it says something else: the target had taken a request for our acknowledgement', () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('one'), ID0);
    peer.data(DEBUG_IO, debugIo('two'), ID0);
    expect(peer.happened().filter((text) => text.startsWith('print'))).toEqual(['print one', 'print two']);
  });

  it('of TRACE_IO is acknowledged, and nothing is told', () => {
    const peer = new Peer();
    const payload = Buffer.alloc(80);
    payload.writeUInt32LE(0x3330, 0);
    peer.data(traceIo, payload);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000']);
  });

  it('of STATE_CHANGE32 is told as foreign', () => {
    const peer = new Peer();
    peer.data(PACKET.stateChange32, Buffer.alloc(200));
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'foreign 1']);
  });

  it('that answers nothing of ours is acknowledged and dropped', () => {
    const peer = new Peer();
    peer.data(stateManipulate, manipulate(0x3130));
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000']);
  });
});

/** A peer whose host knows which id is due: it has had a reply. */
async function certain(): Promise<Peer> {
  const peer = new Peer();
  for (let times = 0; times < 2; times++) {
    peer.ask(0x3146);
    peer.serve();
  }
  await peer.pass(0);
  peer.happened();
  return peer;
}

describe('what a target waits for', () => {
  it.each([
    ['create', 0x3430, ['refused \\??\\x.sys']],
    ['read', 0x3431, []],
    ['close', 0x3433, []],
  ])('a file request is refused as "no such file" (%s)', async (_, api, told) => {
    const peer = await certain();
    peer.data(FILE_IO, fileIo(api, '\\??\\x.sys'));
    const happened = peer.happened();
    expect(happened.slice(0, 2)).toEqual(['> ACKNOWLEDGE 80800000', '> FILE_IO 80800000']);
    expect(happened.slice(2)).toEqual(told);
    expect(peer.last.payload).toHaveLength(64);
    expect(peer.last.payload.readUInt32LE(0)).toBe(api);
    expect(peer.last.payload.readUInt32LE(4)).toBe(0xc000_000f);
    peer.ack();
    expect(peer.clock.pending).toBe(0);
  });

  it('a request for a debug register is answered with none', () => {
    const peer = new Peer();
    const payload = Buffer.alloc(16, 0xff);
    payload.writeUInt32LE(0x4300, 0);
    peer.data(controlRequest, payload);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', '> CONTROL_REQUEST 80800000']);
    expect(peer.last.payload.toString('hex')).toBe('00430000ffffffff00000000');
  });

  it('a prompt is answered with its own header, and no more text than it has room for', async () => {
    const peer = new Peer();
    peer.answer = async () => 'ignore';
    peer.data(DEBUG_IO, debugIo('Break or ignore? ', 2));
    await peer.pass(0);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'prompt Break or ignore? ', '> DEBUG_IO 80800000']);
    const answer = peer.last.payload;
    expect([answer.readUInt32LE(0), answer.readUInt32LE(12), answer.toString('latin1', 16)]).toEqual([0x3231, 2, 'ig']);
  });

  it('a prompt that comes twice is told once, and answered once', async () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('what? ', 8), ID0);
    peer.data(DEBUG_IO, debugIo('what? ', 8), ID0);
    await peer.pass(0);
    expect(peer.happened()).toEqual([
      '> ACKNOWLEDGE 80800000',
      'prompt what? ',
      '> ACKNOWLEDGE 80800000',
      '> DEBUG_IO 80800000',
    ]);
  });

  it('a prompt in the middle of a request is answered first, and the request goes on', async () => {
    const peer = await certain();
    const asked = peer.ask();
    peer.ack();
    peer.happened();
    peer.data(DEBUG_IO, debugIo('what? ', 8));
    await peer.pass(0);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'prompt what? ', '> DEBUG_IO 80800001']);
    peer.ack();
    expect(peer.happened()).toEqual([]);
    peer.data(stateManipulate, manipulate(0x3130));
    await peer.pass(0);
    expect(asked.value).toMatchObject({ confirmed: true, repeated: false });
    expect(peer.clock.pending).toBe(0);
  });

  it('a prompt before a request is acknowledged is answered, and the request is sent again', async () => {
    const peer = await certain();
    const asked = peer.ask();
    peer.data(DEBUG_IO, debugIo('what? ', 8));
    await peer.pass(0);
    expect(peer.last.type).toBe(DEBUG_IO);
    peer.ack();
    expect(peer.last.type).toBe(stateManipulate);
    expect(peer.last.id).toBe(ID1);
    peer.serve();
    await peer.pass(0);
    expect(asked.value?.confirmed).toBe(true);
  });

  it('a prompt is answered also when the cable was out for a while', async () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('what? ', 8));
    await peer.pass(60_000);
    const before = peer.sent.length;
    await peer.pass(1000);
    expect(peer.sent.length).toBeGreaterThan(before);
  });

  it('a prompt is answered under both ids as long as nobody knows which one is due', async () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('what? ', 8));
    await peer.pass(0);
    expect(peer.happened().at(-1)).toBe('> DEBUG_IO 80800000');
    const first = peer.last.payload;
    peer.ack();
    expect(peer.happened()).toEqual(['> DEBUG_IO 80800001']);
    expect(peer.last.payload.equals(first)).toBe(true);
    peer.ack();
    expect(peer.happened()).toEqual([]);
    expect(peer.clock.pending).toBe(0);
  });

  // The second answer, and one whose acknowledgement was lost, meet a target that runs: it takes a 0x62 for a break-in.
  it('an answer has no break-in byte in its packet, however long the prompt is', async () => {
    const loud: number[] = [];
    for (let length = 1; length < 300; length++) {
      const peer = new Peer();
      peer.data(DEBUG_IO, debugIo('?'.repeat(length), 8));
      await peer.pass(0);
      peer.ack();
      peer.ack();
      if (peer.raw.some((packet) => packet.includes(BREAK_IN))) loud.push(length);
    }
    expect(loud).toEqual([]);
  });
});

describe('a packet whose header went wrong', () => {
  it('is refused once, and taken when it is as odd the second time', () => {
    const peer = new Peer();
    const odd = encodeData(PACKET.traceIo, ID0, debugIo('hello'));
    peer.link.receive(odd);
    expect(peer.happened()).toEqual(['> RESEND']);
    peer.link.receive(odd);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000']);
  });

  it('is refused again when it is another header that went wrong', () => {
    const peer = new Peer();
    peer.link.receive(encodeData(PACKET.traceIo, ID0, debugIo('hello')));
    peer.link.receive(encodeData(PACKET.controlRequest, ID0, debugIo('hello')));
    expect(peer.happened()).toEqual(['> RESEND', '> RESEND']);
    peer.link.receive(encodeData(DEBUG_IO, ID0, debugIo('hello')));
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'print hello']);
  });

  it('is taken for what it is when it comes right the second time', () => {
    const peer = new Peer();
    peer.link.receive(encodeData(PACKET.fileIo, ID0, debugIo('hello')));
    peer.link.receive(encodeData(DEBUG_IO, ID0, debugIo('hello')));
    expect(peer.happened()).toEqual(['> RESEND', '> ACKNOWLEDGE 80800000', 'print hello']);
  });

  it('with an id that no target uses is refused once', () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('hello'), 0x8081_0000);
    expect(peer.happened()).toEqual(['> RESEND']);
  });

  it.each([
    ['FILE_IO', FILE_IO, 3],
    ['CONTROL_REQUEST', controlRequest, 5],
    ['STATE_CHANGE64', stateChange64, 0],
    ['STATE_CHANGE64 in a request', stateChange64, 2],
  ])('is survived when it is too short twice: %s', (_, type, length) => {
    const peer = new Peer();
    peer.data(type, Buffer.alloc(length), ID0);
    expect(() => peer.data(type, Buffer.alloc(length), ID0)).not.toThrow();
  });

  it('is survived when a reply is too short twice', () => {
    const peer = new Peer();
    peer.ask();
    peer.ack();
    peer.data(stateManipulate, Buffer.alloc(3), ID0);
    expect(() => peer.data(stateManipulate, Buffer.alloc(3), ID0)).not.toThrow();
  });
});
