import { EXIT } from '../fault.js';
import type { Left } from '../session/left.js';
import type { SessionRecord } from '../session/records.js';
import type { RunRecord } from '../session/run-record.js';
import { formatBytes, formatMs } from './quantities.js';

/** The last words of a session, for people. */
export function lastWords(result: SessionRecord, run: RunRecord): string {
  const exitCode = Number(result.exit_code);
  const top = result.top_driver as { name: string; hits: number } | undefined;
  const comparison = result.kd_log as { onlyInDebug?: number; onlyInKd?: number; error?: string } | undefined;
  return [
    exitCode === EXIT.maybeHalted
      ? undefined
      : `Target: ${targetWords(result.left)} (${String(result.reason).replace(/\.$/, '')}).`,
    `${result.hits} hits in ${formatMs(Number(result.elapsed_ms))}, ${formatBytes(Number(result.log_bytes))} of log; ${haltWords(result)}.`,
    top && `Most of them: ${top.name} (${top.hits}).`,
    comparison && comparisonWords(comparison),
    `Log: ${run.log}`,
    Number(result.hits) > 0 ? `Report: livedebug report "${run.log}"` : undefined,
    exitCode === EXIT.maybeHalted ? rescueSteps(String(result.reason), run) : undefined,
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}

/** Stops at hits are halts as well: they are measured, estimated, or said to be missing. */
function haltWords({ halted_ms, hit_halt_ms, halted_total_ms, hits }: SessionRecord): string {
  if (halted_total_ms !== undefined) return `halted for ${formatMs(Number(halted_total_ms))} in all`;
  const halted = `halted for ${formatMs(Number(halted_ms))}`;
  if (Number(hits) === 0) return `${halted} in all`;
  return Number(hit_halt_ms) > 0
    ? `${halted}, and for about ${formatMs(Number(hit_halt_ms))} at hits`
    : `${halted}, besides the hits`;
}

const LEFT: Readonly<Record<Left, string>> = {
  freed: 'running, without a breakpoint',
  'as-found': 'as it was found, with the breakpoint of the debugging server that was joined',
  untouched: 'connected, and not touched: nothing was sent to it',
  unanswered:
    'it answered no break-in, and nothing is set in it. Should it stand still all the same, "livedebug rescue" frees it',
  unreached: 'not reached, nothing was changed',
  unknown: 'not known',
};

/** How a target was left, for people; of what older sessions have recorded, nothing is known. */
export function targetWords(left: unknown): string {
  return LEFT[left as Left] ?? LEFT.unknown;
}

function comparisonWords(comparison: { onlyInDebug?: number; onlyInKd?: number; error?: string }): string {
  if (comparison.error) return `kd's own log could not be compared: ${comparison.error}.`;
  const { onlyInDebug = 0, onlyInKd = 0 } = comparison;
  if (onlyInDebug + onlyInKd === 0) return "kd's own log has the same lines.";
  return `kd's own log differs: ${onlyInDebug} lines are only in debug.log, ${onlyInKd} only in kd.log.`;
}

/** What frees a target that may stand still: law 1. */
export function rescueSteps(reason: string, run: RunRecord): string {
  return [
    '',
    '*** THE TARGET MAY STAND STILL, OR HAVE A BREAKPOINT IN IT. ***',
    `*** ${reason}`,
    '*** Free it now:',
    `***   1. livedebug rescue --pipe ${run.pipe}`,
    '***   2. or by hand, in a client of the debugging server that is still running:',
    `***        kd -remote npipe:server=${run.server},pipe=${run.pipe}`,
    '***        press Ctrl+C, then type:  bc *   g   and leave with Ctrl+B, Enter',
    '***   3. if kd is gone, start it again on the same port, press Ctrl+C, and type the same.',
  ].join('\n');
}
