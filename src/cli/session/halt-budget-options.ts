import { linkMs, type Transport } from '../../debugger/transport.js';
import { type HaltBudget, type HaltCosts, planBursts } from '../../session/core/halt-budget.js';
import type { Plan } from '../../session/core/plan.js';
import { formatMs } from '../units.js';
import { usage } from '../usage.js';
import { readShare } from './values.js';

/** The options of a session whose target has to go on serving. */
export interface HaltFlags {
  readonly haltBudget?: string | number;
  readonly burst?: string | number;
}

/** Bytes both ways of a hit with its stack, of one that is let go, and to arm once more. Source: the bench; its engine of 2026. */
const BYTES = {
  builtIn: { hit: 3000, known: 1300, pass: 700, arm: 3400 },
  // Without symbols on x86 a stack takes as much; on x64 half.
  microsoft: { hit: 62_000, known: 62_000, pass: 5500, arm: 6000 },
} as const;
/** What a hit takes at least, ms, however fast the line. Source: the engine tier; the built-in kd on a pipe. */
const LEAST_MS = { builtIn: 30, microsoft: 700 } as const;

/**
 * The bursts that a budget leaves; undefined without one.
 * @param lineMs gives the time that bytes take on the line
 * @throws Fault `usage`, `halt-budget`
 */
export function burstsOf(
  { haltBudget, burst }: HaltFlags,
  kd: {
    readonly ours: boolean;
    readonly knownStacks: boolean;
    readonly goesOn: boolean;
    readonly lineMs: (bytes: number) => number;
    readonly haltLimitMs: number;
  },
): HaltBudget | undefined {
  if (haltBudget === undefined) {
    if (burst === undefined) return undefined;
    throw usage('--burst is a part of --halt-budget.', 'Add --halt-budget 10%, or leave it out.');
  }
  if (!kd.goesOn)
    throw usage(
      '--halt-budget needs commands at a hit that go on by themselves.',
      'Let the string of --then end in g, or leave --halt-budget out.',
    );
  const [bytes, least] = kd.ours ? [BYTES.builtIn, LEAST_MS.builtIn] : [BYTES.microsoft, LEAST_MS.microsoft];
  const ms = (of: number): number => Math.max(least, kd.lineMs(of));
  const costs: HaltCosts = {
    armMs: ms(bytes.arm),
    hitMs: ms(kd.knownStacks ? bytes.known : bytes.hit),
    passMs: ms(bytes.pass),
  };
  return planBursts(readShare(String(haltBudget)), costs, {
    haltLimitMs: kd.haltLimitMs,
    hits: burst === undefined ? undefined : Number(burst),
    seed: Date.now() % 2 ** 31,
  });
}

/** What the operator has ordered with a budget, before anything begins; undefined without one. */
export function announcedBursts({ bursts }: Pick<Plan, 'bursts'>, transport: Transport): string | undefined {
  if (!bursts) return undefined;
  const { share, hits, pass, burstMs } = bursts;
  const behind = pass[1] > 0 ? ` behind ${pass[0]} to ${pass[1]} that are let go without a stack` : '';
  const percent = Number((share * 100).toFixed(1));
  // How fast other lines are is not known before they have been used.
  const long =
    linkMs(transport, 1) > 0
      ? `, each halting the target for up to ${formatMs(burstMs)} with this kd on this line where hits come at once`
      : '';
  return `Halt budget ${percent} %: bursts of ${hits} ${hits === 1 ? 'hit' : 'hits'}${behind}${long}; after each the target runs, with nothing set, at least ${Number(((1 - share) / share).toFixed(1))} times as long. Every burst begins with a break-in: the budget is your standing order for them.`;
}
