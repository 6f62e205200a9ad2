import { createSocket } from 'node:dgram';

/** A UDP port of this host that was free a moment ago, in both families. */
export async function freePort(): Promise<number> {
  const socket = createSocket({ type: 'udp6', ipv6Only: false });
  await new Promise<void>((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise<void>((resolve) => socket.close(resolve));
  return port;
}
