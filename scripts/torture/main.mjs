// npm run torture -- [--runs N] [--seed S] [--only STORY] [--port net] [--jobs N] [--keep]: real processes, treated badly. Every run is one story: a
// session against a simulated kd or a simulated target, with signals, kills, closed terminals, dying viewers, cut lines, full disks.
// It is judged by the simulator's books against what people were told. Ends with 1 when a target was left that nobody was told of.
import { parseArgs } from 'node:util';
import { judge } from './judge.mjs';
import { Lab } from './lab.mjs';
import { Random } from './random.mjs';
import { STORIES } from './stories.mjs';

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    // net: the stories of the built-in kd, over KDNET in place of a socket. Without it old seeds tell the stories they told.
    port: { type: 'string', default: 'any' },
    jobs: { type: 'string', default: '4' },
    keep: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const seed = Number(values.seed);
const jobs = Number(values.jobs);
/** So few runs are for a quick look: stories that wait out the minute that kd takes over a dead line are left to longer ones. */
const QUICK_RUNS = 100;

const net = values.port === 'net';
const told = Object.entries(STORIES).filter(([, { net: over }]) => !net || over);

if (
  !['any', 'net'].includes(values.port) ||
  !(runs >= 1) ||
  !Number.isInteger(seed) ||
  !(jobs >= 1) ||
  (values.only && !told.some(([name]) => name === values.only))
) {
  process.stderr.write(
    `torture [--runs N] [--seed S] [--only STORY] [--port net] [--jobs N] [--keep]\n  stories: ${told.map(([name]) => name).join(', ')}\n`,
  );
  process.exit(2);
}

function storyOf(random) {
  if (values.only) return values.only;
  const names = told.filter(([, { slow }]) => runs >= QUICK_RUNS || !slow).map(([name]) => name);
  return random.pick(names);
}

const counts = new Map();
let violations = 0;
let next = 0;

async function worker() {
  while (next < runs) {
    const number = next++;
    const random = new Random(seed * 100_003 + number);
    const name = storyOf(random);
    const lab = new Lab(`${seed}-${number}`, random, net);
    let verdict;
    try {
      await STORIES[name].play(lab);
      verdict = judge(lab, await lab.settle());
    } catch (error) {
      verdict = { violation: `the story broke off: ${error.stack}`, outcome: 'broken off' };
    }
    await lab.end(values.keep || verdict.violation !== undefined);
    const key = `${name}: ${verdict.outcome}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if (verdict.violation === undefined) continue;
    violations++;
    process.stdout.write(
      `VIOLATION in run ${number} (--seed ${seed}), ${name}: ${verdict.violation}\n  what was done: ${lab.deeds.join('; ')}\n  everything is in ${lab.folder}\n`,
    );
  }
}

process.stdout.write(`seed ${seed}\n`);
await Promise.all(Array.from({ length: jobs }, worker));
for (const [key, count] of [...counts].sort()) process.stdout.write(`${String(count).padStart(5)}  ${key}\n`);
process.stdout.write(`${runs} runs, ${violations} violations\n`);
process.exitCode = violations === 0 ? 0 : 1;
