// Start-up: `livedebug tag encode Ddk` against a bare `node -e 0`. Aim: at most twice.
import { fileURLToPath } from 'node:url';
import { paired, row, timed } from './measure.mjs';

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export async function run() {
  const tag = async () => (await timed(process.execPath, [main, 'tag', 'encode', 'Ddk'])).ms;
  const bare = async () => (await timed(process.execPath, ['-e', '0'])).ms;
  const { a, b, ratio } = await paired(15, tag, bare);
  row('livedebug tag encode Ddk', `${a.toFixed(0)} ms`, `node -e 0: ${b.toFixed(0)} ms`, `ratio ${ratio.toFixed(2)}`);
}
