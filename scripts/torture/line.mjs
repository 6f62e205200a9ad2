import net from 'node:net';

/** The line between a built-in kd and a simulated target: it can be cut, and go deaf in one direction. */
export class Line {
  #pairs = new Set();
  #cut = false;
  #deaf = new Set();

  constructor(place, upstream) {
    this.server = net.createServer((host) => {
      if (this.#cut) {
        host.destroy();
        return;
      }
      const target = net.connect(upstream);
      const pair = [host, target];
      this.#pairs.add(pair);
      this.#pump('to target', host, target, pair);
      this.#pump('to host', target, host, pair);
    });
    this.listening = new Promise((resolve) => this.server.listen(place, resolve));
  }

  #pump(direction, from, to, pair) {
    from.on('data', (bytes) => {
      if (!this.#deaf.has(direction) && to.writable) to.write(bytes);
    });
    from.on('error', () => from.destroy());
    from.on('close', () => {
      this.#pairs.delete(pair);
      to.destroy();
    });
  }

  /** The cable is out. */
  cut() {
    this.#cut = true;
    for (const [host, target] of this.#pairs) {
      host.destroy();
      target.destroy();
    }
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
    this.cut();
    this.server.close();
  }
}
