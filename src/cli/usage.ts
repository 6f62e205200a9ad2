import { EXIT, Fault } from '../fault.js';

/** Options that do not go together, or a value of one that is not understood. */
export function usage(message: string, remedy: string): Fault {
  return new Fault('usage', EXIT.usage, message, remedy);
}

/** The tag is what everything is about. */
export function noTag(): Fault {
  return new Fault(
    'no-tag',
    EXIT.usage,
    'No pool tag was given.',
    'Name it: --tag Ddk. PoolMon shows which tag grows.',
  );
}
