import { parseStackHeader, type StackDialect } from '../../kd-text/frames/frames.js';
import { undress } from '../../kd-text/frames/line-dress.js';
import type { LogLine } from './line-kinds.js';
import type { UnreadLines } from './unread.js';

/** A header that a mailer has wrapped: its first half, until the next line shows the second. */
export class WrappedHeader {
  #text = '';
  #line = -1;

  constructor(private readonly unread: UnreadLines) {}

  /** A header that has lost a part, which was counted as unread at this line. */
  begin(text: string, line: number): void {
    this.#text = text.trimEnd();
    this.#line = line;
  }

  /** @returns the form of that header, if the line is the rest of it */
  header(text: string, kind: LogLine['kind'], line: number): StackDialect | undefined {
    if (this.#line < 0 || line - this.#line > 1) return undefined;
    const again = kind === 'header' || kind === 'lost-header' || kind === 'text';
    const dialect = again ? parseStackHeader(`${this.#text} ${undress(text).trim()}`) : undefined;
    if (line > this.#line || dialect) this.#line = -1;
    if (dialect) this.unread.withdraw();
    return dialect;
  }
}
