import type { LinkListener } from './delivery.js';
import type { Doubt } from './doubt.js';
import type { LinkStatistics } from './link-statistics.js';
import type { PacketForm } from './packet-form.js';
import type { Silence } from './silence.js';

/** What the host's direction needs of the link around it. */
export interface OutboxParts {
  readonly form: PacketForm;
  /** Puts a packet on the wire. */
  readonly transmit: (packet: Buffer) => void;
  /** Sends a RESET. */
  readonly reset: () => void;
  readonly listener: LinkListener;
  readonly statistics: LinkStatistics;
  readonly doubt: Doubt;
  /** How long the line has been silent. */
  readonly silence: Silence;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** How long so many bytes are on the line, ms. */
  readonly lineMs: (bytes: number) => number;
  /** Silence after which a packet is sent again, ms. */
  readonly silenceMs: number;
}
