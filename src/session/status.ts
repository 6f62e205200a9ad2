import { linkMs, type Transport } from '../debugger/transport.js';
import type { Controller } from './controller.js';
import type { Catching } from './core/plan.js';
import { type Disposition, haltedMs, type Phase } from './core/state.js';
import type { KdStarter } from './kd-starter.js';

// What a session looks like at one moment. It is computed from the state and holds none of its own that decides.

/** A session at one moment, for the status line, viewers and `livedebug status`. Times are milliseconds. */
export interface SessionStatus {
  readonly phase: Phase;
  readonly target: Disposition;
  readonly armed: boolean;
  /** How hits are caught, and where. */
  readonly catching?: Catching;
  readonly symbol?: string;
  /** Under a budget of standing still: the number of the burst, and whether it is over, so that the target runs with nothing set. */
  readonly burst?: number;
  readonly pausing?: boolean;
  readonly hits: number;
  readonly hits_per_minute: number;
  readonly log_bytes: number;
  /** Halts for arming, releasing and unexpected stops, measured. */
  readonly halted_ms: number;
  /** Halts for the hits themselves, and for returns and frees: measured, or worked out as far as the link's speed is known. */
  readonly hit_halt_ms: number;
  /** All halts: as a kd of ours measures them, or the sum of the two. */
  readonly halted_total_ms: number;
  /** Some of that is worked out, not measured: the hits' share. */
  readonly halted_estimated: boolean;
  /** The part of the last minute, or of a younger session, that the target stood still: 0 to 1. */
  readonly halted_share: number;
  readonly top_driver?: { readonly name: string; readonly hits: number };
  readonly top_caller?: { readonly name: string; readonly hits: number };
  readonly elapsed_ms: number;
  readonly phase_ms: number;
}

/**
 * Bytes on the wire that kd moves for a stop without a stack. Source: the protocol's cost table, x86 (GetContext, step).
 */
const STOP_BYTES = 5000;
const WINDOW_MS = 60_000;

/** Watches a session and tells how it stands. */
export class StatusKeeper {
  #phaseSince = 0;
  #phase: Phase = 'idle';
  readonly #samples: { at: number; hits: number; halted: number }[] = [];

  constructor(
    private readonly session: Controller,
    private readonly logBytes: () => number,
    private readonly transport: Transport | undefined,
    private readonly kd: Pick<KdStarter, 'measuredMs'>,
  ) {
    session.onState((state) => {
      if (state.phase === this.#phase) return;
      this.#phase = state.phase;
      this.#phaseSince = session.now();
    });
  }

  status(): SessionStatus {
    const { state } = this.session;
    const { hits } = this.session.output;
    const now = this.session.now();
    const halts = this.#halts(now);
    const { rate, share } = this.#lastMinute(now, hits.hits, halts.halted_total_ms);
    const driver = hits.topDriver();
    const caller = hits.topCaller();
    return {
      phase: state.phase,
      target: state.target.disposition,
      armed: state.ours.armed,
      ...(state.bursts.number > 0 && { burst: state.bursts.number, pausing: state.bursts.pausedAt !== undefined }),
      ...(state.ours.catching && { catching: state.ours.catching }),
      ...(state.ours.symbol && { symbol: state.ours.symbol }),
      hits: hits.hits,
      hits_per_minute: rate,
      log_bytes: this.logBytes(),
      ...halts,
      halted_share: share,
      ...(driver && { top_driver: driver }),
      ...(caller && { top_caller: caller }),
      elapsed_ms: Math.round(now),
      phase_ms: Math.round(now - this.#phaseSince),
    };
  }

  /** All standstill so far, hits included. */
  haltedTotalMs(): number {
    return this.#halts(this.session.now()).halted_total_ms;
  }

  #halts(now: number): Pick<SessionStatus, 'halted_ms' | 'hit_halt_ms' | 'halted_total_ms' | 'halted_estimated'> {
    const { state } = this.session;
    const { hits } = this.session.output;
    const halted_ms = Math.round(haltedMs(state, now));
    // What kd says when it leaves is exact; of several kds, or of one that was killed, its file knows all.
    const measured = (state.kd.starts === 1 ? state.kd.haltedMs : undefined) ?? this.kd.measuredMs;
    const total = measured === undefined ? halted_ms + this.#hitHaltMs() : Math.max(measured, halted_ms);
    return {
      halted_ms,
      hit_halt_ms: total - halted_ms,
      halted_total_ms: total,
      halted_estimated: measured === undefined && hits.hits > 0,
    };
  }

  #hitHaltMs(): number {
    const { hits, hitHalts } = this.session.output;
    const { tracked, freed, unmatchedFrees } = hits.aggregator.addresses;
    const stops = this.transport ? linkMs(this.transport, STOP_BYTES) * (tracked + freed + unmatchedFrees) : 0;
    return Math.round(hitHalts.ms + stops);
  }

  /** Hits a minute, and the share of standstill. */
  #lastMinute(now: number, hits: number, halted: number): { rate: number; share: number } {
    this.#samples.push({ at: now, hits, halted });
    while ((this.#samples[0]?.at ?? now) < now - WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0] ?? { at: now, hits, halted };
    const ms = now - first.at;
    if (ms < 1000) return { rate: 0, share: 0 };
    const share = Math.min(1, Math.max(0, (halted - first.halted) / ms));
    return { rate: Math.round(((hits - first.hits) * 60_000) / ms), share: Math.round(share * 1000) / 1000 };
  }
}
