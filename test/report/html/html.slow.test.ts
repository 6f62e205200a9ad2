import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareReports } from '../../../src/report/comparison.js';
import { htmlComparison } from '../../../src/report/html/comparison-html.js';
import { htmlReport } from '../../../src/report/html/html.js';
import type { PageData } from '../../../src/report/html/page-data.js';
import type { Report } from '../../../src/report/model.js';
import { weightsOf } from '../../../src/report/weights.js';
import { anyReport } from '../arbitrary-report.js';
import { textsOf } from '../kd-text.js';
import { bigReport, HOSTILE, hostileReport, outstandingReport, plainStacksReport, smallReport } from '../samples.js';

const pageOf = (report: Report, texts = textsOf(report)): string => htmlReport(report, { title: 'debug.log', texts });

function partsOf(html: string) {
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? [];
  const scripts = [...html.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)].map(([, attributes, text = '']) => ({
    attributes,
    text,
  }));
  const [, policy = ''] = /Content-Security-Policy" content="([^"]*)"/.exec(html) ?? [];
  return {
    style,
    scripts,
    policy: policy.replaceAll('&#39;', "'"),
    data: JSON.parse(scripts[0]?.text ?? '') as PageData,
  };
}

const TAGS =
  'a body code dd details div dl dt footer form h1 h2 h3 head header html li link main meta nav ol p pre rect script section span strong style summary svg table tbody td th thead title tr ul';

/** Tags that the page does not use, in everything but its script. */
function strangers(html: string): string[] {
  const known = new Set(TAGS.split(' '));
  const tags = html.replace(/<script>[\s\S]*?<\/script>/, '').matchAll(/<\/?([^\s>]*)/g);
  return [...tags].map(([, tag = '']) => tag).filter((tag) => !known.has(tag) && tag !== '!doctype');
}

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

describe('the HTML report', () => {
  it('says in its policy that only its own script and style count', () => {
    const { policy, scripts, style } = partsOf(pageOf(smallReport()));
    expect(policy).toBe(
      `default-src 'none'; script-src ${hash(scripts[1]?.text ?? '')}; style-src ${hash(style)}; img-src data:; base-uri 'none'; form-action 'none'`,
    );
    expect(scripts.map(({ attributes }) => attributes)).toEqual([' type="application/json" id="page-data"', '']);
  });

  it('refers to nothing outside of itself', () => {
    const html = pageOf(hostileReport()).replace(/<script>[\s\S]*?<\/script>/, '');
    expect([...html.matchAll(/<[^>]* (?:src|href|action|style|on\w+)="([^"]*)"/g)].map(([, to]) => to)).toSatisfy(
      (links: string[]) => links.every((link) => link === 'data:,' || link.startsWith('#')),
    );
    expect(html).not.toMatch(/url\(|@import/);
  });

  it('lets no name end the data or begin an element, whatever the report', () => {
    fc.assert(
      fc.property(fc.oneof(anyReport, fc.constant(hostileReport())), (report) => {
        const html = pageOf(report);
        const { scripts, data } = partsOf(html);
        expect(scripts.length).toBe(2);
        expect(scripts[0]?.text).not.toMatch(/[<>&\u2028\u2029]/);
        expect(strangers(html)).toEqual([]);
        expect(data.stacks.length).toBe(report.stacks.length);
      }),
      { numRuns: 60 },
    );
  });

  it('shows names as they are, but for characters that do things', () => {
    const html = pageOf(hostileReport());
    expect(html).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(html.replaceAll('\n', '')).not.toMatch(/[\0-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
    expect(html).toContain('\ufffdgpj.exe\ufffd');
    // kd's own text is whole.
    expect(HOSTILE.filter((name) => name.length > 1_000).every((name) => html.includes(name))).toBe(true);
  });

  it('holds answer, tables and stacks without its script', () => {
    const html = pageOf(outstandingReport()).replace(/<script[\s\S]*/, '');
    const text = html.replace(/<style>[\s\S]*?<\/style>/, '').replace(/<[^>]+>/g, '');
    expect(text).toContain('mydrv still holds 816 of 836 outstanding allocations');
    expect(html).toContain('<th scope="row" class="name">');
    for (const words of [
      'mydrv!StartIo',
      '97.6 %',
      '3,996 frees',
      'As kd printed it',
      'debug.log, line 12 (byte 400)',
      'processor 1',
      'mydrv.sys: Default',
    ])
      expect(text).toContain(words);
  });

  it('is a page even where nothing was found', () => {
    const html = htmlReport(
      { ...plainStacksReport(), hits: 0, stacks: [], drivers: [], callers: [] },
      { title: '', texts: new Map() },
    );
    expect(html).toContain('No stack was found.');
    expect(html).not.toContain('id="flame"');
  });

  it('keeps totals whole and the file small for 20,000 stacks', () => {
    const report = bigReport();
    const html = pageOf(report, textsOf(report, 20_000));
    const { data } = partsOf(html);
    expect(html.length).toBeLessThan(5_000_000);
    expect(data.stacks.length).toBe(2_000);
    for (const [at, weight] of weightsOf(report).entries()) {
      const whole = [...data.stacks, ...data.rest].reduce((sum, { weights }) => sum + (weights[at] ?? 0), 0);
      expect(whole).toBe(report.stacks.reduce((sum, stack) => sum + weight.of(stack), 0));
    }
    expect(data.rest.reduce((sum, { stacks }) => sum + stacks, 0)).toBe(18_000);
  });

  it('stays small when every name is endless', () => {
    const { stacks, ...report } = bigReport(3_000);
    const endless = stacks.map((stack, i) => ({
      ...stack,
      frames: Array.from({ length: 200 }, (_, j) => ({
        text: `${i}.${j}${'X'.repeat(10_000)}`,
        module: 'x',
        symbol: 'y',
        offset: 0,
      })),
    }));
    const html = htmlReport(
      { ...report, stacks: endless },
      { title: '', texts: new Map([[0, 'y'.repeat(10_000_000)]]) },
    );
    expect(html.length).toBeLessThan(5_000_000);
    const { data } = partsOf(html);
    expect(data.stacks.length + data.rest.reduce((sum, { stacks }) => sum + stacks, 0)).toBe(3_000);
  });
});

describe('the HTML comparison', () => {
  it('is in the same shell, and lets no name out of its text', () => {
    fc.assert(
      fc.property(fc.oneof(anyReport, fc.constant(hostileReport())), anyReport, (before, after) => {
        const html = htmlComparison(compareReports(before, after), { title: '<b>', generatedAt: new Date(0) });
        expect(partsOf(html).scripts.length).toBe(2);
        expect(strangers(html)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
