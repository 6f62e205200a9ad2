import { createSocket } from 'node:dgram';

/** A UDP port of this host that was free a moment ago, in both families. */
export async function freePort() {
  const socket = createSocket({ type: 'udp6', ipv6Only: false });
  await new Promise((resolve) => socket.bind(0, resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

/** The network between a simulated target and its host: it can be cut, and go deaf in one direction. */
export class Datagrams {
  #near = createSocket('udp4');
  #far = createSocket('udp4');
  #cut = false;
  #deaf = new Set();
  #target;

  /** @param port of the host @returns the port at which the target asks for it */
  async listen(port) {
    // Whoever is not there answers with an error.
    for (const socket of [this.#near, this.#far]) socket.on('error', () => {});
    this.#near.on('message', (datagram, { port: from }) => {
      this.#target = from;
      if (this.#passes('to host')) this.#far.send(datagram, port, '127.0.0.1');
    });
    this.#far.on('message', (datagram) => {
      if (this.#target && this.#passes('to target')) this.#near.send(datagram, this.#target, '127.0.0.1');
    });
    await new Promise((resolve) => this.#near.bind(0, '127.0.0.1', resolve));
    await new Promise((resolve) => this.#far.bind(0, '127.0.0.1', resolve));
    return this.#near.address().port;
  }

  #passes(direction) {
    return !this.#cut && !this.#deaf.has(direction);
  }

  cut() {
    this.#cut = true;
  }

  /** Nothing more gets through: `to target` or `to host`. */
  deafen(direction) {
    this.#deaf.add(direction);
  }

  heal() {
    this.#cut = false;
    this.#deaf.clear();
  }

  end() {
    this.#near.close();
    this.#far.close();
  }
}
