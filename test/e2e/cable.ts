import { rmSync } from 'node:fs';
import net from 'node:net';

/** A pipe to a target that can be pulled out and put back in; the target does not notice. */
export class Cable {
  readonly #target: net.Socket;
  #server: net.Server | undefined;
  #host: net.Socket | undefined;

  /**
   * @param target the pipe of the target, to which this stays connected
   * @param host where a kd finds it
   */
  constructor(
    target: string,
    private readonly host: string,
  ) {
    this.#target = net.connect(target);
    this.#target.on('data', (bytes) => this.#host?.write(bytes));
    this.#target.on('error', () => this.#target.destroy());
  }

  async plug(): Promise<void> {
    const server = net.createServer((socket) => {
      this.#host = socket;
      socket.on('data', (bytes) => this.#target.write(bytes));
      socket.on('error', () => socket.destroy());
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.host, resolve));
  }

  /** What is under way is lost. */
  pull(): void {
    this.#server?.close();
    this.#host?.destroy();
    this.#host = undefined;
    if (process.platform !== 'win32') rmSync(this.host, { force: true });
  }

  close(): void {
    this.pull();
    this.#target.destroy();
  }
}
