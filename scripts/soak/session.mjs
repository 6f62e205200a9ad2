// npm run soak:session [-- STORIES]: the laws of a session, under so many random stories of faults (default: a million).
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const stories = Number(process.argv[2] ?? 1_000_000);
if (!(stories >= 1)) {
  process.stderr.write('session.mjs [STORIES, at least 1]\n');
  process.exit(2);
}
const root = fileURLToPath(new URL('../..', import.meta.url));
// A million stories take longer than any test may.
const words = ['node_modules/vitest/vitest.mjs', 'run', 'test/session/laws.slow.test.ts', '--testTimeout', '0'];
const env = { ...process.env, LIVEDEBUG_TEST_RUNS: String(stories) };
spawn(process.execPath, words, { cwd: root, env, stdio: 'inherit' }).on('exit', (code) => {
  process.exitCode = code ?? 1;
});
