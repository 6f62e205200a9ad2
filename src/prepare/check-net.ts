import type { BcdObject } from './bcd-listing.js';
import { isOn } from './bcd-words.js';
import { bad, compare, type Finding, good, open } from './findings.js';
import { FIREWALL, hostWord, NET_PORTS, type NetSettings } from './kdnet.js';

/** What a target on a network is held against: only what the session knows. */
export type WantedNet = Partial<NetSettings>;

/** The command that sets what is wanted; what is not known stands as a placeholder. The key is never shown. */
export function netCommand({ host, port }: WantedNet): string {
  const address = host === undefined ? 'hostip:ADDRESS-OF-THE-HOST' : hostWord(host);
  return `bcdedit /dbgsettings net ${address} port:${port ?? NET_PORTS.usual} key:W.X.Y.Z`;
}

/** Looks whether the settings of a debugger lead to the host over its network. The key is shown nowhere. */
export function netFindings(settings: BcdObject, wanted: WantedNet): Finding[] {
  return [...hostFindings(settings, wanted), ...portFindings(settings, wanted), ...keyFindings(settings, wanted)];
}

function hostFindings(settings: BcdObject, wanted: WantedNet): Finding[] {
  const host = settings.get('hostip') ?? settings.get('hostipv6');
  if (host === undefined) return [bad(`There is no hostip: the target asks nobody. Run ${netCommand(wanted)}`)];
  return [
    wanted.host === undefined
      ? good(`The target asks the host ${host}. Look whether that is an address of this host.`)
      : compare('host that the target asks', host, wanted.host),
    ...(isOn(settings.get('dhcp')) === false ? [good(NO_DHCP)] : []),
    ...(settings.has('busparams')
      ? [good(`The network card is the one at ${settings.get('busparams')} (bus, device, function).`)]
      : []),
  ];
}

const NO_DHCP =
  'The target asks no DHCP server for its address (dhcp is off): it takes one of 169.254.0.0/16, so the host needs one of these as well.';

function portFindings(settings: BcdObject, wanted: WantedNet): Finding[] {
  const port = settings.get('port');
  if (port === undefined) return [bad(`There is no port. Run ${netCommand(wanted)}`)];
  return [
    wanted.port === undefined
      ? good(`The UDP port is ${port}; the session must have the same: --port net:port=${port}`)
      : compare('UDP port', port, String(wanted.port)),
    open(
      `Whether the host lets UDP port ${port} in is not seen here. What lets it in: on Windows ${FIREWALL.windows(Number(port))}; on Linux ${FIREWALL.ufw(Number(port))}`,
    ),
  ];
}

function keyFindings(settings: BcdObject, wanted: WantedNet): Finding[] {
  const key = settings.get('key')?.replace(/^key=/i, '').toLowerCase();
  if (key === undefined) return [bad(`There is no key. Run ${netCommand(wanted)}`)];
  if (!/^[0-9a-z]+(?:\.[0-9a-z]+){3}$/.test(key))
    return [bad('The key is not four words of letters and digits with dots between them. Run bcdedit /dbgsettings')];
  if (wanted.key === undefined) return [good('There is a key; whether it is that of the session was not asked.')];
  return [
    key === wanted.key
      ? good('The key is that of the session.')
      : bad('The key is another one than that of the session: no datagram would authenticate.'),
  ];
}
