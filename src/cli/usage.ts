import { EXIT, Fault } from '../fault.js';

/** Options that do not go together, or a value of one that is not understood. */
export function usage(message: string, remedy: string): Fault {
  return new Fault('usage', EXIT.usage, message, remedy);
}
