import { EXIT, Fault, messageOf } from '../fault.js';
import { holderOf } from './port-holder.js';

/**
 * Opens the port and closes it again, so that kd will find it there and free.
 * @param port as the system names it (`COM1`, `/dev/ttyS0`)
 * @throws Fault `port-missing`, `port-busy`, `port-denied`, `serialport-missing`
 */
export async function preflightPort(port: string, baud: number): Promise<void> {
  const { SerialPort } = await load();
  const opened = new SerialPort({ path: port, baudRate: baud, autoOpen: false, hupcl: false });
  await new Promise<void>((resolve, reject) => {
    opened.open((error) => (error ? reject(whyNotOpen(port, error)) : resolve()));
  });
  await new Promise<void>((resolve) => opened.close(() => resolve()));
}

async function load(): Promise<typeof import('serialport')> {
  try {
    return await import('serialport');
  } catch (error) {
    throw new Fault(
      'serialport-missing',
      EXIT.missing,
      `The serialport library cannot be loaded: ${messageOf(error)}.`,
      'Install livedebug again, or skip the look at the port with --no-preflight.',
      { cause: error },
    );
  }
}

function whyNotOpen(port: string, error: Error): Fault {
  const text = error.message;
  if (/cannot lock|access denied|EBUSY|busy/i.test(text)) {
    const holder = holderOf(port);
    return new Fault(
      'port-busy',
      EXIT.busy,
      `${port} is held by ${holder ?? 'another program'}.`,
      'End that program (a terminal emulator, another kd) and start again; "livedebug status" shows sessions of ours.',
    );
  }
  if (/permission|EACCES|EPERM/i.test(text))
    return new Fault(
      'port-denied',
      EXIT.missing,
      `${port} may not be opened by this user.`,
      process.platform === 'linux' ? 'Join the group "dialout" and log on again.' : 'Start from an elevated prompt.',
    );
  return new Fault(
    'port-missing',
    EXIT.missing,
    `${port} cannot be opened: ${text.replace(/^Error:?\s*/, '')}.`,
    '"livedebug ports" lists the serial ports of this host.',
  );
}
