import { expect, it } from 'vitest';
import { encodeData, PACKET } from '../../../src/kd/wire/packet.js';
import { debugIo, ID1, Peer } from './peer.js';

/** Prints of the target, each a good packet. */
function prints(peer: Peer, count: number): void {
  for (let each = 0; each < count; each++) peer.data(PACKET.debugIo, debugIo(`pass ${each}\n`));
}

function damagedPacket(): Buffer {
  const bytes = encodeData(PACKET.debugIo, ID1, debugIo('damaged'));
  bytes[20] = (bytes[20] as number) ^ 0x40;
  return bytes;
}

it.each<[string, (peer: Peer) => void]>([
  ['wants a packet again', (peer) => peer.control(PACKET.resend)],
  [
    'wants one again, and another long after',
    (peer) => {
      peer.control(PACKET.resend);
      prints(peer, 120);
      peer.control(PACKET.resend);
    },
  ],
  [
    'repeats what was acknowledged',
    (peer) => {
      for (let each = 0; each < 20; each++) peer.data(PACKET.debugIo, debugIo('late\n'), ID1);
    },
  ],
  ['boots with text of its loader', (peer) => peer.link.receive(Buffer.from('OK, loading...\r\n\r\n'))],
])('a target that %s has damaged nothing', async (_, does) => {
  const peer = new Peer();
  peer.ask();
  prints(peer, 3);
  does(peer);
  expect(peer.link.quality.isDegraded).toBe(false);
});

it('a target that answers late has damaged nothing', async () => {
  const peer = new Peer();
  peer.ask();
  await peer.pass(5000);
  peer.serve();
  expect(peer.link.statistics.retransmissions).toBeGreaterThan(5);
  expect(peer.link.quality.isDegraded).toBe(false);
});

it.each<[string, (peer: Peer) => void]>([
  ['a wrong sum', (peer) => peer.link.receive(damagedPacket())],
  ['bytes of no packet', (peer) => peer.link.receive(Buffer.of(0x62, 0xaa, 0x00))],
  [
    'a packet without its end',
    (peer) => {
      peer.link.receive(damagedPacket().subarray(0, 40));
      peer.link.restream();
      peer.link.receive(damagedPacket());
    },
  ],
  [
    'RESENDs one behind the other',
    (peer) => {
      peer.control(PACKET.resend);
      prints(peer, 50);
      peer.control(PACKET.resend);
    },
  ],
])('%s is damage, and forgotten after some tens of good packets', (_, does) => {
  const peer = new Peer();
  peer.ask();
  prints(peer, 3);
  does(peer);
  expect(peer.link.quality.isDegraded).toBe(true);
  prints(peer, 60);
  expect(peer.link.quality.isDegraded).toBe(true);
  prints(peer, 30);
  expect(peer.link.quality.isDegraded).toBe(false);
});
