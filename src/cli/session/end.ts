import type { ServerName } from '../../debugger/server-name.js';
import { EXIT } from '../../fault.js';
import { cleanLines } from '../../platform/clean-text.js';
import { clearTagLines } from '../../session/core/hit-tag.js';
import type { Left } from '../../session/core/left.js';
import type { SessionRecord } from '../../session/records.js';
import type { RunRecord } from '../../session/run-record.js';
import { formatBytes, formatMs } from '../units.js';

/** The last words of a session, for people. */
export function lastWords(result: SessionRecord, run: RunRecord): string {
  const exitCode = Number(result.exit_code);
  const top = result.top_driver as { name: string; hits: number } | undefined;
  const comparison = result.kd_log as { onlyInDebug?: number; onlyInKd?: number; error?: string } | undefined;
  const words = [
    exitCode === EXIT.maybeHalted
      ? undefined
      : `Target: ${targetWords(result.left)} (${String(result.reason).replace(/\.$/, '')}).`,
    `${result.hits} hits in ${formatMs(Number(result.elapsed_ms))}, ${formatBytes(Number(result.log_bytes))} of log; ${haltWords(result)}.`,
    top && `Most of them: ${top.name} (${top.hits}).`,
    comparison && comparisonWords(comparison),
    result.log_lacks === undefined
      ? undefined
      : `The log lacks ${formatBytes(Number(result.log_lacks))} that kd printed after it could not be written any more; kd's own log may have them.`,
    `Log: ${run.log}${olderPieces(run)}`,
    Number(result.hits) > 0 ? `Report: livedebug report "${run.directory}"` : undefined,
    exitCode === EXIT.maybeHalted ? rescueSteps(String(result.reason), run) : undefined,
  ];
  return cleanLines(words.filter((line) => line !== undefined).join('\n'));
}

function olderPieces({ logs = [] }: RunRecord): string {
  if (logs.length < 2) return '';
  return logs.length === 2
    ? `, and before it ${logs[0]}`
    : `, and ${logs.length - 1} pieces before it, from ${logs[0]} on`;
}

/** Stops at hits are halts as well: they are measured, estimated, or said to be missing. */
function haltWords({ halted_ms, hit_halt_ms, halted_total_ms, halted_estimated }: SessionRecord): string {
  const total = formatMs(Number(halted_total_ms));
  if (halted_estimated !== true) return `halted for ${total} in all`;
  return Number(hit_halt_ms) > 0
    ? `halted for about ${total} in all, ${formatMs(Number(halted_ms))} of it besides the hits`
    : `halted for ${total}, besides the hits`;
}

const LEFT: Readonly<Record<Left, string>> = {
  freed: 'running, without a breakpoint',
  'as-found': 'as it was found, with the breakpoint of the debugging server that was joined',
  untouched: 'connected, and not touched: nothing was sent to it',
  unanswered:
    'it did not respond to a break-in, and nothing is set in it. Should it be halted all the same, "livedebug rescue" frees it',
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

function lastSeen({ disposition, last_heard_ms }: RunRecord): string | undefined {
  if (last_heard_ms === undefined) return undefined;
  const how = { running: 'it ran', halted: 'it was halted', unknown: 'whether it ran was not known' }[disposition];
  return `*** Last heard of it ${formatMs(last_heard_ms)} before the end; ${how}.`;
}

function freeSteps(run: RunRecord): string[] {
  const typed = run.tag_in ? `${clearTagLines(0).join('   ')}   bc *   g` : 'bc *   g';
  const byHand = `***        press Ctrl+C, then type:  ${typed}   and leave with Ctrl+B, Enter`;
  const fresh =
    run.kd_alive === false
      ? `***   2. or by hand: start kd again on the same port, press Ctrl+C, then type:  ${typed}   and leave with Ctrl+B, Enter`
      : '***   3. if kd is gone, start it again on the same port, press Ctrl+C, and type the same.';
  const joined = [
    `***   2. or by hand, in a client of the debugging server that is still running${run.kd.pid === undefined ? '' : ` (process ${run.kd.pid})`}:`,
    `***        kd -remote npipe:server=${run.server},pipe=${run.pipe}`,
    byHand,
  ];
  return [
    '*** Free it now:',
    `***   1. livedebug rescue --pipe ${run.pipe}`,
    ...(run.kd_alive === false ? [] : joined),
    fresh,
  ];
}

// Nobody but a person decides that a crash has been looked at.
function crashSteps(host: string, pipe: string, crashed: string): string[] {
  return [
    `*** It has crashed (bug check 0x${crashed}), and is held so that somebody can look at it:`,
    `***   1. look:  kd -remote npipe:server=${host},pipe=${pipe}   and type:  !analyze -v`,
    '***   2. let it write its dump and restart: type  g  there, or',
    `***        livedebug rescue --pipe ${pipe} --finish-crash`,
  ];
}

/** What a rescue says that has not seen its target run. */
export function rescueFailed(why: string, { host, pipe }: ServerName, crashed: string | undefined): string {
  const steps =
    crashed === undefined
      ? [
          '*** Look at the cable, the port and the power of the target (livedebug doctor), then once more:',
          `***   livedebug rescue --pipe ${pipe} --port PORT --baud RATE`,
          '*** A restart of the target clears all that was set in it as well.',
        ]
      : crashSteps(host, pipe, crashed);
  const head = [
    '',
    '*** THE TARGET MAY STAND STILL, OR HAVE A BREAKPOINT IN IT. ***',
    `*** It was not seen to run: ${why}`,
  ];
  return cleanLines([...head, ...steps].join('\n'));
}

/** What frees a target that may stand still: law 1. */
export function rescueSteps(reason: string, run: RunRecord): string {
  return [
    '',
    '*** THE TARGET MAY STAND STILL, OR HAVE A BREAKPOINT IN IT. ***',
    `*** ${reason}`,
    lastSeen(run),
    ...(run.crashed === undefined ? freeSteps(run) : crashSteps(run.server, run.pipe, run.crashed)),
  ]
    .filter((line) => line !== undefined)
    .join('\n');
}
