import { describe, expect, it } from 'vitest';
import { encodeNetData, NET_FIRST_ID } from '../../../src/kd/net/packet-body.js';
import { Link } from '../../../src/kd/wire/link.js';
import { encodeControl, PACKET } from '../../../src/kd/wire/packet.js';
import { netForm } from '../../../src/kd/wire/packet-form.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';

const reset = (id: number): Buffer => encodeControl(PACKET.reset, id);
const OURS = reset(NET_FIRST_ID);
/** The id of a target that had another host before. */
const ID = 0x9a;
const STOP = encodeNetData(PACKET.stateChange64, ID, Buffer.alloc(240, 1));

const NOBODY = { stateChange: () => undefined, print: () => undefined, prompt: () => Promise.resolve('') };

/** A host that has just said hello, and what it says from then on. */
function host(): { readonly link: Link; said(): string[]; readonly clock: VirtualClock } {
  const sent: Buffer[] = [];
  const clock = new VirtualClock();
  const link = new Link((packet) => void sent.push(packet), NOBODY, clock, { form: netForm });
  link.begun(true);
  const names = new Map<number, string>([
    [PACKET.reset, 'RESET'],
    [PACKET.resend, 'RESEND'],
    [PACKET.acknowledge, 'ACKNOWLEDGE'],
  ]);
  return { link, clock, said: () => sent.splice(0).map((packet) => names.get(packet.readUInt16LE(4)) ?? 'DATA') };
}

describe('a target whose ids go on from another host', () => {
  it.each([
    ['answer, packet', [reset(ID), STOP]],
    // What was asked for by the RESEND of the hello is on its way already.
    ['packet, answer', [STOP, reset(ID)]],
    ['packet, answer, packet', [STOP, reset(ID), STOP]],
    ['answer, packet, packet', [reset(ID), STOP, STOP]],
  ])('is told our id once: %s', (_order, bodies) => {
    const { link, said } = host();
    expect(said()).toEqual(['RESEND']);
    link.receive(STOP);
    expect(said()).toEqual(['RESET']);
    for (const body of bodies) link.receive(body);
    expect(said()).not.toContain('RESET');
  });

  it('that tells its id by itself is told ours, and its answer to that is the end of it', () => {
    const { link, said, clock } = host();
    said();
    link.receive(reset(ID));
    expect(said()).toEqual(['RESET']);
    link.receive(reset(ID));
    expect(said()).toEqual([]);
    clock.advance(5000);
    link.receive(reset(ID));
    expect(said()).toEqual(['RESET']);
  });
});

it('the RESET carries our own next id', () => {
  const sent: Buffer[] = [];
  const link = new Link((packet) => void sent.push(packet), NOBODY, new VirtualClock(), { form: netForm });
  link.begun(true);
  link.receive(STOP);
  expect(sent.at(-1)).toEqual(OURS);
});
