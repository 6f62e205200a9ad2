import pino from 'pino';
import { redactedJson } from '../debugger/redact.js';

// The program's own log, livedebug.log. It is not the log of the target (debug.log) and not the records (events.ndjson).

export interface Diagnostics {
  info(detail: object, message: string): void;
  /** Absent where the level does not ask for it: it is then not even made up. */
  readonly debug?: (detail: object, message: string) => void;
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
    { level: levelOf(process.env.LIVEDEBUG_LOG_LEVEL), redact: ['password', 'key', '*.password', '*.key'] },
    destination,
  );
  // What others have typed may hold a secret as well.
  const safe = (detail: object): object => JSON.parse(redactedJson(detail));
  return {
    info: (detail, message) => logger.info(safe(detail), message),
    ...(logger.isLevelEnabled('debug') && { debug: (detail, message) => logger.debug(safe(detail), message) }),
    flush: () => logger.flush(),
  };
}

// A word that is not a level must not end a session.
function levelOf(word = 'info'): string {
  return Object.hasOwn(pino.levels.values, word) ? word : 'info';
}
