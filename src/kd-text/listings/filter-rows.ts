import { type FilterMode, MODES } from '../event-kinds.js';

/** What `sx` shows of one kind of event. */
export interface ShownFilter {
  readonly mode: FilterMode;
  /** Without the quotes around it. */
  readonly command?: string;
}

const ROW = /^ *(\w+|\*) - .* - ([\w -]+?)(?: - (?:not )?handled)?$/;
const COMMAND = /^ {7}Command: "(.*)"$/;
const MODE_OF = new Map(Object.entries(MODES).map(([letter, words]) => [words, letter as FilterMode]));

/** The filter of one name in what `sx` has printed; undefined where there is none. */
export function parseFilterRows(lines: readonly string[], name: string): ShownFilter | undefined {
  for (const [index, line] of lines.entries()) {
    const [, shown, words = ''] = ROW.exec(line.trimEnd()) ?? [];
    const mode = MODE_OF.get(words);
    if (shown !== name || mode === undefined) continue;
    const command = COMMAND.exec(lines[index + 1]?.trimEnd() ?? '')?.[1];
    return { mode, ...(command !== undefined && { command }) };
  }
  return undefined;
}
