import { EXIT, Fault } from '../fault.js';
import type { KdProgram } from './find-kd.js';
import type { Transport } from './transport.js';

/**
 * Refuses a way to the target that this kd does not know, before anything is started.
 * @throws Fault `kd-no-usb`, `kd-no-1394`
 */
export function refuseUnreachable({ kind }: Pick<KdProgram, 'kind'>, transport: Transport): void {
  if (kind === 'program') return;
  const kd = kind === 'built-in' ? 'The built-in kd' : 'The simulated kd';
  const remedy = 'Use a serial port, KDNET or the pipe of a virtual machine, or name Microsoft’s kd with --kd.';
  if (transport.kind === 'usb' || transport.kind === '1394')
    throw new Fault(
      `kd-no-${transport.kind}`,
      EXIT.usage,
      `${kd} cannot reach a target over ${transport.kind === 'usb' ? 'USB' : '1394 (FireWire)'}: --port ${transport.option}.`,
      remedy,
    );
}
