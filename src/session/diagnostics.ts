import pino from 'pino';
import { redactedJson } from '../debugger/redact.js';

// The program's own log, livedebug.log. It is not the log of the target (debug.log) and not the records (events.ndjson).

export interface Diagnostics {
  info(detail: object, message: string): void;
  flush(): void;
}

/**
 * The program's own log, for the day something is wrong with the program. LIVEDEBUG_LOG_LEVEL chooses how much.
 * Its key names are those that may carry secrets; they are taken out before anything is written.
 */
export function openDiagnostics(file: string): Diagnostics {
  const destination = pino.destination({ dest: file, sync: true, mkdir: true, mode: 0o600 });
  // A full disk must not end a session that still has a target to release.
  destination.on('error', () => {});
  const logger = pino(
    { level: process.env.LIVEDEBUG_LOG_LEVEL ?? 'info', redact: ['password', 'key', '*.password', '*.key'] },
    destination,
  );
  return {
    // What others have typed may hold one as well.
    info: (detail, message) => logger.info(JSON.parse(redactedJson(detail)), message),
    flush: () => logger.flush(),
  };
}
