import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';
/** The tests of the page need Debian's chromium. */
export const hasChromium = process.platform === 'linux' && existsSync(CHROMIUM);

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

export interface Opened {
  readonly page: Page;
  /** Requests for anything but the page itself, and whatever the console was told. */
  readonly complaints: string[];
}

export interface TestBrowser {
  readonly open: (html: string, options?: BrowserContextOptions) => Promise<Opened>;
  readonly blank: () => Promise<Page>;
}

/** One browser for a file of tests; pages are opened from a folder, as from a USB stick. */
export function testBrowser(): TestBrowser {
  let browser: Browser;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug page '));
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    async open(html, options = {}) {
      const file = path.join(folder, 'report of #1 & 100%.html');
      writeFileSync(file, html);
      const url = pathToFileURL(file).href;
      const context = await browser.newContext({
        viewport: { width: 1366, height: 768 },
        reducedMotion: 'reduce',
        ...options,
      });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('request', (request) => {
        if (request.url() !== url && !request.url().startsWith('data:,')) complaints.push(`request ${request.url()}`);
      });
      page.on('console', (message) => complaints.push(`${message.type()} ${message.text()}`));
      page.on('pageerror', (error) => complaints.push(`error ${error.message}`));
      page.on('dialog', (dialog) => {
        complaints.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      await page.goto(url);
      return { page, complaints };
    },
    blank: async () => (await browser.newContext()).newPage(),
  };
}
