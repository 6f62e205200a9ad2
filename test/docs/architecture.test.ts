import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allPages, decisions, ROOT, readPage, tokensOf } from './pages.js';

interface Rule {
  readonly name: string;
  readonly to: { readonly pathNot?: unknown };
}

const { default: config } = (await import(pathToFileURL(path.join(ROOT, '.dependency-cruiser.mjs')).href)) as {
  default: { readonly forbidden: readonly Rule[] };
};
const page = readPage('docs/architecture.md');

/** Of each room with a rule, what it may import besides itself, platform/ and src/fault.ts. */
function allowed(): Map<string, Set<string>> {
  const arrows = config.forbidden.filter(({ name }) => name.startsWith('arrows-of-'));
  return new Map(
    arrows.map(({ name, to }) => {
      const room = name.slice('arrows-of-'.length);
      const [, rooms = ''] = /\(\?:([\w|-]+)\)\/\)$/.exec(String(to.pathNot)) ?? [];
      return [room, new Set(rooms.split('|').filter((each) => each !== room && each !== 'platform'))];
    }),
  );
}

/** Of each room in the drawing, where its arrows lead. */
function drawn(): Map<string, Set<string>> {
  const arrows = new Map<string, Set<string>>();
  for (const { lang, text } of tokensOf(page, 'code')) {
    if (lang !== 'mermaid') continue;
    for (const [, from = '', to = ''] of (text as string).matchAll(/^ *([\w-]+) --> ([\w-]+)$/gm))
      arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
  }
  return arrows;
}

const sorted = (of: Iterable<string> | undefined): string[] => [...(of ?? [])].sort();

describe('docs/architecture.md', () => {
  const rooms = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

  it('has a row for every room, and no other', () => {
    const table = page.tokens.find((token) => token.type === 'table' && token.header[0].text === 'room');
    const named = (table as { rows: { text: string }[][] } | undefined)?.rows.map(([cell]) => cell?.text ?? '');
    expect(named?.map((cell) => /`([\w-]+)\/`/.exec(cell)?.[1]).sort()).toEqual(sorted(rooms));
  });

  it('draws the arrows of .dependency-cruiser.mjs', () => {
    const arrows = drawn();
    expect(sorted(allowed().keys())).toEqual(sorted(rooms.filter((room) => room !== 'cli')));
    for (const [room, may] of allowed()) expect(sorted(arrows.get(room)), room).toEqual(sorted(may));
    // cli has no rule: it may import everything.
    expect(rooms).toEqual(expect.arrayContaining(sorted(arrows.get('cli'))));
  });

  it('names every other rule', () => {
    const others = config.forbidden.map(({ name }) => name).filter((name) => !name.startsWith('arrows-of-'));
    const named = new Set(tokensOf(page, 'codespan').map(({ text }) => text as string));
    expect(others.filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('files that the pages name', () => {
  it.each([...allPages(), ...decisions()])('are there: $name', (page) => {
    const named = tokensOf(page, 'codespan')
      .map(({ text }) => text as string)
      .filter((text) => /^(?:src|test|scripts|fixtures)\/[\w./-]+$/.test(text));
    // What a newcomer is told to write is not there yet.
    const missing = named.filter((file) => !existsSync(path.join(ROOT, file)) && !/\bevaluator\b/.test(file));
    expect(missing).toEqual([]);
  });
});

describe('docs/decisions', () => {
  it.each(decisions().map((page, at) => ({ ...page, number: at + 1 })))('$name has its parts', (page) => {
    const { name, number, text, tokens } = page;
    expect(name).toMatch(new RegExp(`/${String(number).padStart(4, '0')}-[a-z-]+\\.md$`));
    expect(text).toMatch(new RegExp(`^# ${number}\\. `));
    const headings = tokens.flatMap((token) => (token.type === 'heading' && token.depth === 2 ? [token.text] : []));
    expect(headings).toEqual(['Context', 'Decision', 'Consequences', 'When to look at it again']);
    expect(text.split('\n').length).toBeLessThanOrEqual(61);
  });
});
