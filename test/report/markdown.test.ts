import fc from 'fast-check';
import { Marked, type Token, type Tokens } from 'marked';
import { describe, expect, it } from 'vitest';
import { compareReports } from '../../src/report/comparison.js';
import { markdownComparison } from '../../src/report/formats/comparison-text.js';
import { markdownReport } from '../../src/report/formats/markdown.js';
import { markdownText } from '../../src/report/formats/markdown-parts.js';
import { anyReport } from './arbitrary-report.js';
import { hostileReport, outstandingReport, severalLogsReport, smallReport } from './samples.js';

const marked = new Marked({ gfm: true });

/** All tokens of a document, whatever they are in. */
function tokensOf(markdown: string): Token[] {
  const found: Token[] = [];
  marked.walkTokens(marked.lexer(markdown), (token) => void found.push(token));
  return found;
}

/** What a report may be made of: a name of a log is text or code in it. */
const OURS = new Set(['space', 'heading', 'paragraph', 'table', 'code', 'codespan', 'text', 'strong', 'escape']);

function onlyOurs(markdown: string): void {
  const tokens = tokensOf(markdown);
  expect([...new Set(tokens.map(({ type }) => type))].filter((type) => !OURS.has(type))).toEqual([]);
  for (const table of tokens.filter((token): token is Tokens.Table => token.type === 'table'))
    for (const row of table.rows) expect(row.length).toBe(table.header.length);
  const lines = tokens.filter((token): token is Tokens.Code => token.type === 'code');
  expect(lines.every(({ lang }) => lang === 'text')).toBe(true);
}

describe('the Markdown report', () => {
  it.each(Object.entries({ small: smallReport, outstanding: outstandingReport, 'several-logs': severalLogsReport }))(
    'of the sample %s is as it was accepted',
    async (name, make) => {
      await expect(markdownReport(make(), { top: 10 })).toMatchFileSnapshot(`golden/sample-${name}.md`);
    },
  );

  it('holds each row and each frame that it should', () => {
    const report = smallReport();
    const tokens = tokensOf(markdownReport(report, { top: 10 }));
    const tables = tokens.filter((token): token is Tokens.Table => token.type === 'table');
    expect(tables[0]?.rows.map(([name]) => name?.text)).toEqual(report.drivers.map(({ name }) => `\`${name}\``));
    const blocks = tokens.filter((token): token is Tokens.Code => token.type === 'code');
    expect(blocks.slice(0, report.stacks.length).map(({ text }) => text.split('\n'))).toEqual(
      report.stacks.map(({ frames }) => frames.map(({ text }) => text)),
    );
  });

  it('is shown with every character that it has, and keeps quotes as they are', () => {
    expect(markdownText("of 'Ddk ', kd's \"time\"")).toBe("of 'Ddk ', kd's \"time\"");
    // Nothing but what keeps an issue or a person from being linked to is added, and nobody sees it.
    const shown = (html: string): string =>
      html
        .replaceAll('&#8203;', '')
        .replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
        .replace(/&(quot|amp|lt|gt);/g, (_, name: 'quot') => ({ quot: '"', amp: '&', lt: '<', gt: '>' })[name] ?? '');
    const text = fc.string({ unit: fc.constantFrom(...`ab '"&<>\\\`*_[]|~$#@:/.1;`), maxLength: 20 });
    fc.assert(
      fc.property(text, (given) => {
        const html = marked.parseInline(`a${markdownText(given)}a`, { async: false });
        expect(shown(html).replaceAll('\u200b', '')).toBe(`a${given}a`);
      }),
    );
  });

  it('lets no name be markup, a link, HTML or the end of a cell', () => {
    onlyOurs(markdownReport(hostileReport(), { top: 50 }));
    fc.assert(
      fc.property(anyReport, anyReport, (report, other) => {
        onlyOurs(markdownReport(report, { top: 20 }));
        onlyOurs(markdownComparison(compareReports(report, other), { top: 20 }));
      }),
      { numRuns: 150 },
    );
  });
});
