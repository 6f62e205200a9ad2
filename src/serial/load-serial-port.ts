import { EXIT, Fault, messageOf } from '../fault.js';

/** The serialport library, loaded where it is needed: most commands open no port. @throws Fault `serialport-missing` */
export async function loadSerialPort(): Promise<typeof import('serialport')> {
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
