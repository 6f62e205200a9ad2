// npm run soak:stacks [-- HITS] [--arch x64] [--faults PERCENT] [--seed N] [--grow BYTES] [--ways WAYS] [--at PLACE]: hits of the pool breakpoint with their
// whole stacks, by the whole built-in kd with symbols, on virtual time. Every stack that is printed must be one that a short run
// on a sound line has printed. With --faults so many percent of the packets are damaged: bytes get lost, come twice, or have a
// bit turned. WAYS past the breakpoint are careful, usual or code-slack; what looks at registers at nt!MmAllocateSpecialPool+2 of x86
// needs a step or slack, where the flag is dropped. Ends with 1 for a stack that is wrong, a hit that is lost, damage in the target, or memory that grows.
import { parseArgs } from 'node:util';
import { SimulatedShell } from '../bench/simulated-shell.mjs';
import { memory } from './memory.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    arch: { type: 'string', default: 'x86' },
    faults: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    grow: { type: 'string', default: '6000000' },
    ways: { type: 'string', default: 'usual' },
    at: { type: 'string', default: 'nt!MmAllocateSpecialPool' },
  },
});
const HITS = Number(positionals[0] ?? 100_000);
const [percent, seed, grow] = [values.faults, values.seed, values.grow].map(Number);
const architecture = values.arch;
if (!(HITS >= 10) || !['x86', 'x64'].includes(architecture) || [percent, seed, grow].some(Number.isNaN)) {
  process.stderr.write(
    'stacks.mjs [HITS, at least 10] [--arch x86|x64] [--faults PERCENT] [--seed N] [--grow BYTES] [--ways careful|usual|code-slack] [--at PLACE]\n',
  );
  process.exit(2);
}
/** Hits of the sound run: each thread comes by many times. */
const SOUND = 400;
const WAKES = { worker: 30, batch: 6, ioctl: 30, open: 10, deep: 10 };
/** Bytes of a packet, in the middle: what a chance per packet means for a byte. */
const PACKET = 100;
const LINES = 20;
/** Kd announces a hit that goes on by nothing but the header of its stack. */
const HIT = architecture === 'x64' ? 'Child-SP          RetAddr               Call Site\n' : 'ChildEBP RetAddr      \n';

/** A kd whose breakpoint is armed. */
async function armed(stub) {
  const kd = new SimulatedShell({ architecture, wakes: WAKES, stub, ways: values.ways });
  await kd.breakIn();
  // A command that looks at more than the stack keeps the breakpoint where it is.
  kd.type(`bp ${values.at} "${values.ways === 'usual' ? '' : '? @$ip;'}k 60;g"`);
  await kd.see('kd> ');
  kd.type('g');
  await kd.see(HIT);
  return kd;
}

/** The frames of a stack that was printed. */
const framesOf = (text) =>
  text
    .split('\n')
    .filter((line) => /^[0-9a-f`]{8,17} [0-9a-f`]{8,17} /.test(line))
    .join('\n');

const sound = await armed({});
const right = new Set();
for (let hit = 0; hit < SOUND; hit++) right.add(framesOf(await sound.see(HIT)));
await sound.breakIn();
await sound.leave();

const each = percent / 100 / PACKET / 3;
const line = { lose: each, double: each, flip: each, late: 0, lateMs: 100 };
const faults = { toTarget: line, toHost: line, staleId: 0, replyDelayMs: 0 };
const kd = await armed(percent > 0 ? { seed, faults } : { seed });
const failures = [];
const since = performance.now();
let [cut, early, late] = [0, 0, 0];
for (let hit = 1; hit <= HITS && failures.length < 5; hit++) {
  const text = await kd.see(HIT);
  const frames = framesOf(text);
  // On a bad line a walk may be given up, and says so: what was printed until then has to be right all the same.
  if (!right.has(frames)) {
    const begun = [...right].some((whole) => whole.startsWith(frames));
    if (percent > 0 && begun) cut++;
    else failures.push(`hit ${hit} has a stack that is none:\n${text}`);
  }
  const fifth = hit === Math.floor(HITS / 5);
  if (!fifth && hit !== HITS && hit % Math.ceil(HITS / LINES) !== 0) continue;
  late = (await memory()).heap;
  if (fifth) early = late;
  const seconds = (performance.now() - since) / 1000;
  process.stdout.write(`${hit} hits   ${Math.round(hit / seconds)} hits/s   heap ${(late / 1e6).toFixed(1)} MB\n`);
}
await kd.breakIn();
await kd.leave();
const { books } = kd.stub;
const { hits_lost, damages, bug_checks, violations, target } = books;
for (const [what, is] of Object.entries({ damages, bug_checks, violations }))
  if (is.length > 0) failures.push(`${what}: ${JSON.stringify(is)}`);
if (percent === 0 && hits_lost > 0) failures.push(`${hits_lost} hits were lost`);
if (target.state !== 'running' || target.breakpoints > 0)
  failures.push(`the target was left ${JSON.stringify(target)}`);
if (late - early > grow)
  failures.push(`the heap grew by ${((late - early) / 1e6).toFixed(1)} MB after a fifth of the run`);
process.stdout.write(
  `${HITS} hits with stacks, ${right.size} different ones; ${cut} were cut short and said so, ${hits_lost} hits lost; ` +
    `${(kd.clock.now() / 60_000).toFixed(1)} min of the target's time, the heap grew by ${((late - early) / 1e6).toFixed(1)} MB\n`,
);
for (const failure of failures) process.stderr.write(`FAILED: ${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
