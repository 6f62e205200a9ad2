import { isIPv6 } from 'node:net';

/** One end of a way for datagrams. */
export interface NetPlace {
  readonly address: string;
  readonly port: number;
}

export function isSamePlace(a: NetPlace, b: NetPlace): boolean {
  return a.address === b.address && a.port === b.port;
}

/** `10.0.0.7:50000`, `[fd00::7]:50000` */
export function placeText({ address, port }: NetPlace): string {
  return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
