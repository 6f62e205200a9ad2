import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { SESSION_SETTINGS } from '../../src/cli/session/settings.js';
import { firstCells, ROOT, readPage } from './pages.js';

/** A name of ours or of the debuggers, wherever it stands. */
const OURS = /^(?:LIVEDEBUG|_NT)_[A-Z_]+$/;

/** What the system's own functions read, and no line of ours: os.tmpdir() and the like have pages of their own. */
function namesIn(file: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && isEnvironment(node.expression)) names.push(node.name.text);
    if (ts.isElementAccessExpression(node) && isEnvironment(node.expression) && isText(node.argumentExpression))
      names.push(node.argumentExpression.text);
    if (ts.isBindingElement(node) && !node.dotDotDotToken && isEnvironment(node.parent.parent))
      names.push((node.propertyName ?? node.name).getText());
    if ((ts.isIdentifier(node) || isText(node)) && OURS.test(node.text)) names.push(node.text);
    ts.forEachChild(node, visit);
  };
  const text = readFileSync(file, 'utf8');
  if (/\benv\b|LIVEDEBUG_|_NT_/.test(text)) visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return names;
}

/** `process.env`, `env`, `place.env`, and whatever takes one apart. */
function isEnvironment(node: ts.Node): boolean {
  if (ts.isVariableDeclaration(node)) return node.initializer !== undefined && isEnvironment(node.initializer);
  if (ts.isIdentifier(node)) return node.text === 'env';
  return ts.isPropertyAccessExpression(node) && node.name.text === 'env';
}

function isText(node: ts.Node): node is ts.StringLiteralLike {
  return ts.isStringLiteralLike(node);
}

function namesBelow(...folders: string[]): Set<string> {
  const files = folders.flatMap((folder) =>
    readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|mjs)$/.test(name) && !/\.as\.ts$|\.d\.m?ts$/.test(name))
      .map((name) => path.join(ROOT, folder, name)),
  );
  return new Set(files.flatMap(namesIn));
}

/** `LIVEDEBUG_MAX_HITS` for `maxHits`. */
function variableOf(setting: string): string {
  return `LIVEDEBUG_${setting.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** Names in the first cells of tables, in the part of the page under each heading. */
function listed(isForTests: boolean): string[] {
  const { tokens } = readPage('docs/environment.md');
  const from = tokens.findIndex((token) => token.type === 'heading' && /tests/i.test(token.text));
  expect(from, 'the section for tests').toBeGreaterThan(0);
  const part = isForTests ? tokens.slice(from) : tokens.slice(0, from);
  return firstCells({ tokens: part }).flatMap((cell) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name as string),
  );
}

describe('docs/environment.md', () => {
  it('has every variable that the program reads or sets, and no other', () => {
    const read = new Set([...namesBelow('src'), ...SESSION_SETTINGS.map(variableOf)]);
    expect(read.size).toBeGreaterThan(50);
    expect(listed(false).sort()).toEqual([...read].sort());
  });

  it('has every variable of ours that only tests and scripts read, in a section of its own', () => {
    const ours = [...namesBelow('test', 'scripts')].filter((name) => name.startsWith('LIVEDEBUG_'));
    const product = new Set(listed(false));
    const known = new Set(listed(true));
    expect(ours.filter((name) => !product.has(name)).sort()).toEqual([...known].sort());
  });
});
