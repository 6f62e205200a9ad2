import { openableName } from '../../serial/port-name.js';
import { loadSerialPort, portFault } from '../../serial/preflight.js';
import { type OpenStream, onceGone } from './byte-stream.js';

/** Ten bits on the wire for a byte: start bit, eight data bits, stop bit. */
const BITS_PER_BYTE = 10;

/**
 * A serial port, 8N1 without flow control, as KDCOM has it; a pty goes too.
 * @param port as the system names it: `COM1`, `\\.\COM10`, `/dev/ttyS0`, `/dev/pts/4`
 * @throws Fault `port-missing`, `port-busy`, `port-denied`, `port-broken`, `serialport-missing`
 */
export function serialStream(port: string, baud: number): OpenStream {
  return async (listener) => {
    const { SerialPort } = await loadSerialPort();
    // Without hupcl the lines of the port stay as they are when this end closes: the target need not notice.
    const device = new SerialPort({ path: openableName(port) ?? port, baudRate: baud, autoOpen: false, hupcl: false });
    const failure = await new Promise<Error | null>((resolve) => device.open(resolve));
    if (failure) throw await portFault(port, failure.message);
    const told = onceGone(listener);
    device.on('data', (chunk: Buffer) => told.bytes(chunk));
    device.on('error', (error) => told.gone(error.message));
    device.on('close', () => told.gone('the port was closed'));
    const drain = (): Promise<void> => new Promise((resolve) => device.drain(() => resolve()));
    return {
      bytesPerSecond: baud / BITS_PER_BYTE,
      write(bytes) {
        if (device.isOpen) device.write(Buffer.from(bytes));
      },
      drain,
      async close() {
        told.silence();
        if (!device.isOpen) return;
        await drain();
        await new Promise<void>((resolve) => device.close(() => resolve()));
      },
    };
  };
}
