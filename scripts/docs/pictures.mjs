// Makes what the pages show of the program, from the simulators: docs/session.txt, a session as a terminal shows it, and
// docs/report.png, the page that it leaves. `npm run docs` runs it. Without Chromium there is no picture, and it says so.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { playCast } from './cast.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where Debian has it; the tests of the page look there, too. */
const CHROMIUM = '/usr/bin/chromium';
const MOST_BYTES = 200_000;

const { exitCode, text } = await playCast();
assert.equal(exitCode, 0, text);
writeFileSync(path.join(ROOT, 'docs', 'session.txt'), text);
process.stdout.write('docs/session.txt\n');

if (existsSync(CHROMIUM)) await takePicture();
else process.stdout.write(`docs/report.png is left as it is: there is no ${CHROMIUM}.\n`);

async function takePicture() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug picture '));
  try {
    rehearse(folder);
    const picture = path.join(ROOT, 'docs', 'report.png');
    await photograph(path.join(folder, 'run', 'report.html'), picture);
    const { size } = statSync(picture);
    assert.ok(size < MOST_BYTES, `docs/report.png has ${size} bytes`);
    process.stdout.write(`docs/report.png: ${size} bytes\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

function rehearse(folder) {
  const words = ['rehearse', '--hits', '120', '--out', folder];
  const env = { ...process.env, LIVEDEBUG_PIPE_DIR: path.join(folder, 'p') };
  const { status, stderr } = spawnSync(process.execPath, [path.join(ROOT, 'dist', 'main.js'), ...words], {
    env,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
}

async function photograph(html, picture) {
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage({
      viewport: { width: 1100, height: 1000 },
      colorScheme: 'light',
      reducedMotion: 'reduce',
    });
    await page.goto(pathToFileURL(html).href);
    await page.screenshot({ path: picture });
  } finally {
    await browser.close();
  }
}
