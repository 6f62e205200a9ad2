import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { htmlReport } from '../../src/report/html/html.js';
import type { Report } from '../../src/report/model.js';
import { hasChromium, testBrowser } from './browser.js';
import { textsOf } from './kd-text.js';
import { hostileReport, outstandingReport, smallReport } from './samples.js';

const pageOf = (report: Report): string =>
  htmlReport(report, { title: 'debug.log', texts: textsOf(report), generatedAt: new Date(0) });

describe.skipIf(!hasChromium)('the looks of the page', () => {
  const browser = testBrowser();

  it('is light or dark: by the system, or by the button', async () => {
    const background = (page: Page): Promise<string> =>
      page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>;
    const { page } = await browser.open(pageOf(smallReport()), { colorScheme: 'dark' });
    expect(await background(page)).toBe('rgb(18, 21, 24)');
    await page.getByRole('button', { name: 'Switch to light colours' }).click();
    expect(await background(page)).toBe('rgb(246, 247, 249)');
    expect(await page.getByRole('button', { name: 'Switch to dark colours' }).textContent()).toBe('Dark');
  });

  it.each([
    { report: 'small', make: smallReport, options: {} },
    { report: 'outstanding', make: outstandingReport, options: { colorScheme: 'dark' } },
    { report: 'hostile', make: hostileReport, options: { viewport: { width: 390, height: 844 } } },
  ] as const)('has no fault that axe finds in the $report report', async ({ make, options }) => {
    // axe comes in from outside, which the page's policy would not have.
    const { page } = await browser.open(pageOf(make()), { ...options, bypassCSP: true });
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    const faults = await page.evaluate(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].html))',
    );
    expect(faults).toEqual([]);
  });

  it.each(['light', 'dark'] as const)('has text that can be read in %s', async (colorScheme) => {
    const { page } = await browser.open(pageOf(outstandingReport()), { colorScheme });
    const low = await page.evaluate(CONTRASTS);
    expect(low).toEqual([]);
  });

  it.each([320, 390, 1366])('is no wider than %i pixels', async (width) => {
    for (const report of [outstandingReport(), hostileReport()]) {
      const { page } = await browser.open(pageOf(report), { viewport: { width, height: 844 } });
      await page.evaluate('for (const details of document.querySelectorAll("details")) details.open = true');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
  });

  it('prints, with the first stacks open', async () => {
    const { page, complaints } = await browser.open(pageOf(smallReport()), { colorScheme: 'dark' });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(20_000);
    await page.emulateMedia({ media: 'print' });
    await page.evaluate('dispatchEvent(new Event("beforeprint"))');
    expect(await page.locator('#stack-list > details[open]').count()).toBe(4);
    expect(await page.locator('#flame-controls').isVisible()).toBe(false);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(255, 255, 255)');
    await page.evaluate('dispatchEvent(new Event("afterprint"))');
    expect(await page.locator('#stack-list > details[open]').count()).toBe(1);
    expect(complaints).toEqual([]);
  });

  it('says what it knows without its script', async () => {
    const { page } = await browser.open(pageOf(outstandingReport()), { javaScriptEnabled: false });
    expect(await page.locator('h1').textContent()).toMatch(/^mydrv still holds 816 of 836/);
    expect(await page.locator('#drivers tbody tr > :first-child').allTextContents()).toEqual(['mydrv', 'filt', 'nt']);
    expect(await page.locator('#stack-list > details').count()).toBe(6);
    expect(await page.locator('#flame').isVisible()).toBe(false);
  });
});

/** Run in the page: text whose contrast with what lies behind it is below 4.5 (AA). */
const CONTRASTS = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const rect = at.matches('#flame-graph g') ? at.querySelector('rect') : null;
      if (rect) return parse(getComputedStyle(rect).fill);
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] > 0) return colour;
    }
    return [255, 255, 255];
  };
  const low = [];
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('script, [disabled], .fade') || ![...element.childNodes].some((n) => n.nodeType === 3 && n.data.trim())) continue;
    if (element.getClientRects().length === 0 || element.closest('title')) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(element.tagName + '.' + element.className + ' ' + ratio.toFixed(2) + ' ' + element.textContent.slice(0, 30));
  }
  return low;
})()`;
