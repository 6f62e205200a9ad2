import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { compareReports } from '../../src/report/comparison.js';
import { htmlComparison } from '../../src/report/html/comparison-html.js';
import { htmlReport } from '../../src/report/html/html.js';
import type { Report } from '../../src/report/model.js';
import { hasChromium, testBrowser } from './browser.js';
import { textsOf } from './kd-text.js';
import {
  bigReport,
  emptyReport,
  HOSTILE,
  hostileReport,
  outstandingReport,
  severalLogsReport,
  smallReport,
} from './samples.js';

const pageOf = (report: Report): string =>
  htmlReport(report, { title: 'debug.log', texts: textsOf(report), generatedAt: new Date(0) });

/** Names of the frames drawn, from the top and the left. */
const framesOf = (page: Page): Promise<string[]> =>
  page.locator('#flame-graph g').evaluateAll((all) => all.map((g) => g.getAttribute('name') ?? ''));

const column = (page: Page, table: string, at: number): Promise<string[]> =>
  page.locator(`#${table} tbody tr > :nth-child(${at})`).allTextContents();

const focused = (page: Page): Promise<string> =>
  page.evaluate(
    'document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? ""',
  ) as Promise<string>;

describe.skipIf(!hasChromium)('the page in a browser', () => {
  const browser = testBrowser();

  it.each(Object.entries({ smallReport, outstandingReport, severalLogsReport, emptyReport, hostileReport, bigReport }))(
    'of %s opens without a request, a complaint or a dialog',
    async (_, make) => {
      const { page, complaints } = await browser.open(pageOf(make()));
      await page.waitForLoadState('networkidle');
      expect(await page.locator('h1').textContent()).toMatch(/ (?:made|holds|was found)/);
      expect(complaints).toEqual([]);
    },
  );

  it('draws every frame, and zooms in and out by mouse', async () => {
    const { page, complaints } = await browser.open(pageOf(smallReport()));
    expect((await framesOf(page)).slice(0, 3)).toEqual([
      'all',
      'nt!MmAllocateSpecialPool',
      'nt!ExAllocatePoolWithTag+0x3c1',
    ]);
    await page.locator('#flame-graph g[name="mydrv!Ioctl+0x119"]').click();
    expect(await framesOf(page)).not.toContain('mydrv!StartIo+0x2e');
    const zoomed = page.locator('#flame-graph g[name="mydrv!Ioctl+0x119"] rect');
    await expect.poll(async () => (await zoomed.boundingBox())?.width).toBeGreaterThan(1_000);
    expect(await page.locator('#flame-status').textContent()).toBe(
      'mydrv!Ioctl+0x119: 212 of 5,000 allocations, 4.2 %',
    );
    await page.getByRole('button', { name: 'Zoom out' }).click();
    expect(await framesOf(page)).toContain('mydrv!StartIo+0x2e');
    expect(complaints).toEqual([]);
  });

  it('turns the graph round, and weighs it by anything known', async () => {
    const { page } = await browser.open(pageOf(outstandingReport()));
    await page.getByRole('button', { name: 'Outermost on top' }).click();
    expect((await framesOf(page)).slice(0, 3)).toEqual(['all', 'ntdll!ZwWriteFile+0xc', '0xf80c2f3a']);
    expect(await page.getByRole('button', { name: 'Outermost on top' }).getAttribute('aria-pressed')).toBe('true');
    const width = page.getByLabel('Width');
    expect(await width.locator('option').allTextContents()).toEqual([
      'outstanding allocations',
      'outstanding bytes',
      'allocations',
      'bytes asked for',
    ]);
    await width.selectOption('allocations');
    const label = await page.locator('#flame-graph g[name="all"]').getAttribute('aria-label');
    expect(label).toBe('all: 4,997 of 4,997 allocations, 100.0 %');
    await width.selectOption('bytes asked for');
    expect(await page.locator('#flame-graph g[name="all"]').getAttribute('aria-label')).toMatch(/^all: [\d.]+ KB of /);
  });

  it('searches the graph, and clears it again', async () => {
    const { page } = await browser.open(pageOf(smallReport()));
    await page.getByLabel('Search').fill('DISPATCHwrite');
    await expect.poll(() => page.locator('#flame-graph g.match').count()).toBe(1);
    expect(await page.locator('#flame-status').textContent()).toBe('1 frame found: 4,600 of 5,000, 92.0 %');
    await page.getByLabel('Search').fill('(*[');
    await expect.poll(() => page.locator('#flame-graph g.match').count()).toBe(0);
    await page.getByLabel('Search').fill('');
    await expect.poll(() => page.locator('#flame-graph g.miss').count()).toBe(0);
  });

  it('is used by keyboard alone', async () => {
    const { page } = await browser.open(pageOf(smallReport()));
    await page.locator('#flame-graph g[tabindex="0"]').focus();
    expect(await focused(page)).toMatch(/^all: 5,000 of 5,000/);
    for (const _ of [1, 2, 3]) await page.keyboard.press('ArrowDown');
    expect(await focused(page)).toMatch(/^mydrv!StartIo\+0x2e: 4,600/);
    await page.keyboard.press('ArrowRight');
    expect(await focused(page)).toMatch(/^mydrv!Ioctl\+0x119: 212/);
    expect(await page.locator('#flame-status').textContent()).toBe(await focused(page));
    await page.keyboard.press('Enter');
    expect(await framesOf(page)).not.toContain('mydrv!StartIo+0x2e');
    expect(await focused(page)).toMatch(/^mydrv!Ioctl/);
    await page.keyboard.press('Escape');
    expect(await framesOf(page)).toContain('mydrv!StartIo+0x2e');
    expect(await focused(page)).toMatch(/^mydrv!Ioctl/);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Home');
    expect(await focused(page)).toMatch(/^all/);
    expect(await page.locator('#flame-graph g[tabindex="0"]').count()).toBe(1);
  });

  it('leads by the tab key to everything that can be used, and shows where it is', async () => {
    const { page } = await browser.open(pageOf(smallReport()));
    const seen: string[] = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      seen.push(await focused(page));
      const outline = await page.evaluate(
        'const a = document.activeElement, s = getComputedStyle(a), r = a.querySelector("rect"); a.matches(":focus-visible") && (s.outlineStyle !== "none" || (r && parseFloat(getComputedStyle(r).strokeWidth) >= 2))',
      );
      if (i < 20) expect(outline, seen.at(-1)).toBe(true);
    }
    for (const name of ['Skip to the answer', 'Outermost on top', 'allocations', 'mydrv!StartIo', "kd's text"])
      expect(seen).toContain(name);
    expect(seen.some((name) => name.startsWith('all: 5,000'))).toBe(true);
  });

  it('sorts tables by any column, and says so', async () => {
    const { page } = await browser.open(pageOf(smallReport()));
    const heading = (name: string) => page.locator('#callers th', { hasText: name });
    expect(await heading('allocations').getAttribute('aria-sort')).toBe('descending');
    await page.locator('#callers').getByRole('button', { name: 'allocations' }).click();
    expect(await heading('allocations').getAttribute('aria-sort')).toBe('ascending');
    expect((await column(page, 'callers', 2))[0]).toBe('38');
    await page.locator('#callers').getByRole('button', { name: 'caller', exact: true }).click();
    expect(await column(page, 'callers', 1)).toEqual([
      'filt+0x1b10',
      'mydrv!Ioctl',
      'mydrv!StartIo',
      'nt!CmpAllocateKeyControlBlock',
    ]);
    expect(await heading('allocations').getAttribute('aria-sort')).toBeNull();
    await page.locator('#callers').getByRole('button', { name: 'bytes' }).click();
    expect((await column(page, 'callers', 4)).slice(0, 2)).toEqual(['323.4 KB', '212.0 KB']);
  });

  it('filters graph and stacks at once, by text, by driver, and from a table', async () => {
    const { page } = await browser.open(pageOf(smallReport()));
    const stacks = page.locator('#stack-list > details');
    await page.getByLabel('Filter').fill('openkey');
    await expect.poll(() => stacks.count()).toBe(1);
    expect(await page.locator('#filter output').textContent()).toBe('1 of 4 stacks, 0.8 % of allocations');
    expect(await framesOf(page)).not.toContain('mydrv!StartIo+0x2e');
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => stacks.count()).toBe(4);
    await page.locator('#filter select').selectOption('filt');
    expect(await stacks.locator('.rank').allTextContents()).toEqual(['#3']);
    await page.locator('#filter select').selectOption('all drivers');
    await page.locator('#drivers').getByRole('button', { name: 'mydrv' }).click();
    await expect.poll(() => stacks.count()).toBe(2);
    await page.getByLabel('Filter').fill('nothing has this');
    await expect.poll(() => page.locator('#drivers tbody tr:visible').count()).toBe(0);
    await expect.poll(() => page.locator('#stack-more').textContent()).toBe('No stack in this page has that.');
  });

  it('filters tables and the time strip, too, and puts them back', async () => {
    const { page } = await browser.open(pageOf(smallReport()));
    const rows = page.locator('#callers tbody tr:visible');
    const faint = () => page.locator('#time svg .faint').count();
    const before = await rows.allTextContents();
    expect(await faint()).toBe(0);
    await page.getByLabel('Filter').fill('openkey');
    await expect.poll(() => rows.count()).toBe(1);
    expect(await rows.textContent()).toContain('nt!CmpAllocateKeyControlBlock');
    expect(await page.locator('#drivers tbody tr:visible').allTextContents()).toHaveLength(1);
    expect(await faint()).toBeGreaterThan(0);
    // A frame of one of two stacks of a driver: so much of it is shown.
    await page.getByLabel('Filter').fill('mydrv!Ioctl');
    await expect
      .poll(() => page.locator('#drivers tbody tr:visible td').first().textContent())
      .toMatch(/^[\d,]+ of 4,812$/);
    await page.getByRole('button', { name: 'Clear' }).click();
    await expect.poll(() => rows.allTextContents()).toEqual(before);
    expect(await faint()).toBe(0);
  });

  it("opens a stack to its frames, kd's own text and where that stands", async () => {
    const { page } = await browser.open(pageOf(smallReport()));
    const second = page.locator('#stack-list > details').nth(1);
    expect(await second.locator('pre').isVisible()).toBe(false);
    await second.locator('summary').press('Enter');
    expect(await second.locator('li').allTextContents()).toEqual(
      smallReport().stacks[1]?.frames.map(({ text }) => text),
    );
    expect(await second.locator('pre').textContent()).toMatch(/^Breakpoint 0 hit\nChildEBP RetAddr/);
    expect(await second.locator('.place').textContent()).toBe(
      'First: debug.log, line 26 (byte 1,100). Last: debug.log, line 120,026 (byte 4,001,100).',
    );
  });

  it('shows names as text, whatever they are', async () => {
    const { page, complaints } = await browser.open(pageOf(hostileReport()));
    await page.getByRole('button', { name: 'Outermost on top' }).click();
    await page.getByLabel('Search').fill('<script>');
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('img, b, a:not([href^="#"])').count()).toBe(0);
    expect(await page.locator('#drivers tbody th').first().textContent()).toBe(HOSTILE[0]);
    expect(await page.locator('#stack-list .name').nth(1).textContent()).toBe(`${HOSTILE[1]}!${HOSTILE[1]}`);
    const graph = await page.locator('#flame-graph g title').allTextContents();
    expect(graph.some((text) => text.startsWith('<script>alert(1)</script>: 20 of 174'))).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('stays quick with 20,000 stacks', async () => {
    const { page, complaints } = await browser.open(pageOf(bigReport()));
    expect(await page.locator('#flame-graph g').count()).toBeLessThan(3_000);
    expect(await page.locator('#stack-list > details').count()).toBe(50);
    await page.getByRole('button', { name: 'Show 50 more of 1,950' }).click();
    expect(await page.locator('#stack-list > details').count()).toBe(100);
    expect(await focused(page)).toContain('#51');
    await page.locator('#drivers').getByRole('button', { name: 'Show all 60' }).click();
    expect(await page.locator('#drivers tbody tr:visible').count()).toBe(60);
    const started = Date.now();
    await page.getByLabel('Filter').fill('driver46!');
    await expect.poll(() => page.locator('#filter output').textContent()).toMatch(/were not searched$/);
    expect(Date.now() - started).toBeLessThan(5_000);
    expect(complaints).toEqual([]);
  });

  it('compares in the same shell', async () => {
    const html = htmlComparison(compareReports(bigReport(40), smallReport()), { title: 'before and after' });
    const { page, complaints } = await browser.open(html);
    expect(await page.locator('h1').textContent()).toMatch(/^mydrv grew most/);
    expect(await page.locator('#drivers th', { hasText: 'excess' }).getAttribute('aria-sort')).toBe('descending');
    await page.locator('#drivers').getByRole('button', { name: 'before', exact: true }).click();
    expect(await page.locator('#drivers th', { hasText: /^before$/ }).getAttribute('aria-sort')).toBe('descending');
    expect(complaints).toEqual([]);
  });
});
