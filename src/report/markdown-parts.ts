import type { Section } from './section.js';
import { clean, number } from './wording.js';

/** Text that GitHub shows as it is: no markup, no HTML, no link, no mention, no end of a table's cell. */
export function markdownText(text: string): string {
  return clean(text)
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
    .replace(/[\\`*_{}[\]()+\-!|~$^=]/g, '\\$&')
    .replace(/(^|\s)#(?=\S)/g, '$1\\#')
    .replace(/@/g, '&#64;')
    .replace(/(\w)(?=:\/\/)/g, '$1&#8203;')
    .replace(/\bwww\./gi, (www) => `${www.slice(0, 3)}&#8203;.`);
}

/** A section as a GitHub table under its heading; nothing if it has no rows. Bars are for those who cannot read numbers. */
export function markdownTable({ title, columns, rows, hidden }: Section): string[] {
  if (rows.length === 0) return [];
  const kept = [...columns.keys()].filter((at) => columns[at]?.kind !== 'bar');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [
    line(kept.map((at) => columns[at]?.title || '&nbsp;')),
    line(kept.map((at) => (columns[at]?.kind === 'number' ? '---:' : ':---'))),
    ...rows.map((row) => line(kept.map((at) => markdownText(row[at]?.text ?? '')))),
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
