import { describe, expect, it } from 'vitest';
import { encodeData, HEADER_BYTES, PACKET } from '../../../src/kd/wire/packet.js';
import { debugIo, ID0, ID1, manipulate, Peer } from './peer.js';

const { stateManipulate, debugIo: DEBUG_IO } = PACKET;

/** Times between the host's data packets. */
function gaps(peer: Peer): number[] {
  return peer.times.slice(1).map((at, index) => at - (peer.times[index] as number));
}

describe('a request that is not acknowledged', () => {
  it('is sent again under the same id, 300 to 500 ms after the last time', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    await peer.pass(10_000);
    expect(new Set(peer.happened())).toEqual(new Set(['> STATE_MANIPULATE 80800000']));
    expect(peer.times.length).toBeGreaterThan(18);
    for (const gap of gaps(peer)) expect([gap >= 300, gap <= 500]).toEqual([true, true]);
    expect(asked.settled).toBe(false);
    peer.serve();
    await peer.pass(0);
    expect(asked.value).toMatchObject({ confirmed: true, repeated: true });
  });

  it.each([9600, 19_200, 115_200])('is given the time that it takes on the wire besides (%i baud)', async (baud) => {
    const bytesPerSecond = baud / 10;
    const peer = new Peer({ bytesPerSecond });
    void peer.link.request(manipulate(0x3131, Buffer.alloc(3900))).catch(() => undefined);
    const wireMs = ((HEADER_BYTES + 3956 + 1) * 1000) / bytesPerSecond;
    await peer.pass((wireMs + 500) * 5);
    expect(peer.times.length).toBeGreaterThanOrEqual(5);
    for (const gap of gaps(peer)) expect([gap >= wireMs + 300, gap <= wireMs + 500]).toEqual([true, true]);
    peer.link.close();
  });

  it('waits while bytes still come in', async () => {
    const peer = new Peer();
    peer.ask();
    for (let times = 0; times < 20; times++) {
      await peer.pass(200);
      peer.link.receive(Buffer.from('x'));
    }
    expect(peer.times).toHaveLength(1);
    await peer.pass(500);
    expect(peer.times).toHaveLength(2);
  });

  it('says so every 64 times, and that it got through after all', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    await peer.pass(64 * 500 * 2 + 500);
    const told = peer.happened().filter((text) => !text.startsWith('>'));
    expect(told).toEqual(['retrying 64', 'retrying 128']);
    peer.ack();
    expect(peer.happened()).toEqual(['recovered']);
    peer.reply();
    await peer.pass(0);
    expect(asked.value?.confirmed).toBe(true);
  });

  it('is sent again at once when the target asks for it', () => {
    const peer = new Peer();
    peer.ask();
    peer.control(PACKET.resend);
    expect(peer.times).toEqual([0, 0]);
    expect(peer.last.id).toBe(ID0);
    peer.ack();
    peer.control(PACKET.resend);
    expect(peer.times).toHaveLength(2);
  });

  it('is not believed acknowledged under another id', async () => {
    const peer = new Peer();
    peer.ask();
    peer.ack(ID1);
    await peer.pass(500);
    expect(peer.times).toHaveLength(2);
  });

  it('is acknowledged by its reply, when the acknowledgement was lost', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.reply();
    await peer.pass(0);
    expect(asked.value).toMatchObject({ confirmed: true, repeated: false });
    peer.ask();
    expect(peer.last.id).toBe(ID1);
  });
});

describe('a damaged packet', () => {
  const good = encodeData(DEBUG_IO, ID0, debugIo('hello'));
  const damaged = (at: number): Buffer => {
    const bytes = Buffer.from(good);
    bytes[at] = (bytes[at] as number) ^ 0x04;
    return bytes;
  };

  it.each([
    ['a payload byte', HEADER_BYTES + 17],
    ['the sum', 12],
    ['the trailer', good.length - 1],
  ])('is asked for again at once (%s)', (_, at) => {
    const peer = new Peer();
    peer.link.receive(damaged(at));
    peer.link.receive(good);
    const happened = peer.happened().filter((text) => !text.startsWith('noise'));
    expect(happened).toEqual(['> RESEND', '> ACKNOWLEDGE 80800000', 'print hello']);
    expect(peer.link.statistics.bad).toBe(1);
  });

  it('that stops half way is asked for again after a silence, shorter than the one for a request', async () => {
    const peer = new Peer();
    peer.link.receive(good.subarray(0, good.length - 2));
    await peer.pass(100);
    expect(peer.happened()).toEqual([]);
    await peer.pass(200);
    expect(peer.happened()[0]).toBe('> RESEND');
    peer.link.receive(good);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'print hello']);
    expect(peer.clock.pending).toBe(0);
  });

  it('is not asked for again while it comes slowly', async () => {
    const peer = new Peer();
    for (const byte of good) {
      peer.link.receive(Buffer.of(byte));
      await peer.pass(150);
    }
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'print hello']);
  });

  it('makes a reply wait for its repetition', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.ack();
    const reply = encodeData(stateManipulate, ID0, manipulate(0x3130, Buffer.from('good')));
    const bad = Buffer.from(reply);
    bad[HEADER_BYTES + 57] = 0;
    peer.link.receive(bad);
    await peer.pass(5);
    expect(asked.settled).toBe(false);
    peer.link.receive(reply);
    await peer.pass(0);
    expect(asked.value?.reply.toString('latin1', 56)).toBe('good');
  });
});

describe('a request that is acknowledged and not answered', () => {
  it('goes out under the other id before anything is reset', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.ack();
    peer.happened();
    await peer.pass(500);
    expect(peer.happened()).toEqual(['> STATE_MANIPULATE 80800001']);
    peer.serve();
    await peer.pass(0);
    expect(asked.value).toMatchObject({ confirmed: true, repeated: true });
    expect(peer.link.statistics).toMatchObject({ reissues: 1, resets: 0 });
    peer.ask();
    expect(peer.last.id).toBe(ID0);
  });

  it('is then reset, and sent again under the first id only behind the state change', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    for (let times = 0; times < 2; times++) {
      peer.ack();
      await peer.pass(500);
    }
    expect(peer.happened().at(-1)).toBe('> RESET');
    peer.control(PACKET.reset);
    await peer.pass(50);
    expect(peer.happened()).toEqual([]);
    peer.data(PACKET.stateChange64, stop(), ID0);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'state change 3030', '> STATE_MANIPULATE 80800000']);
    peer.serve();
    await peer.pass(0);
    expect(asked.value).toMatchObject({ confirmed: true, repeated: true });
    expect(peer.clock.pending).toBe(0);
  });

  it('is sent again also when nothing answers the reset', async () => {
    const peer = new Peer();
    peer.ask();
    for (let times = 0; times < 2; times++) {
      peer.ack();
      await peer.pass(500);
    }
    peer.happened();
    await peer.pass(500);
    expect(peer.happened()).toEqual(['> STATE_MANIPULATE 80800000']);
  });

  it('fails in the end, and the next one gets its turn', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.ask(0x3146);
    for (let times = 0; !asked.settled && times < 100; times++) {
      peer.ack();
      await peer.pass(450);
    }
    expect(asked.error).toMatchObject({ code: 'no-reply' });
    expect(peer.last.payload.readUInt32LE(0)).toBe(0x3146);
  });
});

function stop(): Buffer {
  const payload = Buffer.alloc(240);
  payload.writeUInt32LE(0x3030, 0);
  return payload;
}

describe('what a target has printed', () => {
  it('is told once, though a RESET finds it waiting for the acknowledgement', async () => {
    const peer = new Peer();
    peer.link.reset();
    peer.data(DEBUG_IO, debugIo('tick\n'));
    peer.control(PACKET.reset);
    peer.data(DEBUG_IO, debugIo('tick\n'), ID0);
    expect(peer.happened().filter((text) => text.startsWith('print'))).toEqual(['print tick\n']);
    // It says the same again: that is another one.
    peer.data(DEBUG_IO, debugIo('tick\n'), ID1);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800001', 'print tick\n']);
    expect(peer.link.statistics.duplicates).toBe(1);
  });

  it('is told behind a RESET when it had not come before', async () => {
    const peer = new Peer();
    peer.data(DEBUG_IO, debugIo('before\n'));
    peer.control(PACKET.reset);
    peer.data(DEBUG_IO, debugIo('behind\n'), ID0);
    peer.data(DEBUG_IO, debugIo('behind\n'), ID1);
    expect(peer.happened().filter((text) => text.startsWith('print'))).toEqual([
      'print before\n',
      'print behind\n',
      'print behind\n',
    ]);
  });
});
