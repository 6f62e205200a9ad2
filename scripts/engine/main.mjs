// The engine tier: tests in which kd is Microsoft's debugger engine, under Wine. Arguments are handed to vitest.
import { spawnSync } from 'node:child_process';
import { installEngine, whyNoEngine } from './install.mjs';

/** Vitest has time limits of its own; this one is for the day when they do not hold. */
const LIMIT_MS = 600_000;
const SERVER_STAYS_S = 30;
const FIRST_MS = 120_000;

function skip(why) {
  process.stdout.write(`\nSKIPPED: the engine tier was not run: ${why}\n\n`);
  process.exit(0);
}

const missing = whyNoEngine();
if (missing) skip(missing);

const since = performance.now();
let engine;
try {
  engine = installEngine();
} catch (error) {
  // What is ours has to work: only what comes from elsewhere may be missing.
  if (!error.message.startsWith('the package')) throw error;
  skip(error.message);
}
// One server for all kds: it stays for some seconds when the last of them has gone.
spawnSync('wineserver', [`-p${SERVER_STAYS_S}`], {
  env: { ...process.env, WINEPREFIX: engine.prefix },
  stdio: 'ignore',
});
// The first kd of a prefix waits for all that Wine starts with it, and no test shall: one that finds no server ends by itself.
spawnSync(engine.kd, ['-remote', 'npipe:server=.,pipe=nobody'], { stdio: 'ignore', timeout: FIRST_MS });
process.stdout.write(`engine tier: set up in ${Math.round((performance.now() - since) / 1000)} s\n`);
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'vitest.engine.config.ts'];
const { status, signal } = spawnSync(process.execPath, [...vitest, ...process.argv.slice(2)], {
  stdio: 'inherit',
  timeout: LIMIT_MS,
  killSignal: 'SIGKILL',
  env: { ...process.env, LIVEDEBUG_TEST_ENGINE: engine.kd, LIVEDEBUG_TEST_ENGINE_PORTS: engine.ports },
});
if (signal) process.stderr.write(`engine tier: vitest was ended by ${signal}\n`);
process.exit(status ?? 1);
