import { describe, expect, it } from 'vitest';
import { unseal } from '../../../src/kd/net/datagram.js';
import { HostChannel } from '../../../src/kd/net/host-channel.js';
import { dataKeys } from '../../../src/kd/net/key.js';
import { readBody } from '../../../src/kd/net/packet-body.js';
import { Link } from '../../../src/kd/wire/link.js';
import { PACKET } from '../../../src/kd/wire/packet.js';
import { netForm } from '../../../src/kd/wire/packet-form.js';
import { VirtualClock } from '../../../src/simulator/stub/virtual-clock.js';
import { CAPTURES, contentOf, datagramsOf, keysOf } from './captures.js';

/** How long WinDbg waits before it sends again, ms: a loss in the capture is to fall between the same two packets. */
const WINDBG_SILENCE_MS = 480;
/** The sequence number of a reply that the target sent and WinDbg never got: it asks again, and says RESET to the next one. */
const LOST = 98n;
const CONTINUES = new Set([0x3136, 0x313c]);
const TARGET = { address: '192.168.2.72', port: 51_111 };

/**
 * Plays the target of the capture to this host, and lets it ask what WinDbg asked. Everything else it says by itself.
 * @returns what WinDbg has sent and what this host has, both in their order
 */
async function replay(name: string, key: string): Promise<{ theirs: Buffer[]; ours: Buffer[] }> {
  const control = keysOf(key);
  const all = datagramsOf(name);
  const times = contentOf(name)
    .toString('latin1')
    .trim()
    .split('\n')
    .map((line) => Number.parseFloat(line) * 1000);
  const answer = all.flatMap(({ direction, bytes }) => (direction === '>' ? (unseal(control, bytes) ?? []) : []))[0];
  const data = dataKeys(control, answer?.body as Buffer);
  const clock = new VirtualClock();
  const ours: Buffer[] = [];
  const channel: HostChannel = new HostChannel(control, {
    now: () => clock.now(),
    random: () => Buffer.from(answer?.body.subarray(34, 66) as Buffer),
    send: (datagram) => void ours.push(datagram),
    begun: ({ anew }) => link.begun(anew),
    packet: (body) => link.receive(body),
    note: (text) => expect(text).toBe(''),
  });
  const listener = { stateChange: () => undefined, print: () => undefined, prompt: async () => 'i' };
  const link = new Link((body) => channel.send(body), listener, clock, {
    form: netForm,
    silenceMs: WINDBG_SILENCE_MS,
  });
  let last = '';
  for (const [index, { direction, bytes }] of all.entries()) {
    await clock.advanceAsync(Math.max(0, (times[index] as number) - clock.now()));
    const sealed = unseal(data, bytes);
    if (direction === '<') {
      if (sealed?.sequence !== LOST) channel.receive(bytes, TARGET);
      continue;
    }
    const said = sealed && readBody(sealed.body);
    if (said?.kind === 'noise') link.breakIn();
    if (said?.kind !== 'data' || said.type !== PACKET.stateManipulate) continue;
    const { payload } = said;
    // What WinDbg sends again this host does by itself.
    const asked = payload.toString('hex');
    if (asked === last && payload.readUInt32LE(0) === 0x3132) continue;
    last = asked;
    const sent = CONTINUES.has(payload.readUInt32LE(0)) ? link.command(payload) : link.request(payload);
    sent.catch(() => undefined);
  }
  link.close();
  return { theirs: all.filter(({ direction }) => direction === '>').map(({ bytes }) => bytes), ours };
}

describe.skipIf(!CAPTURES.some(({ name }) => name === 'kdnet-windbg'))('WinDbg at a Windows 10 target', () => {
  it('sent, byte for byte, what this host sends in its place', async () => {
    const { theirs, ours } = await replay('kdnet-windbg', '8.8.8.8');
    // The answer to the poke, with its seal; and the first word on the data channel.
    expect(ours.slice(0, 2)).toEqual(theirs.slice(0, 2));
    const control = keysOf('8.8.8.8');
    const keys = dataKeys(control, unseal(control, theirs[0] as Buffer)?.body as Buffer);
    const bodies = (all: Buffer[]): string[] =>
      all.slice(1).map((bytes) => unseal(keys, bytes)?.body.toString('hex') ?? '');
    const [hers, own] = [bodies(theirs), bodies(ours)];
    // WinDbg let what came before its first word pass, and had it said again; here it is acknowledged.
    const acknowledged = own.indexOf(own.find((body) => body.startsWith('696969690400')) ?? '');
    own.splice(acknowledged, 1);
    expect(own.map(inWords)).toEqual(hers.map(inWords));
    expect(own).toEqual(hers);
  });
});

function inWords(body: string): string {
  const said = readBody(Buffer.from(body, 'hex'));
  if (said.kind === 'noise' || said.kind === 'bad') return said.kind;
  const name = Object.entries(PACKET).find(([, type]) => type === said.type)?.[0];
  return `${name} ${said.id.toString(16)}${said.kind === 'data' ? ` ${said.payload.readUInt32LE(0).toString(16)}` : ''}`;
}
