import { clean } from '../../platform/clean-text.js';

/** A piece of the page, for the file and for the browser: only these two ways lead into the page, and both know text from markup. */
export interface PageElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Child[];
}

export type Child = PageElement | string;

export function h(tag: string, attributes: Readonly<Record<string, string>> = {}, ...children: Child[]): PageElement {
  return { tag, attributes, children };
}

const VOID = new Set(['meta', 'link', 'input', 'br', 'hr']);

/** An element as HTML: whatever comes from a log is text in it, without control characters and direction marks. */
export function htmlOf(child: Child): string {
  if (typeof child === 'string') return escaped(child);
  const { tag, attributes, children } = child;
  const open = `<${tag}${Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escaped(value)}"`)
    .join('')}>`;
  return VOID.has(tag) ? open : `${open}${children.map(htmlOf).join('')}</${tag}>`;
}

function escaped(text: string): string {
  return cleanEachLine(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Text of several lines, each of them cleaned. */
export function cleanEachLine(text: string): string {
  return text.split(/\r?\n/).map(clean).join('\n');
}

/** JSON that nothing in it can end the block of, whatever reads it. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
