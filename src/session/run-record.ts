import { readFileSync } from 'node:fs';
import os from 'node:os';
import { z } from 'zod';
import type { Launch } from '../debugger/command-line.js';
import type { KdProgram } from '../debugger/find-kd.js';
import { redact, redactAll } from '../debugger/redact.js';
import type { ServerName } from '../debugger/server-name.js';
import { describeTransport, type Transport } from '../debugger/transport.js';
import { processStart } from '../platform/processes.js';
import { replaceFile } from '../platform/replace-file.js';
import type { Left } from './core/left.js';
import type { Catching, Plan } from './core/plan.js';
import type { Disposition, Phase } from './core/state.js';
import type { RunDirectory } from './run-directory.js';

// run.json: what a session was, and how it left the target. It is a copy for other processes; the session itself never reads it.

/** run.json: what a session was, and how it left the target. Holds no password and no key. */
export interface RunRecord {
  readonly v: 1;
  readonly run: string;
  readonly directory: string;
  readonly host: string;
  readonly platform: string;
  readonly node: string;
  readonly pid: number;
  /** When that process was started, in the system's form: another one may have its id one day. */
  readonly pid_start?: string;
  readonly started: string;
  ended?: string;
  readonly tag: string;
  readonly pipe: string;
  readonly server: string;
  readonly transport?: string;
  /** `-k` as given to kd, for a rescue by a fresh kd. A KDNET key is not in it. */
  readonly kd: {
    command: string;
    args: string[];
    env: Record<string, string>;
    found_by: string;
    pid?: number;
    pid_start?: string;
  };
  readonly plan: Plan;
  readonly log: string;
  /** All pieces of a log that was rotated, oldest first. */
  logs?: readonly string[];
  readonly kd_log?: string;
  phase: Phase;
  disposition: Disposition;
  armed: boolean;
  /** How hits were caught last: decided by what the target has. */
  catching?: Catching;
  /** The tag may be in PoolHitTag. */
  tag_in?: boolean;
  hits: number;
  halted_ms: number;
  /** Code of the bug check that the target was last seen at. */
  crashed?: string;
  /** Whether kd was still there when the session ended. */
  kd_alive?: boolean;
  /** Milliseconds from kd's last word of the target to the end; absent where it has said none. */
  last_heard_ms?: number;
  exit_code?: number;
  reason?: string;
  left?: Left;
  /** When a rescue has seen its target run free, ISO 8601. */
  freed?: string;
}

export function newRunRecord(
  place: RunDirectory,
  plan: Plan,
  program: KdProgram,
  server: ServerName,
  launch: Launch,
  transport: Transport | undefined,
): RunRecord {
  return {
    v: 1,
    run: place.run,
    directory: place.directory,
    host: os.hostname(),
    platform: `${process.platform} ${os.release()} ${process.arch}`,
    node: process.version,
    pid: process.pid,
    ...started(process.pid),
    started: new Date().toISOString(),
    tag: plan.tag.text,
    pipe: server.pipe,
    server: server.host,
    ...(transport && { transport: describeTransport(transport) }),
    kd: {
      command: launch.command,
      args: redactAll(launch.args),
      env: Object.fromEntries(Object.entries(launch.env).map(([name, value]) => [name, redact(value)])),
      found_by: program.foundBy,
    },
    plan,
    log: place.log,
    ...(launch.env._NT_DEBUG_LOG_FILE_OPEN && { kd_log: place.kdLog }),
    phase: 'idle',
    disposition: 'unknown',
    armed: false,
    hits: 0,
    halted_ms: 0,
  };
}

function started(pid: number): { pid_start?: string } {
  const start = processStart(pid);
  return start === undefined ? {} : { pid_start: start };
}

/** Enters the process of the session's kd. */
export function enterKd(record: RunRecord, pid: number): void {
  if (record.kd.pid === pid) return;
  record.kd.pid = pid;
  delete record.kd.pid_start;
  Object.assign(record.kd, started(pid));
}

export function saveRunRecord(file: string, record: RunRecord): void {
  try {
    replaceFile(file, `${JSON.stringify(record, undefined, 2)}\n`);
  } catch {
    // As with events.ndjson: a full disk is told by the log, and must not keep the target from its release.
  }
}

/** What those who come after a session cannot do without. */
const essential = z.object({
  v: z.literal(1),
  run: z.string(),
  directory: z.string(),
  tag: z.string(),
  pipe: z.string(),
  server: z.string(),
  log: z.string(),
  pid: z.number(),
  kd: z.object({ command: z.string(), args: z.array(z.string()) }),
  plan: z.object({}),
});

/** @returns undefined when there is no readable record */
export function loadRunRecord(file: string): RunRecord | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return essential.safeParse(record).success ? (record as RunRecord) : undefined;
  } catch {
    return undefined;
  }
}
