import { INITIAL, type SessionState } from '../../src/session/core/state.js';

/** What differs from the beginning. */
export type Given = {
  readonly [Key in keyof SessionState]?: SessionState[Key] extends string
    ? SessionState[Key]
    : Partial<SessionState[Key]>;
};

/** A session that stands so, and is as it began in all else. */
export function stateOf({ kd, target, ours, breaks, query, hits, bursts, ...others }: Given): SessionState {
  return {
    ...INITIAL,
    ...others,
    kd: { ...INITIAL.kd, ...kd },
    target: { ...INITIAL.target, ...target },
    ours: { ...INITIAL.ours, ...ours },
    breaks: { ...INITIAL.breaks, ...breaks },
    query: { ...INITIAL.query, ...query },
    hits: { ...INITIAL.hits, ...hits },
    bursts: { ...INITIAL.bursts, ...bursts },
  } as SessionState;
}
