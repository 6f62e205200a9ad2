import { parseNetConnection } from '../../kd/net/connection.js';
import { type Heard, type HeardTarget, listenForTargets } from '../../kd/net/listen-for-targets.js';
import { placeOf, takenText } from '../../kd/net/net-stream.js';
import { placeText } from '../../kd/net/place.js';
import { firewallAdvice } from '../../prepare/kdnet.js';

/** A target asks for its host every 3 s. */
export const LISTEN_MS = 10_000;

/** What was heard at a port of KDNET, for people and for programs. */
export interface NetFinding {
  readonly ok: boolean;
  readonly text: string;
  readonly remedy?: string;
  readonly heard: object;
}

/**
 * Listens for a target, and answers none: what is heard begins no session.
 * @param options what stands behind `net:`
 * @throws Fault `bad-net-connection`, `net-target-missing`, `udp-busy`, `udp-denied`, `udp-broken`
 */
export async function listenAt(options: string, ms: number): Promise<NetFinding> {
  const { keys, port, target } = parseNetConnection(options, process.env);
  const place = target === undefined ? undefined : await placeOf(target, port);
  const doing = place ? `Calling ${placeText(place)}` : `Listening at UDP port ${port}`;
  process.stderr.write(`${doing} for up to ${ms / 1000} s; a target asks every 3 s.\n`);
  const heard = await listenForTargets({ keys, port, target: place, ms });
  return { ...judge(heard, { port, target, ms }), heard: forPrograms(heard) };
}

interface ListenedPort {
  readonly port: number;
  readonly target: string | undefined;
  readonly ms: number;
}

function judge(
  { targets, foreign, strangers, taken }: Heard,
  { port, target, ms }: ListenedPort,
): Omit<NetFinding, 'heard'> {
  const [first] = targets;
  if (first) return { ok: true, text: `A target with this key asks for this host: ${ofTarget(first)}.` };
  const [family] = taken;
  if (family !== undefined)
    return {
      ok: false,
      text: takenText(port, family),
      remedy: 'Another debugger waits there: end it, or give the target another port with bcdedit /dbgsettings net.',
    };
  const seconds = `${ms / 1000} s`;
  if (foreign.length > 0)
    return {
      ok: false,
      text: `A target asks for this host with another key: ${foreign.join(', ')}.`,
      remedy:
        'Take the key that bcdedit /dbgsettings prints on that target, or that of the kit it was prepared with. If it is another target, give each a port of its own.',
    };
  const also = strangers.length > 0 ? ` What came from ${strangers.join(', ')} has nothing to do with debugging.` : '';
  if (target !== undefined)
    return {
      ok: false,
      text: `${target} has not answered on UDP port ${port} in ${seconds}.${also}`,
      remedy: 'It is off, not started with debugging, has another key, or a firewall lies between the two.',
    };
  return {
    ok: false,
    text: `No target has asked at UDP port ${port} in ${seconds}.${also}`,
    remedy: `It is off, not started with debugging, set up for another host or port, its network card cannot do it, or a firewall of this host drops what comes. To let it in, ${firewallAdvice(port)}.`,
  };
}

function ofTarget({ place, keyedWith }: HeardTarget): string {
  return keyedWith === undefined
    ? placeText(place)
    : `${placeText(place)}, which has a session with ${keyedWith} and takes a new host when that one is silent`;
}

function forPrograms({ targets, foreign, strangers, taken }: Heard): object {
  return {
    targets: targets.map(({ place, pokes, keyedWith }) => ({
      ...place,
      pokes,
      ...(keyedWith !== undefined && { session_with: keyedWith }),
    })),
    other_key: foreign,
    strangers,
    ...(taken.length > 0 && { taken_by_others: taken.map((family) => `IPv${family}`) }),
  };
}
