// npm run soak:stops [-- STOPS] [--arch x64] [--personality windows] [--processors N] [--ways careful] [--pauses N] [--seed S]
//   [--grow BYTES]
// Breakpoint hits without end. The lower half of the built-in kd against the simulated target, in one process on virtual time; at
// every stop registers and stack are read and compared with the machine's own, and at the end the hits with the allocations that
// the machine has counted. With `--pauses` so many of a thousand hits meet a host that stands still. `--all` spreads the hits over
// all kinds of targets, every second time with pauses. Ends with 1 for an answer that is wrong, a hit that is lost or told twice,
// damage in the target, or memory that grows.
import { parseArgs } from 'node:util';
import { createRandom } from '../../dist/simulator/random.js';
import { measured, windows } from '../../dist/simulator/stub/kd-variant.js';
import { SimulatedKd } from '../bench/simulated-kd.mjs';
import { memory } from './memory.mjs';

const KINDS = {
  arch: ['x86', 'x64'],
  personality: ['measured', 'windows'],
  processors: ['1', '2', '4'],
  ways: ['usual', 'careful', 'code-slack'],
};
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    arch: { type: 'string', default: 'x86' },
    personality: { type: 'string', default: 'measured' },
    processors: { type: 'string', default: '1' },
    ways: { type: 'string', default: 'usual' },
    pauses: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    grow: { type: 'string', default: '4000000' },
    all: { type: 'boolean', default: false },
  },
});
const STOPS = Number(positionals[0] ?? 1_000_000);
/** Bytes that the heap may grow by between a fifth of a run and its end. */
const GROW = Number(values.grow);
const [pauses, seed] = [Number(values.pauses), Number(values.seed)];
const known = Object.entries(KINDS).every(([name, choices]) => choices.includes(values[name]));
if (!(STOPS >= 100) || !known || !(pauses >= 0) || !Number.isInteger(seed) || Number.isNaN(GROW)) {
  const choices = Object.entries(KINDS).map(([name, of]) => `[--${name} ${of.join('|')}]`);
  process.stderr.write(
    `stops.mjs [STOPS, at least 100] ${choices.join(' ')} [--pauses N] [--seed S] [--grow BYTES] [--all]\n`,
  );
  process.exit(2);
}
const PAUSES = 30;
const LINES = 20;
const STACK_BYTES = 64;
/** The target's time that a stop may take to come, ms: behind the longest pause kd has to find out where things stand. */
const PATIENCE_MS = 300_000;
/** Of a pause of the host, ms. */
const PAUSE = { least: 100, most: 60_000 };
/** Threads that allocate, by different paths: one stack deeper than another, one several times in a row. */
const WAKES = { worker: 300, batch: 60, ioctl: 300, open: 100, gui: 100 };
const PERSONALITIES = { measured, windows };

const failures = [];
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

/** One kind of target, and the hits that it has. */
class Soak {
  #kd;
  #random;

  constructor(kind) {
    this.kind = kind;
    const { arch, personality, processors, ways } = kind;
    const options = {
      architecture: arch,
      personality: PERSONALITIES[personality],
      processors: Number(processors),
      ways,
    };
    this.#random = createRandom(kind.seed);
    this.#kd = new SimulatedKd({ ...options, wakes: WAKES, seed: kind.seed });
    this.name = `${personality} ${arch}, ${processors} processors, ${ways}, ${kind.pauses} pauses`;
  }

  async run(stops) {
    const kd = this.#kd;
    await kd.attach();
    const address = kd.machine.address('nt!MmAllocateSpecialPool');
    const breakpoint = kd.known.breakpoints.add(address, 'software');
    const allocations = kd.machine.tagAllocations;
    await this.#settle(kd.target.go());
    const since = performance.now();
    let early;
    let late;
    for (let hits = 1; hits <= stops && failures.length === 0; hits++) {
      await this.#hit(address, hits === stops);
      const fifth = hits === Math.floor(stops / 5);
      if (!fifth && hits !== stops && hits % Math.ceil(stops / LINES) !== 0) continue;
      late = await memory();
      if (fifth) early = late;
      const seconds = (performance.now() - since) / 1000;
      if (!values.all)
        process.stdout.write(
          `${hits} hits   ${Math.round(hits / seconds)} hits/s   heap ${megabytes(late.heap)}   rss ${megabytes(late.rss)}\n`,
        );
    }
    if (failures.length > 0) return;
    // The last one stands before its instruction: the machine has counted what came before. It counts a few instructions into the
    // routine, where each further processor may have stood at the beginning, or may stand now.
    const told = stops - 1 + kd.stub.books.hits_lost;
    const counted = kd.machine.tagAllocations - allocations;
    const most = kd.machine.processors.length - 1;
    if (Math.abs(told - counted) > most) this.#check('hits and hits lost', told, counted);
    await kd.settle(kd.known.breakpoints.clear(breakpoint));
    await kd.go();
    this.#judge(early, late, stops, (performance.now() - since) / 1000);
  }

  #judge(early, late, stops, seconds) {
    const { books } = this.#kd.stub;
    const { statistics } = this.#kd.link;
    const packets = statistics.packetsIn + statistics.packetsOut;
    this.#check('stops that nobody asked for', this.#kd.stops.length, 0);
    this.#check('damages', books.damages.join(', '), '');
    this.#check('bug checks', books.bug_checks.join(', '), '');
    this.#check('breakpoints left', books.target.breakpoints, 0);
    this.#check('the target', books.target.state, 'running');
    // Where one processor steps off a breakpoint another may run over the place, with any debugger: the careful way does it always.
    const processors = Number(this.kind.processors);
    const most = this.kind.ways === 'careful' ? stops * processors : processors;
    if (books.hits_lost > (processors === 1 ? 0 : most))
      this.#check('hits that the target did not stop for', books.hits_lost, 0);
    if (this.kind.pauses === 0) {
      this.#check('notes', this.#kd.notes.join(', '), '');
      for (const what of ['retransmissions', 'reissues', 'duplicates', 'bad', 'noise'])
        this.#check(what, statistics[what], 0);
    }
    const grown = late.heap - early.heap;
    const lost = books.hits_lost > 0 ? `, ${books.hits_lost} lost` : '';
    const minutes = (this.#kd.clock.now() / 60_000).toFixed(1);
    process.stdout.write(
      `${stops} hits in ${seconds.toFixed(1)} s, ${minutes} min of the target's time, ${packets} packets; ` +
        `the heap grew by ${megabytes(grown)}${lost}; ${this.name}\n`,
    );
    if (grown > GROW) {
      const limit = `more than ${megabytes(GROW)}`;
      failures.push(`the heap grew by ${megabytes(grown)} from a fifth of the run to its end: ${limit}`);
    }
  }

  async #hit(address, last) {
    const kd = this.#kd;
    if (!last && this.#random() * 1000 < this.kind.pauses) this.#pauseSoon();
    const stop = await kd.stop(PATIENCE_MS);
    this.#check('reason', stop.reason, 'breakpoint');
    this.#check('program counter', stop.pc, address);
    const { contexts, memory: target, architecture } = kd.known;
    const processor = kd.machine.processors[stop.change.processor];
    for (const name of [architecture.pc, architecture.sp])
      this.#check(name, await this.#settle(contexts.get(name)), processor.get(name));
    const sp = await contexts.get(architecture.sp);
    const stack = await this.#settle(target.read(sp, STACK_BYTES));
    this.#check('stack', stack.toString('hex'), kd.machine.memory.read(sp, STACK_BYTES).toString('hex'));
    if (!last) await this.#settle(kd.target.go());
  }

  /** The host stands still somewhere in the hit that comes, for a while. */
  #pauseSoon() {
    const ms = PAUSE.least * (PAUSE.most / PAUSE.least) ** this.#random();
    this.#kd.clock.after(this.#random() * 10, () => this.#kd.hostTimers.stop(ms));
  }

  #settle(promise) {
    return this.#kd.settle(promise);
  }

  #check(what, is, shouldBe) {
    if (is !== shouldBe && failures.length < 20)
      failures.push(`${this.name}: ${what}: ${is}, and should be ${shouldBe}`);
  }
}

const kinds = values.all
  ? KINDS.arch.flatMap((arch) =>
      KINDS.personality.flatMap((personality) =>
        KINDS.processors.flatMap((processors) =>
          KINDS.ways.flatMap((ways) =>
            [0, PAUSES].map((often) => ({ arch, personality, processors, ways, pauses: often, seed })),
          ),
        ),
      ),
    )
  : [{ ...values, pauses, seed }];
for (const kind of kinds) {
  const soak = new Soak(kind);
  try {
    await soak.run(Math.ceil(STOPS / kinds.length));
  } catch (error) {
    failures.push(`${soak.name}: ${error.message}`);
  }
  if (failures.length > 0) break;
}
for (const failure of failures) process.stderr.write(`FAILED: ${failure}\n`);
process.exitCode = failures.length > 0 ? 1 : 0;
