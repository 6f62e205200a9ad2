import type { SessionState } from './state.js';

// A copy of the state that a step may change. It is no part of a file on disk.

export type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** A state that may be changed, two floors deep: what lies below is replaced, never changed. */
export type Draft = {
  -readonly [Key in keyof SessionState]: SessionState[Key] extends string
    ? SessionState[Key]
    : Writable<SessionState[Key]>;
};

/** @returns a copy of a state, to change */
export function draft(state: SessionState): Draft {
  return {
    ...state,
    ...(state.breakIn && { breakIn: { ...state.breakIn } }),
    kd: { ...state.kd },
    target: { ...state.target },
    ours: { ...state.ours },
    breaks: { ...state.breaks },
    query: { ...state.query },
    hits: { ...state.hits },
    bursts: { ...state.bursts },
  };
}
