import type { TargetBooks } from '../../src/simulator/stub/statistics/target-statistics.js';
import type { Books } from './harness.js';

/** Between a process's clock and the rounding of the target's, ms. */
const SLACK_MS = 10;

/** The kds that a test has killed: what the target's books complain about between that and whoever breaks in next is the kill's. */
export class KillRecord {
  readonly #kills: { readonly at: number; readonly byScenario: boolean }[] = [];

  /** To be called just before. @param byScenario it belongs to the trouble, as in the simulated kd's `kd-crash` */
  add(byScenario: boolean): void {
    this.#kills.push({ at: Date.now(), byScenario });
  }

  /** The violations as the simulated kd's books have them: `killed or …` for those of a kill, and nothing for a scenario's own. */
  judged({ violations, halts, opened_at }: TargetBooks): Books['violations'] {
    const excuses = this.#kills.map(({ at, byScenario }) => {
      const from = at - Date.parse(opened_at) - SLACK_MS;
      const until = halts.find(({ reason, at_ms }) => reason === 'break' && at_ms > from)?.at_ms ?? Infinity;
      // The books say each thing once per absence.
      return { from, until, byScenario, kinds: new Set<string>() };
    });
    return violations.flatMap((each): Books['violations'] => {
      const excuse = excuses.find(
        ({ from, until, kinds }) => each.at_ms >= from && each.at_ms < until && !kinds.has(each.kind),
      );
      if (!excuse) return [each];
      excuse.kinds.add(each.kind);
      return excuse.byScenario ? [] : [{ ...each, kind: `killed or ${each.kind}` }];
    });
  }
}
