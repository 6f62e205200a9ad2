import type { TagUse } from '../../kd-text/pool/tag-use.js';
import type { UsedLayout } from '../../kd-text/pool/used-table.js';
import { keyOf, type Snapshot, type TableSource, type TimeSource } from './snapshot.js';

/** A table whose rows are being read. */
export class OpenTable {
  at: number | undefined;
  uptime: number | undefined;
  timeFrom: TimeSource | undefined;
  /** How its rows are laid out, once its heading has said so. */
  layout: UsedLayout | undefined;
  /** Its last line was there. */
  totalled = false;
  /** Rows of PoolMon's screen, which ends where the window ends. */
  screen = false;
  /** One of its rows could not be read. */
  damaged = false;
  /** Lines one after another that are no rows. */
  foreign = 0;
  readonly uses = new Map<string, TagUse>();

  constructor(
    readonly source: TableSource,
    readonly log: number,
    readonly line: number,
    private readonly scope: string,
    private readonly restarted: boolean,
  ) {}

  /** @returns false where a tag is in the table already: another table has begun */
  add(uses: readonly TagUse[]): boolean {
    if (uses.some((use) => this.uses.has(keyOf(use)))) return false;
    // A tag that one pool has nothing of is in the other alone.
    const told = uses.filter(
      (use) => uses.length === 1 || use.count !== 0 || use.bytes !== 0 || (use.allocs ?? 0) !== 0,
    );
    for (const use of told.length > 0 ? told : uses.slice(0, 1)) this.uses.set(keyOf(use), use);
    return true;
  }

  get snapshot(): Snapshot {
    const { source, log, line, at, uptime, scope, restarted, uses } = this;
    const timeFrom = this.timeFrom ?? (at === undefined ? undefined : 'text');
    const whole = !this.damaged && (source === 'poolused' ? this.totalled : !this.screen);
    return { source, log, line, at, uptime, timeFrom, whole, scope, restarted, uses };
  }
}
