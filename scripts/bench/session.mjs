// What a session at the pool breakpoint costs on the line with the built-in kd: bytes of a hit with its whole stack and of the
// arming, and how long the target stands still for them, at 19,200 and 115,200 baud. Beside it the same with the breakpoint in
// the target's table, and what other debuggers were seen to move.
import { StackReader } from '../../dist/kd/unwind/read-stack.js';
import { measured, windows } from '../../dist/simulator/stub/kd-variant.js';
import { row } from './measure.mjs';
import { SimulatedShell } from './simulated-shell.mjs';

const BAUDS = [19_200, 115_200];
const WARM = 12;
const HITS = 40;
const POOL = 'nt!MmAllocateSpecialPool';
/** What `start --sizes` puts in front of it. */
const SIZES = {
  x86: ';.printf \\"%x %x %x \\",poi(@esp+4),poi(@esp+8),poi(@esp+c);.echo (sizes)',
  x64: ';.printf \\"%p %x %x \\",@rcx,@rdx,@r8;.echo (sizes)',
};
const COMMAND = ';k 40;g';
const THREADS = { worker: 3, open: 3, deep: 3 };
/** Bytes that a hit may move besides its stack, and how many for one byte of that. */
const AIM = { x86: 930, x64: 1100, stack: 1.15 };
const ARMING_AIM = 4096;
/** One breakpoint stop of WinDbg on x64, from the report to the resume: 148 packets. Its stack and much that nobody asked for. */
const WINDBG = 13_040;
/** Bytes besides the stack, as measured with real kernels: a table breakpoint with its step, as Microsoft's kd and radare2 have it. */
const TABLE = 1286;

/** Bytes from the stack pointer to the end of what each walk looked at: what its frames span. */
const needs = [];
/** Where a stack ends that begins at a stack pointer: no kernel stack is longer. */
const LONGEST_STACK = 0x6000n;
const { read, finish } = StackReader.prototype;
const spans = new WeakMap();
StackReader.prototype.read = function (address, length) {
  const end = address + BigInt(length) - this.sp;
  if (end > 0n && end < LONGEST_STACK) spans.set(this, Math.max(spans.get(this) ?? 0, Number(end)));
  return read.call(this, address, length);
};
StackReader.prototype.finish = function () {
  needs.push(spans.get(this) ?? 0);
  finish.call(this);
};

export async function run() {
  for (const architecture of ['x86', 'x64'])
    for (const [name, options] of [
      ['hit with stack', { personality: measured }],
      ['hit with stack, flag kept', { personality: windows }],
      ...(architecture === 'x86'
        ? [
            ['hit with stack, in front of a push', { personality: measured, place: `${POOL}+2` }],
            ['the same with sizes', { personality: measured, place: `${POOL}+2`, first: SIZES.x86 }],
            [
              'the same by code slack',
              { personality: measured, place: `${POOL}+2`, first: SIZES.x86, ways: 'code-slack' },
            ],
          ]
        : []),
      ['hit with stack and sizes', { personality: measured, first: SIZES[architecture] }],
      ['hit with stack, --careful', { personality: measured, ways: 'careful' }],
    ]) {
      const [slow, fast] = [await hits(architecture, BAUDS[0], options), await hits(architecture, BAUDS[1], options)];
      const aim = AIM[architecture] + AIM.stack * slow.stack;
      row(
        `${architecture} ${name}`,
        `${slow.bytes.toFixed(0)} bytes`,
        `stack ${slow.stack.toFixed(0)}, aim ${aim.toFixed(0)}, ratio ${(slow.bytes / aim).toFixed(2)}`,
        `table and step ${(TABLE + slow.stack).toFixed(0)}, ratio ${(slow.bytes / (TABLE + slow.stack)).toFixed(2)}`,
        ...(architecture === 'x64' ? [`WinDbg ${WINDBG}, ratio ${(slow.bytes / WINDBG).toFixed(2)}`] : []),
        ...[slow, fast].map(({ ms }, at) => `${ms.toFixed(0)} ms at ${BAUDS[at]}`),
      );
    }
  for (const architecture of ['x86', 'x64']) {
    const bytes = await arming(architecture);
    row(
      `${architecture} arming, break to running`,
      `${bytes} bytes`,
      `aim ${ARMING_AIM}, ratio ${(bytes / ARMING_AIM).toFixed(2)}`,
      ...BAUDS.map((baud) => `${((bytes * 10_000) / baud).toFixed(0)} ms on the line at ${baud}`),
    );
  }
}

async function hits(architecture, baud, options) {
  const { place = POOL, first = '', ...others } = options;
  const kd = new SimulatedShell({ architecture, baud, wakes: THREADS, ...others });
  await kd.breakIn();
  kd.type(`bp ${place} "${first}${COMMAND}"`);
  await kd.see('kd> ');
  kd.type('g');
  for (let hit = 0; hit < WARM; hit++) await kd.see('RetAddr ');
  const before = { bytes: kd.bytes, ms: kd.haltedMs };
  needs.length = 0;
  for (let hit = 0; hit < HITS; hit++) await kd.see('RetAddr ');
  const stack = needs.reduce((sum, each) => sum + each, 0) / needs.length;
  const cost = { bytes: (kd.bytes - before.bytes) / HITS, ms: (kd.haltedMs - before.ms) / HITS, stack };
  await kd.breakIn();
  await kd.leave();
  return cost;
}

/** Bytes from the break-in until the target runs with the breakpoint; the symbols are at hand, nothing else is known of it. */
async function arming(architecture) {
  const kd = new SimulatedShell({ architecture, wakes: { worker: 0 } });
  await kd.see('Waiting to reconnect');
  kd.keys.interrupt();
  await kd.see('kd> ');
  for (const line of ['bc *', `bp ${POOL} ";kb;g"`, 'bl']) {
    kd.type(line);
    await kd.see('kd> ');
  }
  kd.type('g');
  await kd.clock.runUntilAsync(() => kd.stub.books.target.state === 'running', 60_000);
  const { bytes } = kd;
  await kd.breakIn();
  await kd.leave();
  return bytes;
}
