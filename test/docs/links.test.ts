import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Token } from 'marked';
import { describe, expect, it } from 'vitest';
import { allPages, decisions, type Page, ROOT, readPage, tokensOf } from './pages.js';

const pages = [
  ...allPages(),
  ...decisions(),
  ...['scenarios', 'targets'].map((folder) => readPage(`fixtures/${folder}/README.md`)),
];
const { files } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { files: string[] };

/** Headings as GitHub and npm make anchors of them. */
function anchorsOf({ tokens }: Pick<Page, 'tokens'>): Set<string> {
  const anchors = new Set<string>();
  for (const token of tokens) {
    if (token.type !== 'heading') continue;
    const base = plain(token.tokens ?? [])
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = base;
    for (let number = 1; anchors.has(anchor); number++) anchor = `${base}-${number}`;
    anchors.add(anchor);
  }
  return anchors;
}

function plain(tokens: readonly Token[]): string {
  return tokens
    .map((token) =>
      'tokens' in token && token.tokens ? plain(token.tokens) : 'text' in token ? token.text : token.raw,
    )
    .join('');
}

function linksOf(page: Page): { readonly href: string; readonly file: string; readonly anchor: string | undefined }[] {
  return [...tokensOf(page, 'link'), ...tokensOf(page, 'image')]
    .map(({ href }) => href as string)
    .filter((href) => !/^[a-z]+:/i.test(href))
    .map((href) => {
      const [file = '', anchor] = href.split('#');
      const target = file === '' ? page.name : path.posix.join(path.posix.dirname(page.name), decodeURI(file));
      return { href, file: target, anchor };
    });
}

describe('links in the pages', () => {
  it('are found, with their anchors', () => {
    const page = { name: 'docs/x.md', text: '', tokens: readPage('docs/exit-codes.md').tokens };
    expect(linksOf(page).map(({ file }) => file)).toContain('docs/errors.md');
    expect([...anchorsOf(readPage('README.md'))]).toContain('the-two-machine-walk-through');
  });

  it.each(pages)('of $name lead to files and headings that are there', (page) => {
    for (const { href, file, anchor } of linksOf(page)) {
      const full = path.join(ROOT, file);
      expect(existsSync(full) && statSync(full).isFile(), href).toBe(true);
      if (anchor !== undefined) expect([...anchorsOf(readPage(file))], href).toContain(anchor);
    }
  });

  // A laptop at a customer's site has no network: what the pages lead to is in the package.
  it.each(pages)('of $name lead to what is in the package', (page) => {
    for (const { href, file } of linksOf(page))
      expect(
        files.some((shipped) => file === shipped || file.startsWith(`${shipped}/`)),
        href,
      ).toBe(true);
  });

  it('lead from the README to every page', () => {
    const linked = new Set(linksOf(readPage('README.md')).map(({ file }) => file));
    const unlinked = allPages().filter(({ name }) => name !== 'README.md' && !linked.has(name));
    expect(unlinked.map(({ name }) => name)).toEqual([]);
  });
});
