// A simulated target in this process, in which nothing happens by itself: what a script wants to happen is done here, so that
// two kds, each at a target of its own, see the same.

import { createClock } from '../../../dist/simulator/clock.js';
import { createMachine } from '../../../dist/simulator/machine/emulated-machine.js';
import { kdVariants } from '../../../dist/simulator/stub/kd-variant.js';
import { listenForHost } from '../../../dist/simulator/stub/line/listen.js';
import { TargetStub } from '../../../dist/simulator/stub/target-stub.js';

const TAG = 'Ddk ';
const BOOT = { loaderMs: 20, kernelMs: 20, driverMs: 5 };

export class Target {
  #listening;
  #stub;

  constructor(architecture) {
    const personality = kdVariants.windows;
    const trapExit = personality.trapExit[architecture];
    const machine = createMachine({ architecture, processors: 1, tag: TAG, trapExit });
    const send = (bytes) => this.#listening?.send(bytes);
    const options = { architecture, state: 'running', boot: BOOT };
    this.#stub = new TargetStub(machine, personality, createClock(1), send, options);
  }

  /** @returns the TCP port at which a kd finds it */
  async start() {
    this.#listening = await listenForHost({ kind: 'tcp', host: '127.0.0.1', port: 0 }, 0, this.#stub);
    this.#stub.start();
    return Number(this.#listening.place.split(':').at(-1));
  }

  get books() {
    return this.#stub.books;
  }

  /** Lets a thread do its work so many times. */
  wake(thread, times) {
    this.#stub.happen({ event: 'wake', thread, times });
  }

  print(text) {
    this.#stub.happen({ event: 'print', text, user: false });
  }

  reboot(announced) {
    if (announced) this.#stub.happen({ event: 'reboot' });
    else this.#stub.power();
  }

  async close() {
    this.#stub.stop();
    await this.#listening?.close();
  }
}
