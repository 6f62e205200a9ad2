import type { KdProgram } from '../debugger/find-kd.js';
import { linkMs, type Transport } from '../debugger/transport.js';
import type { Controller } from './controller.js';
import type { Disposition, Phase } from './state.js';

/** A session at one moment, for the status line, viewers and `livedebug status`. Times are milliseconds. */
export interface SessionStatus {
  readonly phase: Phase;
  readonly target: Disposition;
  readonly armed: boolean;
  readonly symbol?: string;
  readonly hits: number;
  readonly hits_per_minute: number;
  readonly log_bytes: number;
  /** Halts for arming, releasing and unexpected stops, measured. */
  readonly halted_ms: number;
  /** Halts for the hits themselves, and for returns and frees, estimated from what one costs on a serial link; 0 on other links. */
  readonly hit_halt_ms: number;
  /** All halts, as kd has measured them; only once a kd of ours has left. */
  readonly halted_total_ms?: number;
  readonly top_driver?: { readonly name: string; readonly hits: number };
  readonly top_caller?: { readonly name: string; readonly hits: number };
  readonly elapsed_ms: number;
  readonly phase_ms: number;
}

/**
 * Bytes on the wire that kd moves for a hit with `kb`, and for a stop without a stack. Source: for Microsoft's the protocol's cost
 * table, x86 (GetContext, stack, step); for the built-in one the bench `session`, x64.
 */
const BYTES = { program: 5000, 'built-in': 730 } as const;
const BUILT_IN_HIT_BYTES = 2050;
const RATE_WINDOW_MS = 60_000;

/** Watches a session and tells how it stands. */
export class StatusKeeper {
  #phaseSince = 0;
  #phase: Phase = 'idle';
  readonly #samples: { at: number; hits: number }[] = [];

  constructor(
    private readonly session: Controller,
    private readonly logBytes: () => number,
    private readonly transport: Transport | undefined,
    private readonly kd: KdProgram['kind'] = 'program',
  ) {
    session.onState((state) => {
      if (state.phase === this.#phase) return;
      this.#phase = state.phase;
      this.#phaseSince = session.now();
    });
  }

  status(): SessionStatus {
    const { state, hits } = this.session;
    const now = this.session.now();
    const running = state.haltedSince === undefined ? 0 : now - state.haltedSince;
    const driver = hits.topDriver();
    const caller = hits.topCaller();
    return {
      phase: state.phase,
      target: state.target,
      armed: state.armed,
      ...(state.symbol && { symbol: state.symbol }),
      hits: hits.hits,
      hits_per_minute: this.#rate(now, hits.hits),
      log_bytes: this.logBytes(),
      halted_ms: Math.round(state.haltedMs + running),
      hit_halt_ms: this.#hitHaltMs(),
      // One that ended before it could say so has taken its share with it.
      ...(state.kdHaltedMs !== undefined && state.starts === 1 && { halted_total_ms: state.kdHaltedMs }),
      ...(driver && { top_driver: driver }),
      ...(caller && { top_caller: caller }),
      elapsed_ms: Math.round(now),
      phase_ms: Math.round(now - this.#phaseSince),
    };
  }

  #hitHaltMs(): number {
    const { hits, hitHalts } = this.session;
    const bytes = BYTES[this.kd === 'built-in' ? 'built-in' : 'program'];
    const lineMs = (count: number): number => (this.transport ? linkMs(this.transport, count) : 0);
    const { tracked, freed, unmatchedFrees } = hits.ledger.addresses;
    const atHits = this.kd === 'built-in' ? lineMs(BUILT_IN_HIT_BYTES) * hits.hits : hitHalts.ms;
    return Math.round(atHits + lineMs(bytes) * (tracked + freed + unmatchedFrees));
  }

  #rate(now: number, hits: number): number {
    this.#samples.push({ at: now, hits });
    while ((this.#samples[0]?.at ?? now) < now - RATE_WINDOW_MS) this.#samples.shift();
    const first = this.#samples[0];
    if (!first || now - first.at < 1000) return 0;
    return Math.round(((hits - first.hits) * 60_000) / (now - first.at));
  }
}
