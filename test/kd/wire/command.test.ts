import { describe, expect, it } from 'vitest';
import { PACKET } from '../../../src/kd/wire/packet.js';
import { debugIo, ID0, ID1, manipulate, Peer, SYNC0, stateChange } from './peer.js';

const { stateChange64, debugIo: DEBUG_IO } = PACKET;

describe('a command', () => {
  it('is done when it is acknowledged', async () => {
    const peer = new Peer();
    const told = peer.command();
    expect(peer.happened()).toEqual(['> STATE_MANIPULATE 80800000']);
    peer.ack();
    await peer.pass(0);
    expect(told.value).toMatchObject({ confirmed: true, repeated: false });
    expect(peer.clock.pending).toBe(0);
    peer.command();
    expect(peer.last.id).toBe(ID1);
  });

  it('that only silence answers is given up as unconfirmed within some seconds', async () => {
    const peer = new Peer();
    const told = peer.command();
    await peer.pass(3000);
    expect(told.settled).toBe(false);
    await peer.pass(3000);
    expect(told.value).toMatchObject({ confirmed: false, repeated: true });
    const { length } = peer.sent;
    await peer.pass(60_000);
    expect(peer.sent).toHaveLength(length);
    expect(peer.clock.pending).toBe(0);
  });

  it.each([
    ['a state change', stateChange64, stateChange(0x3030, 1)],
    ['a print', DEBUG_IO, debugIo('runs')],
  ])('whose acknowledgement was lost is confirmed by what follows it: %s', async (_, type, payload) => {
    const peer = new Peer();
    peer.data(stateChange64, stateChange());
    const told = peer.command();
    await peer.pass(450);
    peer.data(type, payload);
    await peer.pass(0);
    expect(told.value).toMatchObject({ confirmed: true, repeated: true });
    peer.command();
    expect(peer.last.id).toBe(ID1);
  });

  it('is not confirmed by the state change that the target repeats', async () => {
    const peer = new Peer();
    peer.data(stateChange64, stateChange(), ID0);
    const told = peer.command();
    peer.data(stateChange64, stateChange(), ID0);
    await peer.pass(0);
    expect(told.settled).toBe(false);
    peer.ack();
    await peer.pass(0);
    expect(told.value?.confirmed).toBe(true);
  });

  it('is sent again behind a reset that the target answers', async () => {
    const peer = new Peer();
    peer.data(stateChange64, stateChange(), ID0);
    const told = peer.command();
    peer.control(PACKET.reset);
    peer.happened();
    peer.data(stateChange64, stateChange(), ID0);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'state change 3030', '> STATE_MANIPULATE 80800000']);
    peer.ack();
    await peer.pass(0);
    expect(told.value?.confirmed).toBe(true);
  });
});

describe('a target that begins its ids anew', () => {
  it('with a print while it runs: both ends count from the start', () => {
    const peer = new Peer();
    peer.command();
    peer.ack();
    peer.happened();
    peer.data(DEBUG_IO, debugIo('hello'), SYNC0);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'sync DEBUG_IO', 'print hello']);
    peer.ask();
    expect(peer.last.id).toBe(ID0);
  });

  it('with the state change again: it is told as one, with its mark', () => {
    const peer = new Peer();
    peer.data(stateChange64, stateChange(), ID0);
    peer.happened();
    peer.data(stateChange64, stateChange(), SYNC0);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000', 'sync STATE_CHANGE_64', 'state change 3030 sync']);
    peer.data(stateChange64, stateChange(), SYNC0);
    expect(peer.happened()).toEqual(['> ACKNOWLEDGE 80800000']);
  });

  it('fails the request that was out', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.ack();
    peer.data(stateChange64, stateChange(), SYNC0);
    await peer.pass(0);
    expect(asked.error).toMatchObject({ code: 'restarted' });
    expect(peer.clock.pending).toBe(0);
  });

  it('on a bad line gets the request again instead: its reply had not come through', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    await peer.pass(450);
    peer.ack();
    peer.happened();
    peer.data(stateChange64, stateChange(), SYNC0);
    expect(peer.happened()).toContain('> STATE_MANIPULATE 80800000');
    peer.serve();
    await peer.pass(0);
    expect(asked.value).toMatchObject({ confirmed: true, repeated: true });
  });

  it('has executed the command before it', async () => {
    const peer = new Peer();
    const told = peer.command();
    peer.data(DEBUG_IO, debugIo('hello'), SYNC0);
    await peer.pass(0);
    expect(told.value?.confirmed).toBe(true);
    peer.ask();
    expect(peer.last.id).toBe(ID0);
  });

  it('with the reply itself: the request has its answer', async () => {
    const peer = new Peer();
    const asked = peer.ask();
    peer.ack();
    peer.reply(undefined, SYNC0);
    await peer.pass(0);
    expect(asked.value?.confirmed).toBe(true);
  });
});

describe('load-symbols stops', () => {
  const load = (mark: number): Buffer => stateChange(0x3031, mark);

  it('one after the other show that the target has moved: a request between them fails', async () => {
    const peer = new Peer();
    peer.data(stateChange64, load(1));
    const asked = peer.ask();
    peer.ack();
    peer.data(stateChange64, load(2));
    await peer.pass(0);
    expect(asked.error).toMatchObject({ code: 'restarted' });
  });

  it('that are the same one again leave the request alone', async () => {
    const peer = new Peer();
    peer.data(stateChange64, load(1));
    const asked = peer.ask();
    peer.ack();
    peer.data(stateChange64, load(1));
    peer.data(PACKET.stateManipulate, manipulate(0x3130));
    await peer.pass(0);
    expect(asked.value?.confirmed).toBe(true);
  });
});

describe('RESET', () => {
  it('with an id is no RESET', () => {
    const peer = new Peer();
    peer.command();
    peer.ack();
    peer.control(PACKET.reset, ID1);
    peer.ask();
    expect(peer.last.id).toBe(ID1);
    peer.serve();
    peer.control(PACKET.reset);
    peer.ask();
    expect(peer.last.id).toBe(ID0);
  });

  it('is sent when it is wanted, and waits for nothing', () => {
    const peer = new Peer();
    peer.link.reset();
    peer.link.breakIn();
    expect(peer.happened()).toEqual(['> RESET', '> break-in']);
    expect(peer.clock.pending).toBe(0);
    expect(peer.link.statistics.resets).toBe(1);
  });
});
