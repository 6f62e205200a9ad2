import { clean } from '../../platform/clean-text.js';
import { number } from '../format.js';
import type { Cell, Column, Section } from '../sections/section.js';

/**
 * Text that GitHub shows as it is: as character references, no character of it is markup, a link or the end of a cell. Quotes are none,
 * and stay: people read the text itself, too.
 */
export function markdownText(text: string): string {
  return clean(text).replace(/[&<>\\`*_[\]|~$]|:(?=\/\/)|(?<=\bwww)\.|[#@](?=\S)/gi, (character) =>
    character === '#' || character === '@' ? `${character}&#8203;` : reference(character),
  );
}

/** A name of the log: as code it is linked to nothing; one that could end the code is written as text. */
function markdownName(text: string): string {
  const name = clean(text).trim();
  return name === '' || /[`|\\]/.test(name) ? markdownText(name) : `\`${name}\``;
}

/** A section as a GitHub table under its heading; nothing if it has no rows. Bars are for those who cannot read numbers. */
export function markdownTable({ title, columns, rows, hidden }: Section): string[] {
  if (rows.length === 0) return [];
  const kept = [...columns.keys()].filter((at) => columns[at]?.kind !== 'bar');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [
    line(kept.map((at) => columns[at]?.title || '&nbsp;')),
    line(kept.map((at) => (columns[at]?.kind === 'number' ? '---:' : ':---'))),
    ...rows.map((row) => line(kept.map((at) => field(row[at], columns[at])))),
  ];
  const rest = hidden > 0 ? [`… and ${number(hidden)} more`] : [];
  return [`## ${markdownText(title)}`, table.join('\n'), ...rest];
}

/** Lines as they are, in a fence longer than any run of backquotes in them. */
export function codeBlock(lines: readonly string[]): string {
  const shown = lines.map(clean);
  const longest = Math.max(0, ...shown.flatMap((line) => [...line.matchAll(/`+/g)].map(([run]) => run.length)));
  const fence = '`'.repeat(Math.max(3, longest + 1));
  return [`${fence}text`, ...shown, fence].join('\n');
}

function field(cell: Cell | undefined, column: Column | undefined): string {
  const text = cell?.text ?? '';
  return column?.kind === 'name' ? markdownName(text) : markdownText(text);
}

function reference(character: string): string {
  return `&#${character.charCodeAt(0)};`;
}
