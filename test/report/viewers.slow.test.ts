import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { foldedReport } from '../../src/report/formats/folded.js';
import { speedscopeReport } from '../../src/report/formats/speedscope.js';
import { hasChromium, testBrowser } from './browser.js';
import { hostileReport, outstandingReport, smallReport } from './samples.js';

const app = path.join(path.dirname(createRequire(import.meta.url).resolve('speedscope/package.json')), 'dist/release');
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' };

describe.skipIf(!hasChromium)("speedscope's own app", () => {
  const browser = testBrowser();
  const profiles = new Map<string, string>();
  let server: http.Server;
  let origin = '';

  beforeAll(async () => {
    server = http.createServer((request, response) => {
      const name = (request.url ?? '/').slice(1) || 'index.html';
      try {
        response.setHeader('content-type', TYPES[path.extname(name)] ?? 'application/octet-stream');
        response.end(profiles.get(name) ?? readFileSync(path.join(app, path.basename(name))));
      } catch {
        response.writeHead(404).end();
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  /** Opens a profile, and turns to the table of its frames: `weight name` each. */
  async function framesIn(name: string, text: string): Promise<{ page: Page; rows: string[] }> {
    profiles.set(name, text);
    const page = await browser.blank();
    await page.goto(`${origin}/index.html#profileURL=${encodeURIComponent(`${origin}/${name}`)}`);
    await page.getByText('Sandwich').click();
    const rows = page.locator('tr:visible').filter({ has: page.locator('td') });
    await rows.first().waitFor();
    return { page, rows: await rows.allInnerTexts() };
  }

  it('opens a speedscope file with all its measures', async () => {
    const { page, rows } = await framesIn('a.json', speedscopeReport(smallReport(), { name: 'debug.log' }));
    expect(await page.locator('body').innerText()).toContain('allocations');
    expect(rows.find((row) => row.includes('mydrv!DispatchWrite+0x57'))).toMatch(/4,600 \(92%\)/);
    expect(rows.find((row) => row.includes('nt!MmAllocateSpecialPool'))).toMatch(/5,000 \(100%\)/);
  });

  it('opens one with outstanding bytes, and one with any names', async () => {
    const { page } = await framesIn('b.json', speedscopeReport(outstandingReport(), { name: 'debug.log' }));
    expect(await page.locator('body').innerText()).toContain('outstanding allocations (1/4)');
    const hostile = await framesIn('c.json', speedscopeReport(hostileReport(), { name: '<b>' }));
    expect(hostile.rows.some((row) => row.includes('<script>alert(1)</script>!<script>alert(1)</script>+0x0'))).toBe(
      true,
    );
  });

  it('opens folded stacks', async () => {
    const { rows } = await framesIn('d.txt', [...foldedReport(smallReport())].join(''));
    expect(rows.find((row) => row.includes('mydrv!DispatchWrite+0x57'))).toMatch(/4,600 \(92%\)/);
    const hostile = await framesIn('e.txt', [...foldedReport(hostileReport())].join(''));
    expect(hostile.rows.find((row) => row.includes('nt!ExAllocatePoolWithTag+0x1'))).toMatch(/174 \(100%\)/);
  });
});
