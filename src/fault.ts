/** Exit codes of the program; every one is documented in docs/exit-codes.md. */
export const EXIT = {
  done: 0,
  fault: 1,
  usage: 2,
  missing: 3,
  neverConnected: 4,
  noBreakIn: 5,
  busy: 6,
  notResolved: 7,
  nothingFound: 8,
  maybeHalted: 20,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * An error meant for people: what happened, and what to do about it.
 * Rooms make them through small factories, so that each text stands in one place.
 */
export class Fault extends Error {
  override readonly name = 'Fault';
  /** @param code a stable name for machines, e.g. `kd-not-found` */
  constructor(
    readonly code: string,
    readonly exitCode: ExitCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The system's error code (`ENOENT`, `EACCES`, ...) of anything thrown, or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** One line that says what was thrown, for messages. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
