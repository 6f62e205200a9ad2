import type { Transition } from '../transition.js';

// Says that hits have ceased. It never acts on that.

/** So many hits make a rhythm. */
const STEADY_HITS = 5;
/** No silence is told of before this, nor before so many times the usual distance between two hits. */
const LEAST_QUIET_MS = 30_000;
const TIMES = 20;
/** The watch is set anew no more often than this: hits may come by the thousand. */
const RESET_MS = 1000;

/**
 * Microsoft's kd can leave a target standing without a word. A person can look; nothing here breaks in by itself, so it is only told
 * that hits which came steadily have ceased. Source: its engine of 2026 on a slow link, 84 s.
 */
export function watchQuiet(transition: Transition): void {
  const { event, state } = transition;
  const apart = usualMs(transition);
  state.hits.quiets = 0;
  if (apart === undefined || event.at - (state.hits.quietSetAt ?? Number.NEGATIVE_INFINITY) < RESET_MS) return;
  state.hits.quietSetAt = event.at;
  transition.timer('quiet', Math.max(LEAST_QUIET_MS, TIMES * apart));
}

/** Hits have ceased: it is said once, and then each time that the silence has doubled. */
export function tellQuiet(transition: Transition): void {
  const { event, state, plan } = transition;
  const apart = usualMs(transition);
  if (state.phase !== 'collecting' || apart === undefined || state.hits.lastAt === undefined) return;
  const ms = event.at - state.hits.lastAt;
  transition.tell('quiet', {
    ms,
    usual_ms: Math.round(apart),
    ...(plan.maxHits !== undefined && { max_hits: plan.maxHits }),
  });
  state.hits.quiets++;
  transition.timer('quiet', ms);
}

/** Milliseconds between two hits since the target was armed; undefined as long as there is no rhythm. */
function usualMs({ state }: Transition): number | undefined {
  const hits = state.hits.total - state.hits.beforeArming;
  if (hits < STEADY_HITS || state.ours.armedAt === undefined || state.hits.lastAt === undefined) return undefined;
  return (state.hits.lastAt - state.ours.armedAt) / hits;
}
