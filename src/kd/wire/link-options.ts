import type { PacketForm } from './packet-form.js';

export interface LinkOptions {
  /** Default: that of a serial line. */
  readonly form?: PacketForm;
  /** Another silence than that of the form, ms. */
  readonly silenceMs?: number;
  /** How many bytes per second the line moves; undefined for a pipe or socket, behind which an emulated serial port is slow enough. */
  readonly bytesPerSecond?: number | undefined;
}

/** What an emulated serial port takes from a socket was measured at 9 KB/s: a long packet is not sent again before it can be there. */
const EMULATED_BYTES_PER_SECOND = 9000;
/** A network is taken to be no slower than this. */
const NETWORK_BYTES_PER_SECOND = 1e6;

/** How fast what is sent leaves this host. */
export function bytesPerSecondOf({ bytesPerSecond }: LinkOptions, { whole }: PacketForm): number {
  return bytesPerSecond ?? (whole ? NETWORK_BYTES_PER_SECOND : EMULATED_BYTES_PER_SECOND);
}
