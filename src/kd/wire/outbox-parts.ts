import type { LinkListener } from './delivery.js';
import type { IdleTimer } from './idle-timer.js';
import type { LineQuality } from './line-quality.js';
import type { LinkStatistics } from './link-statistics.js';
import type { PacketForm } from './packet-form.js';

/** What the host's direction needs of the link around it. */
export interface OutboxParts {
  readonly form: PacketForm;
  /** Puts a packet on the wire. */
  readonly transmit: (packet: Buffer) => void;
  /** Sends a RESET. */
  readonly reset: () => void;
  readonly listener: LinkListener;
  readonly statistics: LinkStatistics;
  readonly quality: LineQuality;
  /** How long the line has been silent. */
  readonly idle: IdleTimer;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** How long so many bytes are on the line, ms. */
  readonly lineMs: (bytes: number) => number;
  /** Silence after which a packet is sent again, ms. */
  readonly silenceMs: number;
}
