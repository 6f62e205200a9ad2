import { realpathSync } from 'node:fs';
import { SerialPort } from 'serialport';
import { TestRunner } from 'vitest';
import { Cable, hasSocat } from '../kd/stream/other-ends.js';

/** A serial port that another program holds. */
export interface BusyPort {
  readonly path: string;
  close(): Promise<void>;
}

export async function busyPort(): Promise<BusyPort> {
  if (!hasSocat) TestRunner.getCurrentTest()?.context.skip('without socat there are no serial ports');
  const cable = await new Cable().plug();
  // Its path has a blank, which the name of a port has not.
  const port = realpathSync(cable.ends[0]);
  const holder = new SerialPort({ path: port, baudRate: 115_200, autoOpen: false });
  await new Promise<void>((resolve, reject) => holder.open((error) => (error ? reject(error) : resolve())));
  return {
    path: port,
    close: async () => {
      await new Promise<void>((resolve) => holder.close(() => resolve()));
      cable.close();
    },
  };
}
