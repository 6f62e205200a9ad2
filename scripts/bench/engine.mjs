// What Microsoft's engine and the built-in kd move on the line for the same work at the same simulated target: bytes both ways and
// packets, and the built-in kd's share of the engine's bytes.
import { installEngine, whyNoEngine } from '../engine/install.mjs';
import { builtinKd, Kd } from '../engine/twin/kd.mjs';
import { median, row } from './measure.mjs';

/** Hits of each kind; the first of them costs more, and is a row of its own. */
const HITS = 9;
const ENTRY = { x64: '@rcx,@rdx,@r8', x86: 'poi(@esp+0x4),poi(@esp+0x8),poi(@esp+0xc)' };
const REGISTERS = { x64: ['rsp', 'rax'], x86: ['esp', 'eax'] };

export async function run() {
  const missing = whyNoEngine();
  if (missing) {
    process.stdout.write(`skipped: ${missing}\n`);
    return;
  }
  const engine = [installEngine().kd];
  for (const architecture of ['x64', 'x86']) {
    const [theirs, ours] = [
      await costs(architecture, engine, 'engine'),
      await costs(architecture, builtinKd, 'built-in kd'),
    ];
    for (const [index, { name, bytes, packets }] of theirs.entries()) {
      const built = ours[index];
      const share = bytes > 0 ? `ratio ${(built.bytes / bytes).toFixed(3)}` : '';
      row(
        `${architecture} ${name}`,
        `engine ${bytes} bytes, ${packets} packets`,
        `built-in ${built.bytes} bytes, ${built.packets} packets`,
        share,
      );
    }
  }
}

async function costs(architecture, command, name) {
  const kd = new Kd(architecture, command, name);
  const rows = [];
  const now = () => {
    const { bytes_in, bytes_out, packets_in, packets_out } = kd.target.books;
    return { bytes: bytes_in + bytes_out, packets: packets_in + packets_out };
  };
  const cost = async (work) => {
    const before = now();
    await work();
    const after = now();
    return { bytes: after.bytes - before.bytes, packets: after.packets - before.packets };
  };
  const measure = async (what, work) => rows.push({ name: what, ...(await cost(work)) });
  const type = (line) => kd.step({ type: line });
  /** The first hit, and the median of those that follow. */
  const hits = async (what) => {
    const each = [];
    for (let hit = 0; hit < HITS; hit++) each.push(await cost(() => kd.step({ wake: 'worker' })));
    const [first, ...later] = each;
    rows.push({ name: `first ${what}`, ...first });
    rows.push({
      name: what,
      bytes: median(later.map(({ bytes }) => bytes)),
      packets: median(later.map(({ packets }) => packets)),
    });
  };
  try {
    await measure('attach, break-in, prompt', () => kd.attach());
    await measure('.reload', () => type('.reload'));
    await type('bp nt!MmAllocateSpecialPool ";kb;g"');
    await type('g');
    await hits('hit, ;kb;g');
    await kd.step({ press: true });
    await type('bc *');
    const [sp, result] = REGISTERS[architecture];
    const asked = `;.printf \\"size=%p tag=%x type=%x \\",${ENTRY[architecture]};.echo (livedebug)`;
    await type(`bp nt!MmAllocateSpecialPool "${asked};r ${sp};bp /1 poi(@${sp}) \\"r ${sp},${result};g\\";kb;g"`);
    await type(
      `bp nt!MmFreeSpecialPool ";.printf \\"freed=%p \\",${ENTRY[architecture].split(',')[0]};.echo (livedebug);g"`,
    );
    await type('g');
    await hits('allocation, --track-frees');
    await kd.step({ press: true });
    await type('bc *');
  } finally {
    await kd.close();
  }
  return rows;
}
