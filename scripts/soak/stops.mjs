// npm run soak [-- STOPS] [--arch x64] [--grow BYTES]: breakpoint hits without end. The lower half of the built-in kd against the
// simulated target, in one process on virtual time; at every stop registers and stack are read and compared with the machine's
// own. Ends with 1 for an answer that is wrong, a hit that is lost, damage in the target, or memory that grows.
import { parseArgs } from 'node:util';
import { SimulatedKd } from '../bench/simulated-kd.mjs';
import { memory } from './memory.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { arch: { type: 'string', default: 'x86' }, grow: { type: 'string', default: '4000000' } },
});
const STOPS = Number(positionals[0] ?? 1_000_000);
/** Bytes that the heap may grow by between a fifth of the run and its end. */
const GROW = Number(values.grow);
const architecture = values.arch;
if (!(STOPS >= 100) || !['x86', 'x64'].includes(architecture) || Number.isNaN(GROW)) {
  process.stderr.write('stops.mjs [STOPS, at least 100] [--arch x86|x64] [--grow BYTES]\n');
  process.exit(2);
}
const LINES = 20;
const [PC, SP] = architecture === 'x64' ? ['rip', 'rsp'] : ['eip', 'esp'];
const STACK_BYTES = 64;
/** Threads that allocate, by different paths: one stack deeper than another, one several times in a row. */
const WAKES = { worker: 300, batch: 60, ioctl: 300, open: 100, gui: 100 };

const failures = [];
function check(what, is, shouldBe) {
  if (is !== shouldBe && failures.length < 20) failures.push(`${what}: ${is}, and should be ${shouldBe}`);
}

async function hit(kd, address) {
  const stop = await kd.stop();
  check('reason', stop.reason, 'breakpoint');
  check('program counter', stop.pc, address);
  const processor = kd.machine.processors[stop.change.processor];
  const { contexts, memory: target } = kd.known;
  for (const name of [PC, SP]) check(name, await kd.settle(contexts.get(name)), processor.get(name));
  const sp = await contexts.get(SP);
  const stack = await kd.settle(target.read(sp, STACK_BYTES));
  check('stack', stack.toString('hex'), kd.machine.memory.read(sp, STACK_BYTES).toString('hex'));
  await kd.go();
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

const kd = new SimulatedKd({ architecture, wakes: WAKES });
await kd.attach();
const address = kd.machine.address('nt!MmAllocateSpecialPool');
const breakpoint = kd.known.breakpoints.add(address, 'software');
await kd.go();

const since = performance.now();
let early;
let late;
for (let hits = 1; hits <= STOPS && failures.length === 0; hits++) {
  await hit(kd, address);
  const fifth = hits === Math.floor(STOPS / 5);
  if (!fifth && hits !== STOPS && hits % Math.ceil(STOPS / LINES) !== 0) continue;
  late = await memory();
  if (fifth) early = late;
  const seconds = (performance.now() - since) / 1000;
  process.stdout.write(
    `${hits} hits   ${Math.round(hits / seconds)} hits/s   heap ${megabytes(late.heap)}   rss ${megabytes(late.rss)}\n`,
  );
}

if (failures.length === 0) {
  await kd.breakIn();
  await kd.settle(kd.known.breakpoints.clear(breakpoint));
  await kd.go();
  const { books } = kd.stub;
  check('stops that nobody asked for', kd.stops.length, 0);
  check('hits that the target did not stop for', books.hits_lost, 0);
  check('damages', books.damages.join(', '), '');
  check('bug checks', books.bug_checks.join(', '), '');
  check('breakpoints left', books.target.breakpoints, 0);
  check('the target', books.target.state, 'running');
  check('notes', kd.notes.join(', '), '');
  for (const what of ['retransmissions', 'reissues', 'duplicates', 'bad', 'noise'])
    check(what, kd.link.statistics[what], 0);
  const grown = late.heap - early.heap;
  process.stdout.write(
    `${STOPS} hits in ${((performance.now() - since) / 1000).toFixed(1)} s, ${(kd.clock.now() / 60_000).toFixed(1)} min of the target's time, ` +
      `${kd.link.statistics.packetsIn + kd.link.statistics.packetsOut} packets; the heap grew by ${megabytes(grown)}\n`,
  );
  if (grown > GROW)
    failures.push(
      `the heap grew by ${megabytes(grown)} from a fifth of the run to its end: more than ${megabytes(GROW)}`,
    );
}
for (const failure of failures) process.stderr.write(`FAILED: ${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
