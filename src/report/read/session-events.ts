import { readFileSync } from 'node:fs';
import path from 'node:path';

/** A place in a log and the time at which it was written, in milliseconds since 1970. */
export interface TimedPlace {
  readonly offset: number;
  readonly at: number;
}

/**
 * What the session that wrote a log says of the time: the records `progress` of the events.ndjson beside a debug.log.
 * @param bytes of the log
 * @returns nothing if there are no events, or if they are of a log that was rotated and so lacks its beginning
 */
export function sessionTimes(log: string, bytes: number): TimedPlace[] {
  if (path.basename(log) !== 'debug.log') return [];
  const places = readEvents(path.join(path.dirname(log), 'events.ndjson')).flatMap(({ event, at, log_bytes }) => {
    const time = typeof at === 'string' ? Date.parse(at) : Number.NaN;
    return event === 'progress' && typeof log_bytes === 'number' && !Number.isNaN(time)
      ? [{ offset: log_bytes, at: time }]
      : [];
  });
  return places.every(({ offset }) => offset <= bytes) ? places : [];
}

function readEvents(file: string): Record<string, unknown>[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Without them the report has the times that kd itself printed.
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const record: unknown = JSON.parse(line);
      return typeof record === 'object' && record !== null ? [record as Record<string, unknown>] : [];
    } catch {
      // The last line of a session that was killed.
      return [];
    }
  });
}
