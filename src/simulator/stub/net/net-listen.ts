import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import { EXIT, Fault, messageOf, systemCode } from '../../../fault.js';
import { unseal } from '../../../kd/net/datagram.js';
import type { Keys } from '../../../kd/net/key.js';
import type { HostEnd, Listening } from '../line/listen.js';
import type { NetPlace, NetPlaces } from './target-channel.js';

/** Where a simulated target is reached over KDNET. */
export interface NetTargetPlace {
  readonly kind: 'net';
  /** Of the host that it asks, or of its own where it waits to be called. */
  readonly port: number;
  readonly keys: Keys;
}

/** A target on a network: it asks a host, or waits until one calls. */
export class NetTarget {
  #socket: Socket | undefined;
  #end: HostEnd | undefined;
  /** Where what it sends goes to. */
  #host: NetPlace | undefined;

  constructor(
    private readonly place: NetTargetPlace,
    private readonly hostName: string | undefined,
  ) {}

  get places(): NetPlaces | undefined {
    const host = this.#host;
    return host && this.#socket && { target: this.#socket.address(), host };
  }

  /** @throws Fault when the port is taken, or there is no such host */
  async listen(end: HostEnd): Promise<Listening> {
    this.#end = end;
    const { hostName, place } = this;
    if (hostName === undefined) await this.#wait(place);
    else await this.#ask(hostName, place.port);
    return {
      place: hostName === undefined ? `UDP port ${this.#socket?.address().port}` : `UDP ${hostName}:${place.port}`,
      send: (bytes) => this.#send(bytes),
      close: () => new Promise<void>((resolve) => this.#socket?.close(() => resolve())),
    };
  }

  async #ask(hostName: string, port: number): Promise<void> {
    let address: string;
    try {
      ({ address } = await lookup(hostName));
    } catch (error) {
      throw noPlace(`There is no host "${hostName}"`, error);
    }
    this.#host = { address, port };
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket = socket;
    await bound(socket, 0);
    // Connected, it hears that nobody is there any more.
    await new Promise<void>((resolve) => socket.connect(port, address, resolve));
    socket.on('error', () => this.#end?.disconnect());
    socket.on('message', (datagram) => this.#end?.receive(datagram));
  }

  async #wait({ port, keys }: NetTargetPlace): Promise<void> {
    const socket = createSocket({ type: 'udp6', ipv6Only: false });
    this.#socket = socket;
    await bound(socket, port);
    socket.on('error', () => undefined);
    socket.on('message', (datagram, { address, port: sender }) => {
      const from = { address: address.replace(/^::ffff:(?=\d+\.)/, ''), port: sender };
      // Whoever has the key may call; the rest is the channel's to judge.
      if (unseal(keys, datagram)?.body.length === 0) this.#host = from;
      this.#end?.receive(datagram);
    });
  }

  #send(datagram: Buffer): void {
    const { port, address } = this.#host ?? {};
    if (this.hostName !== undefined) this.#socket?.send(datagram, () => undefined);
    else if (port !== undefined && address !== undefined)
      this.#socket?.send(datagram, port, isIPv6(address) ? address : `::ffff:${address}`, () => undefined);
  }
}

function bound(socket: Socket, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => {
      socket.close();
      reject(
        systemCode(error) === 'EADDRINUSE'
          ? new Fault(
              'net-place-busy',
              EXIT.busy,
              `UDP port ${port} is taken already.`,
              'Choose another one, or end who has it.',
            )
          : noPlace(`Nothing can listen at UDP port ${port}: ${messageOf(error)}`, error),
      );
    };
    socket.once('error', failed);
    socket.bind({ port, exclusive: true }, () => {
      socket.off('error', failed);
      resolve();
    });
  });
}

function noPlace(text: string, cause: unknown): Fault {
  return new Fault('net-place-missing', EXIT.missing, `${text}.`, 'Name a host and a port that are there.', { cause });
}
