/** Begins every marker line; kd repeats the whole word after `.echo`. */
export const MARKER_PREFIX = 'LIVEDEBUG-';

/**
 * A word that kd prints back when it reaches the `.echo` of it: the proof that everything typed before was carried out.
 * @param nonce tells our markers from those of another client of the same debugging server
 */
export function marker(nonce: string, sequence: number): string {
  return `${MARKER_PREFIX}${nonce}-${sequence}`;
}
