// The Windows tier: the tests of test/e2e and test/windows on the Windows build of Node, under Wine. All of it is in a
// folder of its own, which is gone afterwards. Arguments are handed to vitest.
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { forwarderDll } from './forwarder-dll.mjs';
import { enterPorts, layCables, PAIR, TARGET_PORT } from './ports.mjs';
import { copyProject, fetchNode } from './project.mjs';
import { switchOn } from './target.mjs';
import { Wine, whyNoWine } from './wine.mjs';

/** Vitest has time limits of its own; this one is for the day when they do not hold. */
const LIMIT_SECONDS = 900;

const missing = whyNoWine();
if (missing) {
  process.stdout.write(`\nSKIPPED: the Windows tier was not run: ${missing}\n\n`);
  process.exit(0);
}

const stop = new AbortController();
for (const [signal, status] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }))
  process.on(signal, () => stop.abort(Object.assign(new Error(`ended by ${signal}`), { status })));

const folder = mkdtempSync(path.join(os.tmpdir(), 'livedebug-windows-'));
const wine = new Wine(path.join(folder, 'prefix'), stop.signal);
let cables;
let target;
try {
  const since = performance.now();
  const node = await setUp();
  process.stdout.write(`windows tier: set up in ${Math.round((performance.now() - since) / 1000)} s\n`);
  process.exitCode = await test(node);
} catch (error) {
  process.stderr.write(`windows tier: ${error.message}\n`);
  process.exitCode = error.status ?? 1;
} finally {
  wine.end();
  target?.end();
  cables?.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function setUp() {
  const settled = await Promise.allSettled([
    wine.create(),
    fetchNode(path.join(folder, 'node'), stop.signal),
    copyProject(path.join(folder, 'project'), stop.signal),
  ]);
  // All have come to an end before the folder may go.
  const failed = settled.find(({ status }) => status === 'rejected');
  if (failed) throw failed.reason;
  const dll = 'bcryptprimitives.dll';
  const bytes = forwarderDll(dll, { ProcessPrng: 'ADVAPI32.SystemFunction036' });
  writeFileSync(path.join(wine.driveC, 'windows', 'system32', dll), bytes);
  renameSync(path.join(folder, 'project'), path.join(wine.driveC, 'livedebug'));
  const portFolder = path.join(folder, 'ports');
  mkdirSync(portFolder);
  cables = await layCables(portFolder, stop.signal);
  if (cables) {
    target = await switchOn(cables.far, path.join(folder, 'target.json'), stop.signal);
    await enterPorts(wine, cables.ports, folder);
  } else process.stdout.write('NOTE: without socat there are no serial ports; what needs one is skipped.\n');
  wine.end();
  wine.keepUp();
  return settled[1].value;
}

function test(node) {
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.windows.config.ts'];
  return wine.run([node, ...vitest, ...process.argv.slice(2)], {
    output: path.join(folder, 'vitest.log'),
    show: true,
    limitSeconds: LIMIT_SECONDS,
    cwd: path.join(wine.driveC, 'livedebug'),
    env: {
      // CTRL+BREAK does not exist in Wine.
      LIVEDEBUG_CONSOLE_EVENT: 'ctrl-c',
      // The whole suite takes a quarter of an hour: LIVEDEBUG_TEST_PORTABLE=run npm run test:windows
      LIVEDEBUG_TEST_PORTABLE: process.env.LIVEDEBUG_TEST_PORTABLE ?? 'skip',
      ...(target && {
        LIVEDEBUG_TEST_COM: PAIR.join(','),
        LIVEDEBUG_TEST_TARGET_COM: TARGET_PORT,
        LIVEDEBUG_TEST_TARGET_BOOKS: target.books,
      }),
      // To open a file is dear in Wine: without links none needs to be resolved, and nothing is compiled twice.
      NODE_OPTIONS: '--preserve-symlinks --preserve-symlinks-main',
      NODE_COMPILE_CACHE: 'C:\\compiled',
      ...(process.stdout.isTTY && { FORCE_COLOR: '1' }),
    },
  });
}
