import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lexer, type Token, type Tokens, walkTokens } from 'marked';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A page that people read, by its path from the root of the repository. */
export interface Page {
  readonly name: string;
  readonly text: string;
  readonly tokens: readonly Token[];
}

/** The README, everything in docs/, and what people find beside them. */
export function allPages(): Page[] {
  const docs = readdirSync(path.join(ROOT, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', ...docs.map((name) => `docs/${name}`)].map(
    readPage,
  );
}

/** Why some things are as they are: a page for each decision. */
export function decisions(): Page[] {
  return readdirSync(path.join(ROOT, 'docs/decisions'))
    .sort()
    .map((name) => readPage(`docs/decisions/${name}`));
}

/** The forms that ask people for what an issue needs. */
export function issueForms(): Page[] {
  const folder = '.github/ISSUE_TEMPLATE';
  return readdirSync(path.join(ROOT, folder)).map((name) => readPage(`${folder}/${name}`));
}

export function readPage(name: string): Page {
  const text = readFileSync(path.join(ROOT, name), 'utf8');
  return { name, text, tokens: lexer(text) };
}

/** All tokens of a kind, however deep. */
export function tokensOf<Type extends Token['type']>(page: Page, type: Type): Tokens.Generic[] {
  const found: Tokens.Generic[] = [];
  walkTokens(page.tokens as Token[], (token) => {
    if (token.type === type) found.push(token as Tokens.Generic);
  });
  return found;
}

/** The first cells of the rows of all tables of a page, or of the part under a heading, as plain text. */
export function firstCells({ tokens }: Pick<Page, 'tokens'>): string[] {
  return tokens
    .filter((token): token is Tokens.Table => token.type === 'table')
    .flatMap(({ rows }) => rows.map(([cell]) => cell?.text ?? ''));
}
