// npm run soak:engine -- [--runs N] [--seed S] [--lanes L]: random scripts of commands on the same simulated target, with Microsoft's
// engine and with the built-in kd. Ends with 1 for a line that differs without an entry in fixtures/engine/differences.toml; prints
// the seed of its script, and what was done up to it.
import { parseArgs } from 'node:util';
import { createRandom } from '../../dist/simulator/random.js';
import { installEngine, whyNoEngine } from '../engine/install.mjs';
import { linesOf, readDifferences, unexplained } from '../engine/twin/compare.mjs';
import { builtinKd, Kd } from '../engine/twin/kd.mjs';
import { nameOf } from '../engine/twin/scripts.mjs';
import { playRandom } from './engine-script.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    lanes: { type: 'string', default: '2' },
  },
});
const [runs, seed, lanes] = [values.runs, values.seed, values.lanes].map(Number);
if (!(runs >= 1) || !Number.isInteger(seed) || !(lanes >= 1)) {
  process.stderr.write('engine.mjs [--runs N] [--seed S] [--lanes L]\n');
  process.exit(2);
}
/** Scripts to one start of the engine. */
const TOGETHER = 13;
const MOST_FAILURES = 8;
const ARCHITECTURES = ['x64', 'x86'];

const missing = whyNoEngine();
if (missing) {
  process.stdout.write(`SKIPPED: ${missing}\n`);
  process.exit(0);
}
const engine = installEngine().kd;
const differences = readDifferences();
const sum = { scripts: 0, commands: 0, lines: 0, stops: 0 };
let next = 0;
/** The first difference of each batch: what comes behind one may come of it. */
const failures = [];

/** A script that went otherwise than it should have. */
class Different extends Error {}

/** Plays scripts one after the other to one start of both kds. @param from seed of the first */
async function batch(architecture, from, count) {
  // Careful: it steps over its breakpoints as the engine does, so that both targets come to the same values on their stacks.
  const kds = [
    new Kd(architecture, [engine], 'engine'),
    new Kd(architecture, [...builtinKd, '--careful'], 'built-in kd'),
  ];
  try {
    const done = [];
    const both = async (step, name = nameOf(step)) => {
      const [a, b] = await Promise.all(kds.map((kd) => (step === undefined ? kd.attach() : kd.step(step))));
      done.push(name);
      const [engineLines, builtinLines] = [linesOf(a), linesOf(b)];
      sum.lines += engineLines.length;
      const left = unexplained(name, engineLines, builtinLines, differences);
      if (kds[0].halted !== kds[1].halted)
        left.push(`one target stands, the other runs: ${kds.map((kd) => kd.halted)}`);
      if (left.length > 0)
        throw new Different(
          `${name}\n${left.map((line) => `  ${line}`).join('\n')}\nbehind: ${done.slice(-25).join(' | ')}`,
        );
      return kds[0].halted;
    };
    for (let at = 0; at < count; at++) {
      done.length = 0;
      const script = from + at;
      try {
        if (at === 0) {
          await both(undefined, '(attach)');
          // On a target that runs already the engine knows only the kernel.
          await both({ type: '.reload' });
        }
        sum.commands += await playRandom(both, createRandom(script));
      } catch (error) {
        failed(`${architecture}, seed ${script}, ${error instanceof Different ? '' : 'failed: '}${error.message}`);
        return;
      }
      sum.scripts++;
    }
    sum.stops += Object.values(kds[0].target.books.stops).reduce((total, each) => total + each, 0);
  } finally {
    await Promise.all(kds.map((kd) => kd.close()));
  }
  const { damages, bug_checks, hits_lost } = kds[0].target.books;
  if (damages.length + bug_checks.length + hits_lost > 0)
    failed(
      `${architecture}, seeds ${from} to ${from + count - 1}: ${[...damages, ...bug_checks, `${hits_lost} hits lost`]}`,
    );
}

function failed(why) {
  failures.push(why);
  process.stdout.write(`FAILED: ${why}\n`);
}

async function lane() {
  while (next < runs && failures.length < MOST_FAILURES) {
    const from = next;
    const count = Math.min(TOGETHER, runs - from);
    next += count;
    await batch(ARCHITECTURES[Math.floor(from / TOGETHER) % 2], seed + from, count);
    process.stdout.write(`${sum.scripts} scripts, ${sum.commands} commands, ${sum.lines} lines, ${sum.stops} stops\n`);
  }
}

const since = performance.now();
await Promise.all(Array.from({ length: lanes }, lane));
process.stdout.write(
  `seed ${seed}: ${sum.scripts} of ${runs} scripts, ${sum.commands} commands, ${sum.lines} lines of the engine, ${sum.stops} stops of its target, ` +
    `${Math.round((performance.now() - since) / 1000)} s${failures.length === 0 ? ', no unexplained difference' : ''}\n`,
);
process.exitCode = failures.length === 0 ? 0 : 1;
