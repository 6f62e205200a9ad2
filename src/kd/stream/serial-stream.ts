import type { SerialPort } from 'serialport';
import { messageOf } from '../../fault.js';
import { loadSerialPort } from '../../serial/load-serial-port.js';
import { openableName } from '../../serial/port-name.js';
import { portFault } from '../../serial/preflight.js';
import { realTimers, type Timers } from '../wire/timers.js';
import type { ByteListener, ByteStream, OpenStream } from './byte-stream.js';
import { mendPoller } from './port-poller.js';
import { whyNoDevice } from './stream-fault.js';
import { Telling } from './stream-messages.js';
import { within } from './within.js';

/** Ten bits on the wire for a byte: start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;
/** Bytes that a driver holds beyond those that are still with this process; Linux has 4096. */
const DRIVER_BYTES = 4096;
/** Milliseconds beyond the time that the bytes need, after which a port that does not drain is closed all the same. */
const STUCK_MS = 5000;

/**
 * A serial port, 8N1 without flow control, as KDCOM has it; a pty goes too.
 * @param port as the system names it: `COM1`, `\\.\COM10`, `/dev/ttyS0`, `/dev/pts/4`
 * @throws Fault `port-missing`, `port-busy`, `port-denied`, `port-broken`, `port-not-serial`, `serialport-missing`
 */
export function serialStream(port: string, baud: number, timers = realTimers): OpenStream {
  return async (listener, signal) => {
    const odd = whyNoDevice(port);
    if (odd) throw odd;
    const { SerialPort } = await loadSerialPort();
    signal?.throwIfAborted();
    const device = await opened(SerialPort, port, baud);
    const stream = new SerialStream(device, baud, listener, timers);
    if (signal?.aborted) {
      await stream.close();
      throw signal.reason;
    }
    return stream;
  };
}

async function opened(Port: typeof SerialPort, port: string, baud: number): Promise<SerialPort> {
  let failure: Error | null;
  try {
    // Without hupcl the lines of the port stay as they are when this end closes: the target need not notice.
    const device = new Port({ path: openableName(port) ?? port, baudRate: baud, autoOpen: false, hupcl: false });
    failure = await new Promise((resolve) => device.open(resolve));
    if (!failure) return device;
  } catch (error) {
    throw await portFault(port, messageOf(error));
  }
  throw await portFault(port, failure.message);
}

class SerialStream implements ByteStream {
  readonly bytesPerSecond: number;
  readonly #told: Telling;
  /** Settled when the last write has been handed to the driver. The library's own drain waits for the one under way only. */
  #written: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(
    private readonly device: SerialPort,
    baud: number,
    listener: ByteListener,
    private readonly timers: Timers,
  ) {
    this.bytesPerSecond = baud / BITS_PER_BYTE;
    this.#told = new Telling(listener);
    device.on('data', (chunk: Buffer) => this.#told.bytes(chunk));
    device.on('close', (error?: Error | null) => this.#told.gone(error?.message ?? 'the port was closed'));
    device.on('error', (error) => this.#lost(error.message));
    mendPoller(device, () => this.#lost('the port is no longer there'));
  }

  write(bytes: Uint8Array): void {
    if (this.#closing || !this.device.isOpen || this.device.destroyed) return;
    this.#written = new Promise((resolve) => this.device.write(Buffer.from(bytes), () => resolve()));
  }

  async drain(): Promise<void> {
    const { ended } = this.#told;
    await Promise.race([this.#written, ended]);
    // On a port that is not open the library would wait for it to be opened.
    await Promise.race([new Promise<void>((resolve) => this.device.drain(() => resolve())), ended]);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#told.silence();
    const bytes = this.device.writableLength + DRIVER_BYTES;
    const drained = await within(this.timers, STUCK_MS + (bytes * 1000) / this.bytesPerSecond, this.drain());
    // What nobody takes is thrown away: a drain under way would keep this process from ending.
    if (!drained && this.device.isOpen) await new Promise<void>((resolve) => this.device.flush(() => resolve()));
    await this.#release();
  }

  #lost(why: string): void {
    this.#told.gone(why);
    // A port that is broken and kept open would be busy when it is opened again.
    void this.#release();
  }

  async #release(): Promise<void> {
    if (this.device.isOpen) await new Promise<void>((resolve) => this.device.close(() => resolve()));
  }
}
