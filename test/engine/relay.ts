import net from 'node:net';

/**
 * A cable to a target that listens on TCP: it can be pulled out and put back in, and the target does not notice.
 * Who takes hold of it last has it: Wine's server now and then keeps the socket of a kd that was killed
 * (measured: still connected minutes later, its bytes unread), which Windows never does.
 */
export class Relay {
  #server: net.Server | undefined;
  #host: net.Socket | undefined;
  #port = 0;

  private constructor(private readonly target: net.Socket) {
    target.on('data', (bytes) => this.#host?.write(bytes));
    target.on('error', () => target.destroy());
  }

  /** @param port where the target listens */
  static async to(port: number): Promise<Relay> {
    const target = net.connect(port, '127.0.0.1').setNoDelay(true);
    await new Promise<void>((resolve) => target.once('connect', resolve));
    const relay = new Relay(target);
    await relay.plug();
    return relay;
  }

  /** Where a kd finds the target; the same for as long as this exists. */
  get port(): number {
    return this.#port;
  }

  /** Whether a kd is connected. */
  get held(): boolean {
    return this.#host !== undefined;
  }

  async plug(): Promise<void> {
    const server = net.createServer((socket) => {
      this.#host?.destroy();
      this.#host = socket.setNoDelay(true);
      socket.on('data', (bytes) => this.target.write(bytes));
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        if (this.#host === socket) this.#host = undefined;
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as net.AddressInfo).port;
  }

  /** What is under way is lost. */
  pull(): void {
    this.#server?.close();
    this.#host?.destroy();
    this.#host = undefined;
  }

  close(): void {
    this.pull();
    this.target.destroy();
  }
}
