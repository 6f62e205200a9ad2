import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isAlive } from '../platform/processes.js';
import { sessionsDirectory } from './home.js';
import { forgetRun } from './run-directory.js';
import { loadRunRecord, type RunRecord } from './run-record.js';

// The sessions of this host that are not over, found by their records. It asks none of them; status.ts is about one's own.

/** A session of this host: alive, or an orphaned one, whose target may need a rescue. */
export interface KnownSession {
  readonly record: RunRecord;
  /** `live` its controller runs; `orphaned` its controller is gone before its time; `unreleased` it ended without freeing the target. */
  readonly standing: 'live' | 'orphaned' | 'unreleased';
}

/** The sessions of this host that are not over. Entries of sessions that ended well are cleared away. */
export function knownSessions(): KnownSession[] {
  const directory = sessionsDirectory();
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const record = recordOf(path.join(directory, name));
      const standing = record && standingOf(record);
      if (!record || !standing) {
        if (record) forgetRun(record.run);
        return [];
      }
      return [{ record, standing }];
    });
}

/** The live session that has this pipe. */
export function liveSession(pipe: string): KnownSession | undefined {
  return knownSessions().find(({ record, standing }) => standing === 'live' && record.pipe === pipe);
}

function standingOf(record: RunRecord): KnownSession['standing'] | undefined {
  if (record.ended !== undefined) return record.exit_code === 20 ? 'unreleased' : undefined;
  return isAlive(record.pid, record.pid_start) ? 'live' : 'orphaned';
}

function recordOf(pointer: string): RunRecord | undefined {
  try {
    const { directory } = JSON.parse(readFileSync(pointer, 'utf8')) as { directory: string };
    return loadRunRecord(path.join(directory, 'run.json'));
  } catch {
    return undefined;
  }
}
